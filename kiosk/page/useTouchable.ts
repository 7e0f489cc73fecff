/** Keeps the touches that were meant for one step away from the next. */
import { useEffect, useState } from "preact/hooks";

/** Longer than the pause in a double tap, or between the blows of somebody who hammers on the glass. */
const PAUSE = 500;

/** Whether `step` may be touched: once the glass was left alone for a moment after the step appeared. */
export function useTouchable(step: string): boolean {
  const [touchable, setTouchable] = useState(step);

  useEffect(() => {
    if (touchable === step) return;
    const allow = () => setTouchable(step);
    let timer = setTimeout(allow, PAUSE);
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(allow, PAUSE);
    };
    document.addEventListener("pointerdown", wait, true);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("pointerdown", wait, true);
    };
  }, [step, touchable]);

  return touchable === step;
}
