/** What becomes of a ticket's paper. The customer never waits for it: the number is on the screen already. */
import { useEffect, useState } from "preact/hooks";
import { type Api, Problem } from "../../server/browser/api";
import type { PrintJob, PrintJobState } from "../../server/browser/contract";

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
    const hurry = setTimeout(() => setPaper("slow"), HURRY);
    const impatience = setTimeout(() => setPaper("failed"), PATIENCE);
    const stopWaiting = () => {
      clearTimeout(hurry);
      clearTimeout(impatience);
    };
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      const outcome = await outcomeOf(api, job, stop.signal);
      if (stop.signal.aborted) return;
      if (outcome) {
        stopWaiting();
        setPaper(outcome);
      } else {
        timer = setTimeout(ask, ASK_EVERY);
      }
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
