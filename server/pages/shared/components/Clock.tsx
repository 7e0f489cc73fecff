/** The time of day in the branch's zone. */
import type { ServerClock } from "../clock";
import { useCommonWords } from "./Speaking";
import { useNow } from "./useNow";

/** `date`: also the day of the week and the date. */
export function Clock({ clock, date = false }: { clock: ServerClock; date?: boolean }) {
  const words = useCommonWords();
  const now = useNow(clock);
  return (
    <time class="clock" dateTime={now.toISOString()}>
      {date && <span class="clock__date">{words.date(now)} </span>}
      <span class="clock__time">{words.time(now)}</span>
    </time>
  );
}
