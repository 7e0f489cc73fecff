/** A wait in the fewest words that are still true. */
import type { Estimate } from "../../server/pages/shared/contract";
import { waitInMinutes } from "../../server/pages/shared/texts";
import type { useWords } from "./translations";

/** For example 10–20 min; of a short wait only what it is at most. */
export function shortWait(words: ReturnType<typeof useWords>, estimate: Estimate): string {
  const { low, high } = waitInMinutes(estimate.low, estimate.high);
  if (high > 120) {
    const hours = (minutes: number, round: (value: number) => number) => words.number(round(minutes / 60));
    return words.text("kiosk.hours_brief", { range: `${hours(low, Math.floor)}–${hours(high, Math.ceil)}` });
  }
  if (low === 0) return words.text("kiosk.wait_at_most_brief", { n: high });
  return words.text("common.minutes_short", { n: low === high ? high : `${low}–${high}` });
}
