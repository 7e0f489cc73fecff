/** The printers as they last said of themselves, and what to do about each. */
import { Icon } from "../../browser/components/Icon";
import type { QueuePrinter } from "../../browser/contract";
import { doubtOf, troubleOf } from "../counter/PrinterTrouble";
import { useWords } from "../words";

export function Printers({ printers }: { printers: QueuePrinter[] }) {
  const words = useWords();
  return (
    <section class="card stack">
      <h2>{words.text("supervisor.printers")}</h2>
      {printers.length === 0 && <p class="soft">{words.text("supervisor.no_printers")}</p>}
      {printers.length > 0 && (
        <div class="table-scroll" tabIndex={0} role="region" aria-label={words.text("supervisor.printers")}>
          <table class="table">
            <thead>
              <tr>
                <th scope="col">{words.text("supervisor.printer")}</th>
                <th scope="col">{words.text("supervisor.state")}</th>
                <th scope="col">{words.text("supervisor.paper")}</th>
                <th scope="col">{words.text("supervisor.unresolved")}</th>
                <th scope="col">{words.text("supervisor.heard")}</th>
              </tr>
            </thead>
            <tbody>
              {printers.map((each) => (
                <PrinterRow key={each.id} printer={each} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p class="soft small">{words.text("supervisor.unresolved_hint")}</p>
    </section>
  );
}

function PrinterRow({ printer }: { printer: QueuePrinter }) {
  const words = useWords();
  const trouble = troubleOf(words, printer) ?? doubtOf(words, printer);
  return (
    <tr>
      <th scope="row">
        <Icon name="printer" /> {printer.name}
        {printer.paper_mm && <span class="soft small"> {words.text("supervisor.millimetres", { n: printer.paper_mm })}</span>}
      </th>
      <td>
        <span class={trouble ? "late" : ""}>
          <Icon name={trouble ? "warning" : "check"} /> {trouble ?? words.text("supervisor.printer_well")}
        </span>
      </td>
      <td>{words.text(`supervisor.paper_${printer.status?.paper ?? "unknown"}`)}</td>
      <td class="number">{printer.unresolved_numbers.join(", ") || "–"}</td>
      <td>{printer.status_at ? words.time(printer.status_at) : "–"}</td>
    </tr>
  );
}
