/** What this browser keeps between visits: small choices, never state of the branch. */

import { keep, kept } from "../shared/storage";

type Choice = "language" | "branch" | "shortcuts" | "sound" | "printer";

/** The choice made last, or null. */
export function remembered(choice: Choice): string | null {
  return kept("local", `giliran.staff.${choice}`);
}

export function remember(choice: Choice, value: string): void {
  keep("local", `giliran.staff.${choice}`, value);
}
