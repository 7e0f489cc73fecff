/** What the kiosk must know of its branch beyond the live board: its classes, its zone, when it opens. */
import { useEffect, useState } from "preact/hooks";

import { type Api, Problem } from "../../server/pages/shared/api";
import type { BranchInfo } from "../../server/pages/shared/contract";

const REFRESH_EVERY = 60_000;
const RETRY_AFTER = 2_000;

export interface BranchNow {
  /** Null until it came. It stays when the server cannot be reached. */
  info: BranchInfo | null;
  /** The server will not tell it to this kiosk. */
  refused: Problem | null;
}

/** Asks at the start, each minute, and whenever the connection comes back (`live` turns true). */
export function useBranch(api: Api, branch: string, live: boolean): BranchNow {
  const [info, setInfo] = useState<BranchInfo | null>(null);
  const [refused, setRefused] = useState<Problem | null>(null);

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      let again = REFRESH_EVERY;
      try {
        setInfo(await api.get<BranchInfo>(`/branches/${branch}`, { signal: stop.signal }));
        setRefused(null);
      } catch (error) {
        if (stop.signal.aborted) return;
        if (error instanceof Problem && error.status >= 400 && error.status < 500) setRefused(error);
        again = RETRY_AFTER;
      }
      timer = setTimeout(ask, again);
    };
    void ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [api, branch, live]);

  return { info, refused };
}
