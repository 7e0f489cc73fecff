/** The staff accounts of the branch, for admins. */
import { useState } from "preact/hooks";

import { Problem } from "../shared/api";
import { Banner } from "../shared/components/Banner";
import { Dialog } from "../shared/components/Dialog";
import { Icon } from "../shared/components/Icon";
import { problemText } from "../shared/components/problemText";
import type { Role, StaffMember } from "../shared/contract";
import type { Staff } from "../staff/StaffPage";
import { api } from "../staff/useSession";
import { useWords } from "./translations";
import { useLoaded } from "./useLoaded";

const ROLES: readonly Role[] = ["agent", "supervisor", "admin"];

export function StaffList({ staff }: { staff: Staff }) {
  const words = useWords();
  const place = `/branches/${staff.branch.slug}/staff`;
  const { value, problem, reload } = useLoaded<{ staff: StaffMember[] }>(place, staff.expire);
  const [editing, setEditing] = useState<StaffMember | "new" | null>(null);
  const [disabling, setDisabling] = useState<StaffMember | null>(null);
  const [failed, setFailed] = useState<Problem | null>(null);

  const attempt = async (action: () => Promise<unknown>) => {
    setFailed(null);
    setEditing(null);
    setDisabling(null);
    try {
      await action();
      reload();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) staff.expire();
      setFailed(error);
    }
  };
  const put = (name: string, role: Role, password: string) =>
    void attempt(() => api.put(`${place}/${encodeURIComponent(name)}`, { role, ...(password ? { password } : {}) }));

  const shown = failed ?? problem;
  return (
    <section class="card stack">
      <div class="bar">
        <h2>{words.text("supervisor.staff")}</h2>
        <button type="button" class="button button--primary" onClick={() => setEditing("new")}>
          {words.text("supervisor.staff_add")}
        </button>
      </div>
      {shown && <Banner tone="danger">{problemText(words, shown)}</Banner>}
      <ul class="rows">
        {value?.staff.map((member) => (
          <li key={member.name} class="row">
            <Icon name="person" />
            <div class="row__what">
              <strong>{member.name}</strong> <span class="soft">{words.text(`supervisor.role_${member.role}`)}</span>
              {livesOn(member) && (
                <>
                  <br />
                  <span class="soft small">{elsewhere(words, member, staff)}</span>
                </>
              )}
              {!member.has_password && (
                <>
                  <br />
                  <span class="late small">
                    <Icon name="lock" /> {words.text("supervisor.no_password")}
                  </span>
                </>
              )}
            </div>
            {member.may_change && (
              <button type="button" class="button" onClick={() => setEditing(member)}>
                {words.text("supervisor.change")}
                <span class="unseen"> {member.name}</span>
              </button>
            )}
            {member.may_change && member.name !== staff.session.user && (
              <button type="button" class="button button--danger" onClick={() => setDisabling(member)}>
                {words.text(removing(member))}
                <span class="unseen"> {member.name}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {editing && <EditMember member={editing === "new" ? null : editing} put={put} close={() => setEditing(null)} />}
      {disabling && (
        <Dialog
          title={words.text(livesOn(disabling) ? "supervisor.take_out_title" : "supervisor.disable_title", {
            name: disabling.name,
          })}
          onClose={() => setDisabling(null)}
          actions={
            <>
              <button type="button" class="button" data-first onClick={() => setDisabling(null)}>
                {words.text("common.cancel")}
              </button>
              <button
                type="button"
                class="button button--primary button--danger"
                onClick={() => void attempt(() => api.delete(`${place}/${encodeURIComponent(disabling.name)}`))}
              >
                {words.text(removing(disabling))}
              </button>
            </>
          }
        >
          <p>{words.text(livesOn(disabling) ? "supervisor.take_out_text" : "supervisor.disable_text")}</p>
        </Dialog>
      )}
    </section>
  );
}

/** Whether the account still works somewhere once it is taken out of this branch. */
function livesOn(member: StaffMember): boolean {
  return member.elsewhere || member.every_branch;
}

function removing(member: StaffMember) {
  return livesOn(member) ? "supervisor.take_out" : "supervisor.disable";
}

/** Where the account works besides, as far as one may know. */
function elsewhere(words: ReturnType<typeof useWords>, member: StaffMember, { session }: Staff): string {
  if (member.every_branch) return words.text("supervisor.every_branch");
  if (member.branches.length === 0) return words.text("supervisor.elsewhere");
  const nameOf = (slug: string) => words.name(session.branches.find((each) => each.slug === slug)?.name ?? {}) || slug;
  return words.text("supervisor.elsewhere_in", { branches: member.branches.map(nameOf).join(", ") });
}

interface EditMemberProps {
  /** null: a new one. */
  member: StaffMember | null;
  put: (name: string, role: Role, password: string) => void;
  close: () => void;
}

function EditMember({ member, put, close }: EditMemberProps) {
  const words = useWords();
  const [name, setName] = useState(member?.name ?? "");
  const [role, setRole] = useState<Role>(member?.role ?? "agent");
  const [password, setPassword] = useState("");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    put(name.trim(), role, password);
  };
  return (
    <Dialog
      title={member ? words.text("supervisor.staff_change", { name: member.name }) : words.text("supervisor.staff_add")}
      onClose={close}
      actions={
        <>
          <button type="button" class="button" onClick={close}>
            {words.text("common.cancel")}
          </button>
          <button type="submit" form="member" class="button button--primary">
            {words.text("supervisor.save")}
          </button>
        </>
      }
    >
      <form id="member" class="stack" onSubmit={submit}>
        {!member && (
          <label class="field">
            <span class="field__label">{words.text("console.name")}</span>
            <input
              class="field__input"
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
              required
              maxLength={64}
              pattern="[^\s\/]+"
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              data-first
            />
            <span class="soft small">{words.text("console.name_hint")}</span>
          </label>
        )}
        <label class="field">
          <span class="field__label">{words.text("supervisor.role")}</span>
          <select
            class="field__input"
            value={role}
            onChange={(event) => setRole(event.currentTarget.value as Role)}
            data-first={member ? "" : undefined}
          >
            {ROLES.map((each) => (
              <option key={each} value={each}>
                {words.text(`supervisor.role_${each}`)}
              </option>
            ))}
          </select>
        </label>
        {member && !member.may_set_password ? (
          <p class="soft small">{words.text("supervisor.password_theirs")}</p>
        ) : (
          <label class="field">
            <span class="field__label">{words.text(member ? "supervisor.password_new" : "console.password")}</span>
            <input
              class="field__input"
              type="password"
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
              minLength={8}
              maxLength={1024}
              autocomplete="new-password"
            />
            <span class="soft small">
              {words.text(member ? "console.password_hint" : "supervisor.password_first_hint")}
            </span>
          </label>
        )}
      </form>
    </Dialog>
  );
}
