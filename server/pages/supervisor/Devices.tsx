/** Kiosks, displays and printers of the branch, each with its own token that can be taken away. */
import { useState } from "preact/hooks";

import { Problem } from "../shared/api";
import { Banner } from "../shared/components/Banner";
import { Dialog } from "../shared/components/Dialog";
import { Icon, type IconName } from "../shared/components/Icon";
import { problemText } from "../shared/components/problemText";
import type { Device, DevicesNow, NewToken, TokenBrief } from "../shared/contract";
import type { Staff } from "../staff/StaffPage";
import { api } from "../staff/useSession";
import { MadeToken } from "./MadeToken";
import { useWords } from "./translations";
import { useLoaded } from "./useLoaded";

type DeviceRole = "kiosk" | "display" | "printer" | "api";
const ROLES: readonly DeviceRole[] = ["kiosk", "display", "printer", "api"];
const ICONS: Readonly<Record<DeviceRole, IconName>> = {
  kiosk: "kiosk",
  display: "screen",
  printer: "printer",
  api: "lock",
};

export function Devices({ staff }: { staff: Staff }) {
  const words = useWords();
  const place = `/branches/${staff.branch.slug}`;
  const { value, problem, reload } = useLoaded<DevicesNow>(`${place}/devices`, staff.expire);
  const [making, setMaking] = useState<{ role: DeviceRole; name: string } | null>(null);
  const [made, setMade] = useState<NewToken | null>(null);
  const [revoking, setRevoking] = useState<TokenBrief | null>(null);
  const [removing, setRemoving] = useState<Device | null>(null);
  const [failed, setFailed] = useState<Problem | null>(null);
  const admin = staff.role === "admin";

  const attempt = async (action: () => Promise<void>) => {
    setFailed(null);
    try {
      await action();
      reload();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) staff.expire();
      setFailed(error);
    }
  };
  const make = (role: DeviceRole, name: string) => {
    setMaking(null);
    void attempt(async () => setMade(await api.post<NewToken>(`${place}/tokens`, { role, name })));
  };
  const revoke = (token: TokenBrief) => {
    setRevoking(null);
    void attempt(() => api.delete(`${place}/tokens/${token.id}`));
  };
  const remove = (device: Device) => {
    setRemoving(null);
    void attempt(() => api.post(`${place}/devices/${device.id}/remove`, {}));
  };

  const shown = failed ?? problem;
  return (
    <section class="card stack">
      <div class="bar">
        <h2>{words.text("supervisor.devices")}</h2>
        {admin && (
          <button type="button" class="button" onClick={() => setMaking({ role: "kiosk", name: "" })}>
            {words.text("supervisor.token_new")}
          </button>
        )}
      </div>
      {shown && <Banner tone="danger">{problemText(words, shown)}</Banner>}
      {value?.codes && <Codes codes={value.codes} />}
      {value && (
        <ul class="rows">
          {value.devices.map((device) => (
            <li key={device.id} class="row">
              <Icon name={ICONS[device.role]} />
              <div class="row__what">
                <strong>{device.name}</strong> <span class="soft">{words.text(`supervisor.role_${device.role}`)}</span>
                <br />
                <span class={device.connected ? "small" : "small late"}>
                  <Icon name={device.connected ? "check" : "offline"} />{" "}
                  {words.text(device.connected ? "supervisor.connected" : "supervisor.not_connected")}
                </span>
              </div>
              <Tokens tokens={device.tokens} revoke={admin ? setRevoking : undefined} />
              {admin && device.tokens.length === 0 && (
                <button type="button" class="button" onClick={() => make(device.role, device.name)}>
                  {words.text("supervisor.token_make")}
                  <span class="unseen"> {device.name}</span>
                </button>
              )}
              {admin && (
                <button type="button" class="button button--danger" onClick={() => setRemoving(device)}>
                  {words.text("supervisor.device_remove")}
                  <span class="unseen"> {device.name}</span>
                </button>
              )}
            </li>
          ))}
          {value.tokens.map((token) => (
            <li key={token.id} class="row">
              <Icon name="lock" />
              <div class="row__what">
                <strong>{token.name}</strong> <span class="soft">{words.text(`supervisor.role_${token.role}`)}</span>
              </div>
              <Tokens tokens={[token]} revoke={admin ? setRevoking : undefined} />
            </li>
          ))}
        </ul>
      )}
      {making && <MakeToken first={making} make={make} close={() => setMaking(null)} />}
      {made && (
        <MadeToken
          made={made}
          slug={staff.branch.slug}
          build={staff.build}
          address={value?.address ?? null}
          close={() => setMade(null)}
        />
      )}
      {revoking && (
        <Question
          title={words.text("supervisor.revoke_title", { name: revoking.name })}
          text={words.text("supervisor.revoke_text")}
          yes={words.text("supervisor.revoke")}
          onYes={() => revoke(revoking)}
          close={() => setRevoking(null)}
        />
      )}
      {removing && (
        <Question
          title={words.text("supervisor.device_remove_title", { name: removing.name })}
          text={words.text("supervisor.device_remove_text")}
          yes={words.text("supervisor.device_remove")}
          onYes={() => remove(removing)}
          close={() => setRemoving(null)}
        />
      )}
    </section>
  );
}

