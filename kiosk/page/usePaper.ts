/** What becomes of a ticket's paper. The customer never waits for it: the number is on the screen already. */
import { useEffect, useState } from "preact/hooks";
import { type Api, Problem } from "../../server/browser/api";
import type { PrintJob, PrintJobState } from "../../server/browser/contract";

/**
 * `unsure`: the printer was given the ticket and cannot prove the paper, which mostly lies there. `failed`: none came,
 * or none in time. `none`: nothing prints here.
 */
export type Paper = "printing" | "printed" | "unsure" | "failed" | "none";

/** Milliseconds after which a customer need not believe in the paper any longer. */
const PATIENCE = 12_000;
const ASK_EVERY = 700;

/** Watches a print job until it is over. Paper that comes late is told as well: the customer may still stand here. */
export function usePaper(api: Api, job: string | null): Paper {
  const [paper, setPaper] = useState<Paper>(job ? "printing" : "none");

  useEffect(() => {
    if (!job) return;
    const stop = new AbortController();
    const impatience = setTimeout(() => setPaper("failed"), PATIENCE);
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      const outcome = await outcomeOf(api, job, stop.signal);
      if (stop.signal.aborted) return;
      if (outcome) setPaper(outcome);
      if (outcome) clearTimeout(impatience);
      else timer = setTimeout(ask, ASK_EVERY);
    };
    void ask();
    return () => {
      stop.abort();
      clearTimeout(impatience);
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

/** Null: not over yet, or the server cannot be asked now. */
async function outcomeOf(api: Api, job: string, signal: AbortSignal): Promise<Paper | null> {
  try {
    const { state } = await api.get<PrintJob>(`/print-jobs/${job}`, { signal });
    return OUTCOMES[state];
  } catch (error) {
    if (signal.aborted || !(error instanceof Problem)) return null;
    return error.status >= 400 && error.status < 500 ? "failed" : null;
  }
}
