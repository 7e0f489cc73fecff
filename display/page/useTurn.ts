/** Pages that turn by themselves. */
import { useEffect, useState } from "preact/hooks";

/** The page that is to be seen now: the next one each `stands` milliseconds, the first one whenever `what` changes. */
export function useTurn(pages: number, stands: number, what: string): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    setTurn(0);
    const tick = setInterval(() => setTurn((before) => before + 1), stands);
    return () => clearInterval(tick);
  }, [what]);
  return turn % Math.max(1, pages);
}
