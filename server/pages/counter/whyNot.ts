/** Why a key or button does nothing now, in words that say what to do. */
import { stopwatch } from "../shared/texts";
import { type Action, isBeingServed, keyName, type Moment, type NoShowMissing } from "./counterActions";
import type { CounterWords } from "./translations";

const OF_THE_CALLED: readonly Action[] = ["recall", "start", "no_show"];

/** Of an action that makes no sense at this moment. */
export function whyNot(words: CounterWords, action: Action, moment: Moment): string {
  const { state, ticket } = moment;
  if (state !== "open")
    return words.text("counter.why_not_open", { open: words.text("console.action_resume"), key: keyName("resume") });
  if (action === "resume") return words.text("counter.why_open");
  if (!ticket)
    return words.text("counter.why_nobody", { call: words.text("console.action_next"), key: keyName("next") });
  const { number } = ticket;
  if (action === "close") return words.text("console.stay_ticket", { number });
  if (OF_THE_CALLED.includes(action) && isBeingServed(moment)) return words.text("counter.why_serving", { number });
  return words.text("console.start_first", { number });
}

/** What is still missing before "did not come", for the button and for who presses it too early. */
export function noShowText(words: CounterWords, { recalls, seconds }: NoShowMissing): string {
  const time = stopwatch(seconds);
  if (!recalls) return words.text("counter.no_show_in", { time });
  return seconds
    ? words.text("counter.no_show_after_both", { n: recalls, time })
    : words.text("counter.no_show_after", { n: recalls });
}
