/** The reasons for a break: the branch's own, else three usual ones. */
import type { Queue } from "../shared/contract";
import type { StaffWords } from "./translations";

/** A reason as it is sent and kept, and as it reads. */
export interface Reason {
  value: string;
  label: string;
}

export function pauseReasons(words: StaffWords, queue: Queue): Reason[] {
  if (queue.pause_reasons.length > 0)
    return queue.pause_reasons.map(({ code, name }) => ({ value: code, label: words.name(name) }));
  return [
    words.text("console.pause_reason_break"),
    words.text("console.pause_reason_pray"),
    words.text("console.pause_reason_back_office"),
  ].map((text) => ({ value: text, label: text }));
}

/** A reason in the language of who reads it: a code by its name, words as they were written. */
export function reasonText(words: StaffWords, queue: Pick<Queue, "pause_reasons">, reason: string): string {
  const known = queue.pause_reasons.find((each) => each.code === reason);
  return known ? words.name(known.name) : reason;
}
