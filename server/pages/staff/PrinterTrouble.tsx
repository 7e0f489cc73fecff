/** What staff are told of the printers: one quiet line when one needs a hand, and the papers in doubt. */
import { Icon } from "../shared/components/Icon";
import type { Queue, QueuePrinter } from "../shared/contract";
import { Doubts } from "./Doubts";
import { doubtsOf, lowOf, printerName, troubleOf } from "./printers";
import type { Staff } from "./StaffPage";
import { useWords } from "./translations";

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

export function PapersInDoubt({
  staff,
  queue,
  live,
  settled,
}: {
  staff: Staff;
  queue: Queue;
  live: boolean;
  settled: () => void;
}) {
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
