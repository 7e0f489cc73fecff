/** One ticket by its number: call it out of turn with a reason, let it wait again, print it again, or take it out. */
import { useRef, useState } from "preact/hooks";
import { Dialog } from "../../../browser/components/Dialog";
import type { TicketBrief } from "../../../browser/contract";
import { meantBy } from "../../../browser/ticketNumber";
import { useWords } from "../../words";
import type { AtWork, TicketDeed } from "../useCounter";

interface NumberDialogProps {
  parked: TicketBrief[];
  work: AtWork;
  live: boolean;
  then: (deed: Promise<boolean>) => void;
  close: () => void;
}

export function NumberDialog({ parked, work, live, then, close }: NumberDialogProps) {
  const words = useWords();
  const form = useRef<HTMLFormElement>(null);
  const [typed, setTyped] = useState("");
  const fitting = meantBy(typed, parked);
  /** Who was set aside is expected back: the reason is clear. */
  const aside = fitting.length === 1;
  const number = aside ? fitting[0]!.number : typed.trim().toUpperCase();
  const reason = () => (form.current!.elements.namedItem("reason") as HTMLInputElement).value.trim() || words.text("console.take_back_reason");

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (live) then(work.call(typed.trim(), reason()));
  };
  /** The reason is asked for a call alone. */
  const other = (deed: TicketDeed) => {
    const field = form.current!.elements.namedItem("number") as HTMLInputElement;
    if (live && field.reportValidity()) then(work.byNumber(deed, typed.trim()));
  };
  return (
    <Dialog
      title={words.text("console.number_title")}
      onClose={close}
      actions={
        <>
          <button type="button" class="button" onClick={close}>
            {words.text("common.cancel")}
          </button>
          <button type="submit" form="number" class="button button--primary" aria-disabled={!live}>
            {words.text("console.number_call")}
          </button>
        </>
      }
    >
      <form id="number" class="stack" ref={form} onSubmit={submit}>
        <label class="field">
          <span class="field__label">{words.text("console.number")}</span>
          <input class="field__input number-input" name="number" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} required maxLength={16} pattern=".*\S.*" autocomplete="off" autocapitalize="characters" data-first />
        </label>
        <label class="field">
          <span class="field__label">{words.text("console.reason")}</span>
          <input class="field__input" name="reason" required={!aside} maxLength={200} pattern=".*\S.*" autocomplete="off" list="call-reasons" />
          <span class="soft small">{words.text(aside ? "console.number_aside_hint" : "console.number_reason_hint", { number })}</span>
        </label>
        <datalist id="call-reasons">
          <option value={words.text("console.call_reason_missed")} />
          <option value={words.text("console.call_reason_urgent")} />
          <option value={words.text("console.call_reason_papers")} />
        </datalist>
        <div class="cluster">
          <span class="soft small">{words.text("console.number_or")}</span>
          <button type="button" class="button" aria-disabled={!live} onClick={() => other("reinstate")}>
            {words.text("console.reinstate")}
          </button>
          <button type="button" class="button" aria-disabled={!live} onClick={() => other("reprint")}>
            {words.text("console.reprint")}
          </button>
          <button type="button" class="button button--danger" aria-disabled={!live} onClick={() => other("cancel")}>
            {words.text("console.take_out")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
