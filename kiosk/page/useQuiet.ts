/** Gives the kiosk back to the next customer when nobody has touched it for a while. */
import { useEffect, useRef, useState } from "preact/hooks";

/** What "I need more time" adds, in seconds. */
const MORE = 60;

export interface Quiet {
  /** Whole seconds until the start comes back; null while there is nothing to go back from. */
  left: number | null;
  more: () => void;
}

/**
 * Calls `onOver` after `seconds` without a touch or a key. `seconds` null: never. A change of `moment` (a new step,
 * news about the paper) begins the time anew, so that what has just appeared can be read.
 */
export function useQuiet(seconds: number | null, moment: string, onOver: () => void): Quiet {
  const [left, setLeft] = useState<number | null>(seconds);
  const end = useRef(0);
  const over = useRef(onOver);
  over.current = onOver;

  const lastAtLeast = (length: number) => {
    end.current = Math.max(end.current, performance.now() + length * 1000);
    setLeft(Math.ceil((end.current - performance.now()) / 1000));
  };

  useEffect(() => {
    if (seconds === null) {
      setLeft(null);
      return;
    }
    end.current = 0;
    lastAtLeast(seconds);
    const touched = () => lastAtLeast(seconds);
    const tick = setInterval(() => {
      const rest = Math.ceil((end.current - performance.now()) / 1000);
      setLeft(Math.max(0, rest));
      if (rest <= 0) {
        clearInterval(tick);
        over.current();
      }
    }, 250);
    document.addEventListener("pointerdown", touched, true);
    document.addEventListener("keydown", touched, true);
    return () => {
      clearInterval(tick);
      document.removeEventListener("pointerdown", touched, true);
      document.removeEventListener("keydown", touched, true);
    };
  }, [seconds, moment]);

  return { left, more: () => lastAtLeast(MORE) };
}
