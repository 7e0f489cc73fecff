/** When a lost connection is worth an alarm. */
import { useEffect, useState } from "preact/hooks";

import type { ServerClock } from "../clock";
import { type Liveness, SILENCE } from "../feed";

/**
 * Since when the page is not live; null while it is, and for the first `grace` milliseconds: a connection that is back
 * in a moment need not alarm a lobby. One that was found dead after a long silence gets no grace.
 */
export function useLostSince(liveness: Liveness, clock: ServerClock, grace: number): Date | null {
  const [since, setSince] = useState<Date | null>(null);
  useEffect(() => {
    setSince(null);
    if (liveness.live || !liveness.since) return;
    const silent = clock.age(liveness.since.toISOString()) * 1000 >= SILENCE;
    const alarm = setTimeout(() => setSince(liveness.since), silent ? 0 : grace);
    return () => clearTimeout(alarm);
  }, [liveness.live, liveness.since?.getTime()]);
  return liveness.live ? null : since;
}
