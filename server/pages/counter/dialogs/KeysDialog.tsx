/**
 * All keys on one card, the switch for those whose speech or hands set off single letters by accident, and the sound.
 */
import { Dialog } from "../../shared/components/Dialog";
import { Icon } from "../../shared/components/Icon";
import { type Action, keyName } from "../counterActions";
import { useWords } from "../translations";
import type { Arrivals } from "../useArrivals";

const SHOWN: readonly Action[] = [
  "next",
  "start",
  "recall",
  "finish",
  "no_show",
  "park",
  "put_back",
  "transfer",
  "call",
  "issue",
  "undo",
  "pause",
  "resume",
  "close",
];

interface KeysDialogProps {
  letters: boolean;
  sound: Arrivals;
  setLetters: (on: boolean) => void;
  close: () => void;
}

export function KeysDialog({ letters, sound, setLetters, close }: KeysDialogProps) {
  const words = useWords();
  return (
    <Dialog
      title={words.text("console.keys_title")}
      onClose={close}
      actions={
        <button type="button" class="button button--primary" data-first onClick={close}>
          {words.text("common.close")}
        </button>
      }
    >
      <div class="stack">
        <p>
          <kbd>{words.text("console.key_space")}</kbd> {words.text("console.keys_space")}
        </p>
        <dl class="keys">
          {SHOWN.map((action) => (
            <div key={action}>
              <dt>
                <kbd>{keyName(action)}</kbd>
              </dt>
              <dd>{words.text(`console.action_${action}` as "console.action_next")}</dd>
            </div>
          ))}
        </dl>
        <label class="tick">
          <input type="checkbox" checked={letters} onChange={(event) => setLetters(event.currentTarget.checked)} />
          <span>{words.text("console.keys_letters")}</span>
        </label>
        {sound.possible && (
          <button
            type="button"
            class="button"
            role="switch"
            aria-checked={sound.wanted}
            onClick={() => sound.turn(!sound.wanted)}
          >
            <Icon name={sound.wanted ? "sound" : "muted"} />
            <span>{words.text("counter.sound_arrivals")}</span>
          </button>
        )}
      </div>
    </Dialog>
  );
}
