/** Prints any of today's numbers once more, where a supervisor chooses. */
import { useState } from "preact/hooks";

import { Problem } from "../shared/api";
import { Banner } from "../shared/components/Banner";
import { problemText } from "../shared/components/problemText";
import type { DoneTicket, PrintJob, QueuePrinter } from "../shared/contract";
import type { Staff } from "../staff/StaffPage";
import { api } from "../staff/useSession";
import { useWords } from "./translations";

export function PrintAgain({ staff, printers, live }: { staff: Staff; printers: QueuePrinter[]; live: boolean }) {
  const words = useWords();
  const [number, setNumber] = useState("");
  const [printer, setPrinter] = useState("");
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<Problem | PrintJob | null>(null);
  const place = `/branches/${staff.branch.slug}`;
  const off = !live || busy;

  const print = async (event: SubmitEvent) => {
    event.preventDefault();
    const wanted = number.trim();
    if (off || !wanted) return;
    setResult(null);
    setBusy(true);
    try {
      const ticket = await api.post<DoneTicket>(
        `${place}/tickets/${encodeURIComponent(wanted)}/reprint`,
        printer ? { printer } : {},
      );
      const { print_jobs } = await api.get<{ print_jobs: PrintJob[] }>(
        `${place}/print-jobs?number=${ticket.number}&limit=1`,
      );
      setResult(print_jobs[0] ?? null);
      setNumber("");
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) staff.expire();
      setResult(error);
    }
    setBusy(false);
  };

  return (
    <section class="card stack">
      <h2>{words.text("supervisor.again")}</h2>
      <form class="cluster again" onSubmit={(event) => void print(event)}>
        <label class="field">
          <span class="field__label">{words.text("supervisor.again_number")}</span>
          <input
            class="field__input number"
            name="number"
            value={number}
            maxLength={16}
            autocomplete="off"
            autocapitalize="characters"
            required
            onInput={(event) => setNumber(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span class="field__label">{words.text("supervisor.printer")}</span>
          <select class="field__input" value={printer} onChange={(event) => setPrinter(event.currentTarget.value)}>
            <option value="">{words.text("supervisor.again_any")}</option>
            {printers
              .filter((each) => !each.held && each.sends_to === null)
              .map((each) => (
                <option key={each.id} value={each.name}>
                  {each.name}
                </option>
              ))}
          </select>
        </label>
        <button type="submit" class="button button--primary" aria-disabled={off}>
          {words.text("supervisor.again_print")}
        </button>
      </form>
      {result instanceof Problem && <Banner tone="danger">{problemText(words, result)}</Banner>}
      {result && !(result instanceof Problem) && (
        <Banner tone={isHopeless(result) ? "warning" : "plain"}>
          {words.text(`supervisor.again_${paperExpected(result)}`, { number: result.number })}
        </Banner>
      )}
    </section>
  );
}

function isHopeless({ state, printable }: PrintJob): boolean {
  return !printable && (state === "queued" || state === "claimed");
}

function paperExpected(job: PrintJob): "hopeless" | "reprint" | "first" {
  if (isHopeless(job)) return "hopeless";
  return job.reprint ? "reprint" : "first";
}
