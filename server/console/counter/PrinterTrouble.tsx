/** Says when a printer needs a hand. Nothing while all is well. */
import { Banner } from "../../browser/components/Banner";
import type { QueuePrinter } from "../../browser/contract";
import { type StaffWords, useWords } from "../words";

export function PrinterTrouble({ printers }: { printers: QueuePrinter[] }) {
  const words = useWords();
  return (
    <>
      {printers.map((each) => {
        const trouble = troubleOf(words, each);
        const doubt = doubtOf(words, each);
        if (!trouble && !doubt) return null;
        return (
          <Banner key={each.id} tone={isPrinting(each) ? "warning" : "danger"} icon="printer">
            <span>
              {words.text("console.printer_trouble", { printer: printerName(words, each), trouble: [trouble, doubt].filter(Boolean).join("; ") })}
            </span>
          </Banner>
        );
      })}
    </>
  );
}

/** A name such as "front" is told as a printer's; "Printer Lobi" says so itself. */
function printerName(words: StaffWords, { name }: QueuePrinter): string {
  return /printer/i.test(name) ? name : words.text("console.printer_named", { name });
}

/** The first thing to do about a printer, in words; null when there is nothing. */
export function troubleOf(words: StaffWords, { connected, status }: QueuePrinter): string | null {
  if (!connected) return words.text("console.printer_gone");
  if (status?.cover_open) return words.text("console.printer_cover");
  if (status?.paper === "out") return words.text("console.printer_out");
  if (status?.error) return words.text("console.printer_error", { error: status.error });
  if (status && !status.online) return words.text("console.printer_offline");
  if (status?.paper === "near_end") return words.text("console.printer_near_end");
  return null;
}

/** Which papers may not have come out, so that they can be printed again; null when there are none. */
export function doubtOf(words: StaffWords, { unresolved, unresolved_numbers: numbers }: QueuePrinter): string | null {
  return unresolved > 0 ? words.text("console.printer_unresolved", { n: unresolved, numbers: numbers.join(", ") }) : null;
}

function isPrinting({ connected, status }: QueuePrinter): boolean {
  return connected && (!status || (status.online && !status.cover_open && status.paper !== "out" && !status.error));
}
