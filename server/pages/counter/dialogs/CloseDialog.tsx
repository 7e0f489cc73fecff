/** Asks before a counter is closed for which people wait, and says what becomes of them. */
import { Dialog } from "../../shared/components/Dialog";
import type { Counter, Queue } from "../../shared/contract";
import { useWords } from "../../staff/translations";
import { keyName, KEYS } from "../counterActions";
import { isFor } from "../Line";

interface CloseDialogProps {
  counter: Counter;
  queue: Queue;
  live: boolean;
  /** Single letters are switched on: the key that asked for it confirms it. */
  letters: boolean;
  send: () => void;
  close: () => void;
}

export function CloseDialog({ counter, queue, live, letters, send, close }: CloseDialogProps) {
  const words = useWords();
  const waiting = queue.waiting.filter((each) => isFor(each, counter));
  const others = queue.counters.filter((each) => each.number !== counter.number && each.state === "open");
  const left = waiting.filter(
    (each) =>
      each.for_counter !== null ||
      !others.some(({ services, helps_out_with }) => [...services, ...helps_out_with].includes(each.service)),
  );
  const confirm = () => live && send();
  return (
    <Dialog
      title={words.text("console.close_title", { counter: words.name(counter.name) })}
      onClose={close}
      keys={letters ? { [KEYS.close]: confirm } : {}}
      actions={
        <>
          <button type="button" class="button" data-first onClick={close}>
            {words.text("common.cancel")}
          </button>
          <button
            type="button"
            class="button button--primary"
            aria-disabled={!live}
            aria-keyshortcuts={letters ? keyName("close") : undefined}
            onClick={confirm}
          >
            <span>{words.text("console.action_close")}</span>
            {letters && <kbd>{keyName("close")}</kbd>}
          </button>
        </>
      }
    >
      <p>
        {words.text("console.waiting_for_here", { n: waiting.length })}{" "}
        {left.length > 0 ? words.text("console.close_left", { n: left.length }) : words.text("console.close_others")}
      </p>
    </Dialog>
  );
}
