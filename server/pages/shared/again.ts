/** When a place opens or has numbers again, in the words that people use for days that are near. */
import type { CommonSections } from "./components/Speaking";
import type { Words } from "./texts";

const DAY = 24 * 3600 * 1000;

/**
 * "at 13:00", "tomorrow at 08:00", "on Monday at 08:00", "on Monday 30 November at 08:00": seen from `now`.
 * Midnight is the beginning of a day and no hour at which anybody comes: "tomorrow", "on Monday".
 */
export function when(words: Words<CommonSections>, at: string, now: Date): string {
  const then = new Date(at);
  const time = words.time(then);
  const date = words.date(then);
  if (date === words.date(now)) return words.text("common.when_today", { time });
  const alone = /^00\D00$/.test(time) ? "_alone" : "";
  if (date === words.date(new Date(now.getTime() + DAY))) return words.text(`common.when_tomorrow${alone}`, { time });
  const near = then.getTime() - now.getTime() < 6 * DAY;
  return words.text(`common.when_day${alone}`, { day: near ? words.weekday(then) : words.day(then), time });
}
