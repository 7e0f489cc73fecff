/** Sends the customer on: to another service, to one counter, or both. */
import { useState } from "preact/hooks";

import { Dialog } from "../../shared/components/Dialog";
import type { Queue } from "../../shared/contract";
import { stateText } from "../../staff/counterState";
import type { Staff } from "../../staff/StaffPage";
import { useWords } from "../../staff/translations";
import type { AtWork } from "../useCounter";

interface TransferDialogProps {
  staff: Staff;
  queue: Queue;
  work: AtWork;
  live: boolean;
  then: (action: Promise<boolean>) => void;
  close: () => void;
}

export function TransferDialog({ queue, work, live, then, close }: TransferDialogProps) {
  const words = useWords();
  const ticket = work.moment.ticket;
  const [service, setService] = useState(ticket?.service ?? "");
  const [counter, setCounter] = useState("");
  const [keepPlace, setKeepPlace] = useState(false);
  const [note, setNote] = useState("");
  const moves = service !== ticket?.service || counter !== "";

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!live || !moves) return;
    const to = {
      service,
      ...(counter ? { counter: Number(counter) } : {}),
      ...(note.trim() ? { note: note.trim() } : {}),
    };
    then(work.transfer({ ...to, keep_place: keepPlace }));
  };
  return (
    <Dialog
      title={words.text("console.transfer_title", { number: ticket?.number ?? "" })}
      onClose={close}
      actions={
        <>
          <button type="button" class="button" onClick={close}>
            {words.text("common.cancel")}
          </button>
          <button type="submit" form="transfer" class="button button--primary" aria-disabled={!live || !moves}>
            {words.text("console.action_transfer")}
          </button>
        </>
      }
    >
      <form id="transfer" class="stack" onSubmit={submit}>
        <label class="field">
          <span class="field__label">{words.text("console.transfer_service")}</span>
          <select
            class="field__input"
            name="service"
            value={service}
            onChange={(event) => setService(event.currentTarget.value)}
            data-first
          >
            {queue.services.map((each) => (
              <option key={each.code} value={each.code}>
                {words.text("console.transfer_service_option", {
                  code: each.code,
                  service: words.name(each.name),
                  n: each.waiting,
                })}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span class="field__label">{words.text("console.transfer_counter")}</span>
          <select
            class="field__input"
            name="counter"
            value={counter}
            onChange={(event) => setCounter(event.currentTarget.value)}
          >
            <option value="">{words.text("console.transfer_any")}</option>
            {queue.counters
              .filter((each) => each.number !== work.counter.number)
              .map((each) => (
                <option key={each.number} value={each.number}>
                  {words.name(each.name)} ({stateText(words, each)})
                </option>
              ))}
          </select>
        </label>
        <fieldset class="choice">
          <legend class="field__label">{words.text("console.transfer_place")}</legend>
          <label class="tick">
            <input type="radio" name="place" checked={!keepPlace} onChange={() => setKeepPlace(false)} />
            <span>{words.text("console.transfer_place_new")}</span>
          </label>
          <label class="tick">
            <input type="radio" name="place" checked={keepPlace} onChange={() => setKeepPlace(true)} />
            <span>{words.text("console.transfer_place_keep")}</span>
          </label>
        </fieldset>
        <label class="field">
          <span class="field__label">{words.text("console.transfer_note")}</span>
          <input
            class="field__input"
            name="note"
            maxLength={200}
            value={note}
            onInput={(event) => setNote(event.currentTarget.value)}
            autocomplete="off"
          />
        </label>
      </form>
    </Dialog>
  );
}