interface QuestionProps {
  title: string;
  text: string;
  /** What the button says that does it. */
  yes: string;
  onYes: () => void;
  close: () => void;
}

/** Whether something shall be taken away. */
function Question({ title, text, yes, onYes, close }: QuestionProps) {
  const words = useWords();
  return (
    <Dialog
      title={title}
      onClose={close}
      actions={
        <>
          <button type="button" class="button" data-first onClick={close}>
            {words.text("common.cancel")}
          </button>
          <button type="button" class="button button--primary button--danger" onClick={onYes}>
            {yes}
          </button>
        </>
      }
    >
      <p>{text}</p>
    </Dialog>
  );
}

function Codes({ codes }: { codes: DevicesNow["codes"] }) {
  const words = useWords();
  if (codes.why_none) return <Banner tone="warning">{words.text(`supervisor.codes_${codes.why_none}`)}</Banner>;
  return <p class="soft small">{words.text("supervisor.codes_lead", { url: codes.url ?? "" })}</p>;
}

function Tokens({ tokens, revoke }: { tokens: TokenBrief[]; revoke: ((token: TokenBrief) => void) | undefined }) {
  const words = useWords();
  return (
    <ul class="row__tokens">
      {tokens.map((token) => (
        <li key={token.id}>
          <span class="soft small">
            {words.text("supervisor.token_since", { date: words.shortDate(token.created_at) })}
          </span>
          {revoke && (
            <button type="button" class="button button--danger" onClick={() => revoke(token)}>
              {words.text("supervisor.revoke")}
              <span class="unseen"> {token.name}</span>
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

interface MakeTokenProps {
  first: { role: DeviceRole; name: string };
  make: (role: DeviceRole, name: string) => void;
  close: () => void;
}

function MakeToken({ first, make, close }: MakeTokenProps) {
  const words = useWords();
  const [role, setRole] = useState(first.role);
  const [name, setName] = useState(first.name);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    make(role, name.trim());
  };
  return (
    <Dialog
      title={words.text("supervisor.token_new")}
      onClose={close}
      actions={
        <>
          <button type="button" class="button" onClick={close}>
            {words.text("common.cancel")}
          </button>
          <button type="submit" form="token" class="button button--primary">
            {words.text("supervisor.token_make")}
          </button>
        </>
      }
    >
      <form id="token" class="stack" onSubmit={submit}>
        <label class="field">
          <span class="field__label">{words.text("supervisor.role")}</span>
          <select
            class="field__input"
            value={role}
            onChange={(event) => setRole(event.currentTarget.value as DeviceRole)}
            data-first
          >
            {ROLES.map((each) => (
              <option key={each} value={each}>
                {words.text(`supervisor.role_${each}`)}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span class="field__label">{words.text("supervisor.device_name")}</span>
          <input
            class="field__input"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
            required
            maxLength={64}
            pattern=".*\S.*"
            autocomplete="off"
          />
        </label>
      </form>
    </Dialog>
  );
}
