/** How one customer reads best. It ends with the visit: the next one finds the kiosk as it always is. */
import { useEffect, useState } from "preact/hooks";

export interface Comfort {
  larger: boolean;
  contrast: boolean;
  toggleLarger: () => void;
  toggleContrast: () => void;
  reset: () => void;
}

/** Marks the document with `data-larger` and `data-contrast`; the style sheet does the rest. */
export function useComfort(): Comfort {
  const [larger, setLarger] = useState(false);
  const [contrast, setContrast] = useState(false);
  useEffect(() => mark("data-larger", larger), [larger]);
  useEffect(() => mark("data-contrast", contrast), [contrast]);
  return {
    larger,
    contrast,
    toggleLarger: () => setLarger((now) => !now),
    toggleContrast: () => setContrast((now) => !now),
    reset: () => {
      setLarger(false);
      setContrast(false);
    },
  };
}

function mark(attribute: string, on: boolean): void {
  if (on) document.documentElement.setAttribute(attribute, "");
  else document.documentElement.removeAttribute(attribute);
}
