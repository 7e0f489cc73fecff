/** Says when a printer needs a hand. Nothing while all is well. */
import { Banner } from "../../browser/components/Banner";
import type { QueuePrinter } from "../../browser/contract";
import { type StaffWords, useWords } from "../words";

export function PrinterTrouble({ printers }: { printers: QueuePrinter[] }) {
  const words = useWords();
  const troubles = printers.flatMap((each) => {
    const text = troubleOf(words, each);
    return text ? [{ name: each.name, text, tone: isPrinting(each) ? ("warning" as const) : ("danger" as const) }] : [];
  });
  return (
    <>
      {troubles.map((each) => (
        <Banner key={each.name} tone={each.tone} icon="printer">
          <span>{words.text("console.printer_trouble", { printer: each.name, trouble: each.text })}</span>
        </Banner>
      ))}
    </>
  );
}

/** The first thing to do about a printer, in words; null when there is nothing. */
export function troubleOf(words: StaffWords, printer: QueuePrinter): string | null {
  const { connected, status, unresolved } = printer;
  if (!connected) return words.text("console.printer_gone");
  if (status?.cover_open) return words.text("console.printer_cover");
  if (status?.paper === "out") return words.text("console.printer_out");
  if (status?.error) return words.text("console.printer_error", { error: status.error });
  if (status && !status.online) return words.text("console.printer_offline");
  if (unresolved > 0) return words.text("console.printer_unresolved", { n: unresolved });
  if (status?.paper === "near_end") return words.text("console.printer_near_end");
  return null;
}

function isPrinting({ connected, status }: QueuePrinter): boolean {
  return connected && (!status || (status.online && !status.cover_open && status.paper !== "out" && !status.error));
}
