/** Tells when something takes longer than people expect. */
import { useEffect, useState } from "preact/hooks";

/** Turns true after `milliseconds`, once. */
export function useSlow(milliseconds: number): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), milliseconds);
    return () => clearTimeout(timer);
  }, [milliseconds]);
  return slow;
}
