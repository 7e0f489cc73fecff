/** Single keys for the actions of the page. */
import { useLayoutEffect, useRef } from "preact/hooks";

const FIELDS = ["INPUT", "SELECT", "TEXTAREA"];
const OWN_ACTIVATION = ["BUTTON", "A", "SUMMARY", ...FIELDS];

/**
 * Calls the handler of a pressed key (lower case; " " is the space bar).
 *
 * A key does nothing while it is typed into a field, with a modifier, behind an open dialog, or while it is held
 * down. The space bar on a button or link stays that element's own, and Enter held down on one presses it once.
 */
export function useKeys(handlers: Readonly<Record<string, () => void>>): void {
  const latest = useRef(handlers);
  latest.current = handlers;
  useLayoutEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const at = event.target as HTMLElement;
      if (event.repeat) {
        if (event.key === "Enter" && !FIELDS.includes(at.tagName)) event.preventDefault();
        return;
      }
      if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
      if (FIELDS.includes(at.tagName) && (at as HTMLInputElement).type !== "checkbox") return;
      if (event.key === " " && OWN_ACTIVATION.includes(at.tagName)) return;
      if (document.querySelector('[role="dialog"]')) return;
      const handler = latest.current[event.key.toLowerCase()];
      if (!handler) return;
      event.preventDefault();
      handler();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
}
