/** The dialog in which a person changes the own password. */
import { useRef, useState } from "preact/hooks";

import { Problem } from "../shared/api";
import { Banner } from "../shared/components/Banner";
import { Dialog } from "../shared/components/Dialog";
import { problemText } from "../shared/components/problemText";
import { PasswordInput, ShowPassword } from "./PasswordInput";
import type { Staff } from "./StaffPage";
import { useWords } from "./translations";
import { api } from "./useSession";

export function PasswordDialog({ staff, close }: { staff: Staff; close: () => void }) {
  const words = useWords();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState(false);
  const [changed, setChanged] = useState(false);
  const old = useRef<HTMLInputElement>(null);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setProblem(null);
    try {
      await api.post("/me/password", { old: String(form.get("old")), new: String(form.get("new")) });
      setChanged(true);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) return staff.expire();
      setProblem(error);
      old.current?.focus();
      old.current?.select();
    } finally {
      setBusy(false);
    }
  };

  if (changed) {
    return (
      <Dialog
        key="changed"
        title={words.text("console.password_changed")}
        onClose={close}
        actions={
          <button type="button" class="button button--primary" data-first onClick={close}>
            {words.text("common.close")}
          </button>
        }
      >
        <p>{words.text("console.password_changed_text")}</p>
      </Dialog>
    );
  }
  const wrong = problem?.code === "validation";
  return (
    <Dialog
      key="asked"
      title={words.text("console.password_change")}
      onClose={close}
      actions={
        <>
          <button type="button" class="button" onClick={close}>
            {words.text("common.cancel")}
          </button>
          <button type="submit" form="password" class="button button--primary" aria-disabled={busy}>
            {words.text(busy ? "console.password_changing" : "console.password_change")}
          </button>
        </>
      }
    >
      <form id="password" class="stack" onSubmit={submit}>
        {problem && (
          <Banner tone="danger">{wrong ? words.text("console.password_wrong") : problemText(words, problem)}</Banner>
        )}
        {/* so that a password manager knows whose password it is */}
        <input name="username" autocomplete="username" value={staff.session.user} readOnly hidden />
        <label class="field">
          <span class="field__label">{words.text("console.password_old")}</span>
          <PasswordInput name="old" autocomplete="current-password" shown={shown} invalid={wrong} field={old} first />
        </label>
        <label class="field">
          <span class="field__label">{words.text("console.password_new")}</span>
          <PasswordInput
            name="new"
            autocomplete="new-password"
            shown={shown}
            minLength={8}
            describedBy="password-hint"
          />
          <span class="soft small" id="password-hint">
            {words.text("console.password_hint")}
          </span>
        </label>
        <ShowPassword shown={shown} show={setShown} />
      </form>
    </Dialog>
  );
}
