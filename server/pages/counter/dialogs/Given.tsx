/** The number that was given out, to be told to the customer, and what becomes of its paper. */
import { useEffect, useState } from "preact/hooks";

import { Problem } from "../../shared/api";
import { Banner } from "../../shared/components/Banner";
import { Dialog } from "../../shared/components/Dialog";
import type { IssuedTicket, PrintJob, Queue } from "../../shared/contract";
import { printerName, troubleOf } from "../../staff/printers";
import { api } from "../../staff/useSession";
import { type CounterWords, useWords } from "../translations";

interface GivenProps {
  issued: IssuedTicket;
  queue: Queue;
  title: string;
  another: () => void;
  close: () => void;
}

export function Given({ issued, queue, title, another, close }: GivenProps) {
  const words = useWords();
  const job = usePrintJob(issued.print_job);
  const { text, good } = issued.print_job
    ? paperText(words, job, queue)
    : { text: words.text("counter.issue_no_paper"), good: true };
  return (
    <Dialog
      title={title}
      onClose={close}
      actions={
        <>
          <button type="button" class="button" onClick={another}>
            {words.text("counter.issue_another")}
          </button>
          <button type="button" class="button button--primary" data-first onClick={close}>
            {words.text("common.close")}
          </button>
        </>
      }
    >
      <div class="stack given" role="status">
        <p class="number given__number">{issued.number}</p>
        <p class="large">{words.name(issued.service_name)}</p>
        {issued.priority_name && <p>{words.name(issued.priority_name)}</p>}
        {good ? <p>{text}</p> : <Banner tone="warning">{text}</Banner>}
      </div>
    </Dialog>
  );
}

/** What is true of the paper, and what to do where none may come. */
function paperText(words: CounterWords, job: PrintJob | null, queue: Queue): { text: string; good: boolean } {
  const state =
    job?.state === "unknown" && job.resolution ? (job.resolution === "printed" ? "printed" : "expired") : job?.state;
  if (!job) return { text: words.text("counter.issue_sent"), good: true };
  if (state === "printed") return { text: words.text("counter.issue_printed"), good: true };
  if (state === "unknown") return { text: words.text("counter.issue_unsure"), good: false };
  if (state === "not_sent" || state === "expired") return { text: words.text("counter.issue_failed"), good: false };
  if (job.printable) {
    const before = state === "started" ? 0 : queue.printers.reduce((sum, each) => sum + each.waiting, 0);
    return {
      text: before > 1 ? words.text("counter.issue_among", { n: before }) : words.text("counter.issue_printing"),
      good: true,
    };
  }
  const named = queue.printers.filter((each) => job.printer === null || each.name === job.printer);
  const trouble = named.flatMap((each) => {
    const text = each.held ? words.text("counter.issue_printer_held") : troubleOf(words, each);
    return text
      ? [words.text("console.printer_trouble", { printer: printerName(words, each.name), trouble: text })]
      : [];
  });
  return { text: [words.text("counter.issue_not_now"), ...trouble.map((each) => `${each}.`)].join(" "), good: false };
}

const ASK_EVERY = 1_000;
const OVER: readonly PrintJob["state"][] = ["printed", "not_sent", "expired"];

/** A print job as it is now, until it is over; null until it is known. An unknown one may still be settled. */
function usePrintJob(id: string | null): PrintJob | null {
  const [job, setJob] = useState<PrintJob | null>(null);
  useEffect(() => {
    if (!id) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      let over = false;
      try {
        const now = await api.get<PrintJob>(`/print-jobs/${id}`, { signal: stop.signal });
        setJob(now);
        over = OVER.includes(now.state);
      } catch (error) {
        // An unanswered question is asked again; a refused one would be refused again.
        over = stop.signal.aborted || (error instanceof Problem && error.status >= 400 && error.status < 500);
      }
      if (!over) timer = setTimeout(ask, ASK_EVERY);
    };
    void ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [id]);
  return job;
}
