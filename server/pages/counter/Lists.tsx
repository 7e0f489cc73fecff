/** Those set aside, and those this page has handled: each with the way back. */
import type { ServerClock } from "../shared/clock";
import { Icon, TICKET_ICONS } from "../shared/components/Icon";
import { useNow } from "../shared/components/useNow";
import type { Queue } from "../shared/contract";
import { stopwatch } from "../shared/texts";
import { RowButton } from "../staff/RowButton";
import { useWords } from "../staff/translations";
import type { AtWork } from "./useCounter";

interface ListProps {
  work: AtWork;
  live: boolean;
  then: (action: Promise<boolean>) => void;
}

export function Aside({ queue, work, clock, live, then }: ListProps & { queue: Queue; clock: ServerClock }) {
  const words = useWords();
  useNow(clock);
  if (queue.parked.length === 0) return null;
  const free = live && !work.busy && work.moment.state === "open";
  return (
    <section class="aside">
      <h2 class="line__title">
        {words.text("console.aside_title")} <span class="soft">{words.number(queue.parked.length)}</span>
      </h2>
      <ul class="tickets">
        {queue.parked.map((each) => (
          <li key={each.id} class="waiting">
            <span class="number waiting__number">{each.number}</span>
            <span class="waiting__what small">
              <span class="soft">{words.text("console.aside_since")}</span>{" "}
              <span class="time">{stopwatch(clock.age(each.parked_at ?? each.queued_at))}</span>
              {each.note && <span class="waiting__note">{each.note}</span>}
            </span>
            <span class="waiting__actions">
              <RowButton
                name={words.text("console.take_back")}
                number={each.number}
                off={!free || work.moment.ticket !== null}
                press={() => then(work.call(each.number, words.text("console.take_back_reason")))}
              />
              <RowButton
                name={words.text("console.action_put_back")}
                number={each.number}
                off={!free}
                press={() => then(work.simple("put_back", each))}
              />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function HandledTickets({ work, live, then }: ListProps) {
  const words = useWords();
  if (work.handled.length === 0) return null;
  const off = !live || work.busy !== null;
  return (
    <section class="handled">
      <h2 class="line__title">{words.text("console.handled_title")}</h2>
      <ul class="tickets">
        {work.handled.map((each) => (
          <li key={each.id} class="waiting">
            <span class="number waiting__number">{each.number}</span>
            <span class="waiting__what small">
              <Icon name={TICKET_ICONS[each.state]} /> {words.text(`common.state_${each.state}`)}{" "}
              <span class="soft">{words.time(each.at)}</span>
            </span>
            <span class="waiting__actions">
              {each.state !== "served" && (
                <RowButton
                  name={words.text("console.reinstate")}
                  number={each.number}
                  off={off}
                  press={() => then(work.byNumber("reinstate", each.number))}
                />
              )}
              <RowButton
                name={words.text("console.reprint")}
                number={each.number}
                off={off}
                press={() => then(work.byNumber("reprint", each.number))}
              />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
