/** What this browser keeps between visits: small choices, never state of the branch. */

/** A browser that keeps nothing (private windows, policy) loses only convenience. */
function storage(): Storage | null {
  try {
    return window.localStorage;
  } catch (refused) {
    if (refused instanceof DOMException) return null;
    throw refused;
  }
}

type Choice = "language" | "branch" | "shortcuts" | "sound" | "printer";

/** The choice made last, or null. */
export function remembered(choice: Choice): string | null {
  return storage()?.getItem(`giliran.staff.${choice}`) ?? null;
}

export function remember(choice: Choice, value: string): void {
  storage()?.setItem(`giliran.staff.${choice}`, value);
}
