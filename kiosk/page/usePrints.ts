/** Whether this kiosk's tickets would come out on paper, so that customers hear it before they take a number. */
import { useEffect, useState } from "preact/hooks";

import { type Api, Problem } from "../../server/pages/shared/api";
import type { KioskNow } from "../../server/pages/shared/contract";

const ASK_EVERY = 10_000;

/** `prints`: null where the branch has no printer. `codes`: whether tickets get a code for phones. */
export type Prints = Pick<KioskNow, "prints" | "codes">;

/**
 * True, both, while it is not known better. Asks again whenever `moment` changes, such as when the connection comes
 * back or the next customer begins.
 */
export function usePrints(api: Api, moment: string): Prints {
  const [prints, setPrints] = useState<Prints>({ prints: true, codes: true });
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      try {
        setPrints(await api.get<KioskNow>("/kiosk", { signal: stop.signal }));
      } catch (error) {
        if (stop.signal.aborted) return;
        if (!(error instanceof Problem)) throw error;
        // Who cannot be asked now says so elsewhere on the screen; what was known of the paper stays.
      }
      timer = setTimeout(ask, ASK_EVERY);
    };
    void ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [api, moment]);
  return prints;
}
