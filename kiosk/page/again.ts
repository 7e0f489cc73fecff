/** When there are numbers again, in the words that people use for days that are near. */
import type { useWords } from "./words";

type Words = ReturnType<typeof useWords>;

const DAY = 24 * 3600 * 1000;

/** "at 13:00", "tomorrow at 08:00", "on Monday at 08:00", "on Monday 30 November at 08:00": seen from `now`. */
export function when(words: Words, at: string, now: Date): string {
  const then = new Date(at);
  const time = words.time(then);
  const day = words.date(then);
  if (day === words.date(now)) return words.text("kiosk.when_today", { time });
  if (day === words.date(new Date(now.getTime() + DAY))) return words.text("kiosk.when_tomorrow", { time });
  const near = then.getTime() - now.getTime() < 6 * DAY;
  return words.text("kiosk.when_day", { day: near ? words.weekday(then) : words.day(then), time });
}
