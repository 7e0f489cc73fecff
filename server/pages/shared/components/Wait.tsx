/** The honest wait: "about 10–20 minutes", never a single false number. */
import type { Estimate } from "../contract";
import { waitInMinutes, type Words } from "../texts";
import { type CommonSections, useCommonWords } from "./Speaking";

/** The words for an estimate; for none, that it is not known yet. */
export function waitText(words: Words<CommonSections>, estimate: Estimate | null): string {
  if (!estimate) return words.text("common.wait_unknown");
  const { low, high } = waitInMinutes(estimate.low, estimate.high);
  if (high <= 3) return words.text("common.wait_short");
  if (low === 0) return words.text("common.wait_up_to", { high });
  if (high > 120) {
    const halves = (minutes: number, round: (value: number) => number) => round(minutes / 30) / 2;
    const [from, to] = [halves(low, Math.floor), halves(high, Math.ceil)];
    return words.text("common.wait_long", {
      low: words.number(from, from % 1 ? 1 : 0),
      high: words.number(to, to % 1 ? 1 : 0),
    });
  }
  if (low === high) return words.text("common.wait_exact", { n: low });
  return words.text("common.wait_range", { low, high });
}

export function Wait({ estimate }: { estimate: Estimate | null }) {
  return <span>{waitText(useCommonWords(), estimate)}</span>;
}
