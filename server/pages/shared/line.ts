/** A customer's place in line in words, the same on the kiosk and on the phone. */
import type { CommonSections } from "./components/Speaking";
import type { Staffing } from "./contract";
import type { Words } from "./texts";

/** How many are before; "next" only where an open counter calls this customer first. */
export function placeText(
  words: Words<CommonSections>,
  { ahead, staffing }: { ahead: number; staffing: Staffing | null },
): string {
  if (ahead > 0) return words.text("common.ahead", { n: ahead });
  return words.text(staffing === "open" ? "common.next" : "common.first");
}

/** Why nobody is called now, or others are called first; null where a counter that takes the service first is open. */
export function staffingText(words: Words<CommonSections>, staffing: Staffing | null): string | null {
  return staffing === null || staffing === "open" ? null : words.text(`common.staffing_${staffing}`);
}
