/** What becomes of a ticket's paper. The customer never waits for it: the number is on the screen already. */
import { useEffect, useState } from "preact/hooks";

import { type Api, Problem } from "../../server/pages/shared/api";
import type { PrintJob, PrintJobState } from "../../server/pages/shared/contract";

/**
 * `slow`: still printing when most paper has come, and some customers are about to go. `unsure`: the printer was given
 * the ticket and cannot prove the paper, which mostly lies there. `failed`: none came, or none in time. `none`: nothing
 * prints here.
 */
export type Paper = "printing" | "slow" | "printed" | "unsure" | "failed" | "none";

/** Milliseconds after which a customer in a hurry should know what to do without the paper. */
const HURRY = 4_000;
/** Milliseconds after which a customer need not believe in the paper any longer. */
const PATIENCE = 12_000;
const ASK_EVERY = 700;

/** Watches a print job until it is over. Paper that comes late is told as well: the customer may still stand here. */
export function usePaper(api: Api, job: string | null): Paper {
  const [paper, setPaper] = useState<Paper>(job ? "printing" : "none");

  useEffect(() => {
    if (!job) return;
    const stop = new AbortController();
    const hurry = setTimeout(() => setPaper((paper) => (paper === "printing" ? "slow" : paper)), HURRY);
    const impatience = setTimeout(() => setPaper("failed"), PATIENCE);
    const stopWaiting = () => {
      clearTimeout(hurry);
      clearTimeout(impatience);
    };
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      const heard = await hear(api, job, stop.signal);
      if (stop.signal.aborted) return;
      if (heard.paper) setPaper(heard.paper);
      if (heard.over) stopWaiting();
      else timer = setTimeout(ask, ASK_EVERY);
    };
    void ask();
    return () => {
      stop.abort();
      stopWaiting();
      clearTimeout(timer);
    };
  }, [job]);

  return paper;
}

const OUTCOMES: Readonly<Record<PrintJobState, Paper | null>> = {
  queued: null,
  claimed: null,
  started: null,
  printed: "printed",
  unknown: "unsure",
  not_sent: "failed",
  expired: "failed",
};

/** What is heard of a paper. `paper` null: nothing new. `over`: there is nothing more to ask. */
interface Heard {
  paper: Paper | null;
  over: boolean;
}

async function hear(api: Api, job: string, signal: AbortSignal): Promise<Heard> {
  try {
    const { state, resolution, printable } = await api.get<PrintJob>(`/print-jobs/${job}`, { signal });
    // A doubt that is settled is no doubt for the customer either.
    if (state === "unknown" && resolution)
      return { paper: resolution === "printed" ? "printed" : "failed", over: true };
    const paper = OUTCOMES[state];
    // Where no printer prints now, that is said at once; should one come back in time, the paper is told as well.
    return paper ? { paper, over: true } : { paper: printable === false ? "failed" : null, over: false };
  } catch (error) {
    if (signal.aborted || !(error instanceof Problem)) return { paper: null, over: false };
    const refused = error.status >= 400 && error.status < 500;
    return { paper: refused ? "failed" : null, over: refused };
  }
}
