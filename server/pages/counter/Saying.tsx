/** What became of the last press, and for ten seconds the way back. */
import type { ServerClock } from "../shared/clock";
import { Icon } from "../shared/components/Icon";
import { useNow } from "../shared/components/useNow";
import { useWords } from "../staff/translations";
import { keyName } from "./counterActions";
import type { AtWork } from "./useCounter";

interface SayingProps {
  work: AtWork;
  clock: ServerClock;
  letters: boolean;
  live: boolean;
  undo: () => void;
}

const ICONS = { plain: "check", warning: "warning", danger: "warning" } as const;

export function Saying({ work, clock, letters, live, undo }: SayingProps) {
  const words = useWords();
  const now = useNow(clock);
  const { said, undoable, busy } = work;
  const left = undoable ? Math.ceil((undoable.until - now.getTime()) / 1000) : 0;
  return (
    <div class="saying">
      <div class="saying__text" role="status">
        {said && (
          <p class={`banner banner--${said.tone}`}>
            <Icon name={ICONS[said.tone]} />
            <span>{said.text}</span>
          </p>
        )}
      </div>
      {undoable && left > 0 && (
        <button
          type="button"
          class="button saying__undo"
          data-action="undo"
          aria-disabled={!live || busy !== null}
          aria-keyshortcuts={letters ? keyName("undo") : undefined}
          onClick={undo}
        >
          <Icon name="back" />
          <span>
            {words.text(`console.undo_${undoable.action}` as "console.undo_next", { number: undoable.ticket.number })}
          </span>
          {letters && <kbd>{keyName("undo")}</kbd>}
          <span class="saying__left" aria-hidden="true">
            {words.text("common.seconds_short", { n: Math.min(left, 10) })}
          </span>
        </button>
      )}
    </div>
  );
}
