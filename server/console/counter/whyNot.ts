/** Why a key or button does nothing now, in words that say what to do. */
import { stopwatch } from "../../browser/texts";
import type { CounterWords } from "./words";
import { type Deed, isBeingServed, keyName, type Moment, type NoShowMissing } from "./deeds";

const OF_THE_CALLED: readonly Deed[] = ["recall", "start", "no_show"];

/** Of a deed that makes no sense at this moment. */
export function whyNot(words: CounterWords, deed: Deed, moment: Moment): string {
  const { state, ticket } = moment;
  if (state !== "open") return words.text("counter.why_not_open", { open: words.text("console.deed_resume"), key: keyName("resume") });
  if (deed === "resume") return words.text("counter.why_open");
  if (!ticket) return words.text("counter.why_nobody", { call: words.text("console.deed_next"), key: keyName("next") });
  const { number } = ticket;
  if (deed === "close") return words.text("console.stay_ticket", { number });
  if (OF_THE_CALLED.includes(deed) && isBeingServed(moment)) return words.text("counter.why_serving", { number });
  return words.text("console.start_first", { number });
}

/** What is still missing before "did not come", for the button and for who presses it too early. */
export function noShowText(words: CounterWords, { recalls, seconds }: NoShowMissing): string {
  const time = stopwatch(seconds);
  if (!recalls) return words.text("counter.no_show_in", { time });
  return seconds ? words.text("counter.no_show_after_both", { n: recalls, time }) : words.text("counter.no_show_after", { n: recalls });
}
