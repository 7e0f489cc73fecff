/** Time that moves, for clocks and growing waits. */
import { useEffect, useState } from "preact/hooks";
import type { ServerClock } from "../clock";

/** The server's time, new each second. */
export function useNow(clock: ServerClock): Date {
  const [now, setNow] = useState(() => clock.now());
  useEffect(() => {
    const tick = setInterval(() => setNow(clock.now()), 1_000);
    return () => clearInterval(tick);
  }, [clock]);
  return now;
}
