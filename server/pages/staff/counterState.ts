/** Whether a counter is open, paused or closed, in words. */
import type { Counter } from "../shared/contract";
import type { StaffWords } from "./translations";

export function stateText(words: StaffWords, counter: Pick<Counter, "state">): string {
  return words.text(`console.counter_${counter.state}`);
}
