/** What staff read of a printer: its name, its trouble, and its papers that may be missing. */
import type { Queue, QueuePrinter } from "../shared/contract";
import type { StaffWords } from "./translations";

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

/**
 * The faults that Giliran's own print agent tells (printer/link/status.py); what others tell is shown as they say it.
 */
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
