/** Time that moves, for clocks and growing waits. */
import { useEffect, useState } from "preact/hooks";

import type { ServerClock } from "../clock";

/** The server's time, new each second. */
export function useNow(clock: ServerClock): Date {
  const [now, setNow] = useState(() => clock.now());
  useEffect(() => {
    const tell = () => setNow(clock.now());
    const tick = setInterval(tell, 1_000);
    // In a tab that nobody sees, browsers let a second last a minute.
    document.addEventListener("visibilitychange", tell);
    return () => {
      clearInterval(tick);
      document.removeEventListener("visibilitychange", tell);
    };
  }, [clock]);
  return now;
}
