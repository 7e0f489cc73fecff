/** Asks why, with the usual answers at hand. */
import { useRef } from "preact/hooks";

import { Dialog } from "../../shared/components/Dialog";
import type { Reason } from "../../staff/pauseReasons";
import { useWords } from "../../staff/translations";
import { NotSent } from "./NotSent";

interface ReasonDialogProps {
  title: string;
  hint: string;
  label: string;
  reasons: Reason[];
  /** What Enter means in the empty field. */
  otherwise: Reason;
  /** Letters that a written reason may have. */
  longest?: number;
  confirm: string;
  live: boolean;
  send: (reason: Reason) => void;
  close: () => void;
}

export function ReasonDialog({
  title,
  hint,
  label,
  reasons,
  otherwise,
  longest = 200,
  confirm,
  live,
  send,
  close,
}: ReasonDialogProps) {
  const words = useWords();
  const input = useRef<HTMLInputElement>(null);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const written = input.current!.value.trim();
    if (live) send(written ? { value: written, label: written } : otherwise);
  };
  return (
    <Dialog
      title={title}
      onClose={close}
      actions={
        <>
          <button type="button" class="button" onClick={close}>
            {words.text("common.cancel")}
          </button>
          <button type="submit" form="reason" class="button button--primary" aria-disabled={!live}>
            {confirm}
          </button>
        </>
      }
    >
      <form id="reason" class="stack" onSubmit={submit}>
        <p>{hint}</p>
        <NotSent live={live} />
        <div class="cluster">
          {reasons.map((each) => (
            <button
              key={each.value}
              type="button"
              class="button"
              aria-disabled={!live}
              onClick={() => live && send(each)}
            >
              <span>{each.label}</span>
              {each === otherwise && <kbd>Enter</kbd>}
            </button>
          ))}
        </div>
        <label class="field">
          <span class="field__label">{label}</span>
          <input class="field__input" ref={input} maxLength={longest} autocomplete="off" data-first />
        </label>
      </form>
    </Dialog>
  );
}
