/** Asks why, with the usual answers at hand. */
import { useRef } from "preact/hooks";
import { Dialog } from "../../../browser/components/Dialog";
import { useWords } from "../../words";

interface ReasonDialogProps {
  title: string;
  hint: string;
  label: string;
  required?: boolean;
  suggestions: string[];
  confirm: string;
  live: boolean;
  send: (reason: string) => void;
  close: () => void;
}

export function ReasonDialog({ title, hint, label, required = false, suggestions, confirm, live, send, close }: ReasonDialogProps) {
  const words = useWords();
  const input = useRef<HTMLInputElement>(null);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (live) send(input.current!.value.trim());
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
        <div class="cluster">
          {suggestions.map((each) => (
            <button key={each} type="button" class="button" aria-disabled={!live} onClick={() => live && send(each)}>
              {each}
            </button>
          ))}
        </div>
        <label class="field">
          <span class="field__label">{label}</span>
          <input class="field__input" ref={input} maxLength={200} required={required} pattern={required ? ".*\\S.*" : undefined} autocomplete="off" data-first />
        </label>
      </form>
    </Dialog>
  );
}
