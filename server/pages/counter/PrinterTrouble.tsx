/** What staff are told of the printers: one quiet line when one needs a hand, and the papers in doubt. */
import { Icon } from "../shared/components/Icon";
import type { Queue, QueuePrinter } from "../shared/contract";
import { Doubts } from "../staff/Doubts";
import type { Staff } from "../staff/StaffPage";
import { type StaffWords, useWords } from "../staff/translations";

/** At a counter only the latest doubts are shown: they are of customers who are still about. */
const DOUBTS_SHOWN = 3;

interface PrinterTroubleProps {
  printers: QueuePrinter[];
  /** Whether paper that runs low is told too: that is the supervisor's. */
  low?: boolean;
}

/** Printers that somebody has set aside already are no news. */
export function PrinterTrouble({ printers, low = false }: PrinterTroubleProps) {
  const words = useWords();
  return (
    <div role="status">
      {printers.map((each) => {
        const trouble = troubleOf(words, each) ?? (low ? lowOf(words, each) : null);
        if (!trouble || each.held || each.sends_to !== null) return null;
        return (
          <p key={each.id} class="late small">
            <Icon name="printer" />
            {words.text("console.printer_trouble", { printer: printerName(words, each.name), trouble })}
          </p>
        );
      })}
    </div>
  );
}

export function PapersInDoubt({ staff, queue, live, settled }: { staff: Staff; queue: Queue; live: boolean; settled: () => void }) {
  const words = useWords();
  if (queue.doubts.length === 0) return null;
  const total = doubtsOf(queue);
  return (
    <section class="aside">
      <h2 class="line__title">
        {words.text("console.doubts_title")} <span class="soft">{words.number(total)}</span>
      </h2>
      <Doubts staff={staff} doubts={queue.doubts} total={total} live={live} shown={DOUBTS_SHOWN} settled={settled} />
    </section>
  );
}

/** How many papers are in doubt; the queue lists the latest. */
export function doubtsOf({ doubts, printers }: Queue): number {
  return Math.max(
    doubts.length,
    printers.reduce((sum, each) => sum + each.unresolved, 0),
  );
}

/** A name such as "front" is told as a printer's; "Printer Lobi" says so itself. */
export function printerName(words: StaffWords, name: string): string {
  return /printer/i.test(name) ? name : words.text("console.printer_named", { name });
}

/** The faults that Giliran's own print agent tells (printer/link/status.py); what others tell is shown as they say it. */
const FAULTS = {
  "the cutter is stuck": "console.printer_fault_cutter",
  "the print head is too hot": "console.printer_fault_heat",
  "the printer has failed; switch it off and on": "console.printer_fault_failed",
  "the printer reports an error": "console.printer_fault_some",
} as const;

function faultOf(words: StaffWords, error: string): string {
  return error in FAULTS ? words.text(FAULTS[error as keyof typeof FAULTS]) : error;
}

/** The first thing to do about a printer, in words; null when it prints. */
export function troubleOf(words: StaffWords, { connected, status }: QueuePrinter): string | null {
  if (!connected) return words.text("console.printer_gone");
  if (status?.cover_open) return words.text("console.printer_cover");
  if (status?.paper === "out") return words.text("console.printer_out");
  if (status?.error) return words.text("console.printer_error", { error: faultOf(words, status.error) });
  if (status && !status.online) return words.text("console.printer_offline");
  return null;
}

/** That a printer which prints will soon need paper; null when it will not. */
export function lowOf(words: StaffWords, { status }: QueuePrinter): string | null {
  return status?.paper === "near_end" ? words.text("console.printer_near_end") : null;
}
