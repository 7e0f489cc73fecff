/** The printers as they are, what to do about each, and the papers that nobody knows the end of. */
import { useState } from "preact/hooks";

import { Problem } from "../shared/api";
import { Banner } from "../shared/components/Banner";
import { Icon, type IconName } from "../shared/components/Icon";
import { problemText } from "../shared/components/problemText";
import type { Queue, QueuePrinter } from "../shared/contract";
import { Doubts } from "../staff/Doubts";
import { doubtsOf, lowOf, printerName, troubleOf } from "../staff/printers";
import type { Staff } from "../staff/StaffPage";
import { api } from "../staff/useSession";
import { PrintAgain } from "./PrintAgain";
import { type SupervisorWords, useWords } from "./translations";

interface PrintersProps {
  staff: Staff;
  queue: Queue;
  live: boolean;
}

export function Printers({ staff, queue, live }: PrintersProps) {
  const words = useWords();
  const { printers, doubts } = queue;
  return (
    <>
      <section class="card stack">
        <h2>{words.text("supervisor.printers")}</h2>
        {printers.length === 0 && <p class="soft">{words.text("supervisor.no_printers")}</p>}
        {printers.length > 0 && (
          <ul class="rows">
            {printers.map((each) => (
              <PrinterRow key={each.id} staff={staff} printer={each} printers={printers} live={live} />
            ))}
          </ul>
        )}
      </section>
      {doubts.length > 0 && (
        <section class="card stack">
          <h2>
            {words.text("supervisor.unresolved")} <span class="soft">{words.number(doubtsOf(queue))}</span>
          </h2>
          <p class="soft small">{words.text("supervisor.unresolved_hint")}</p>
          <Doubts staff={staff} doubts={doubts} total={doubtsOf(queue)} live={live} />
        </section>
      )}
      {printers.length > 0 && <PrintAgain staff={staff} printers={printers} live={live} />}
    </>
  );
}

interface PrinterRowProps {
  staff: Staff;
  printer: QueuePrinter;
  printers: QueuePrinter[];
  live: boolean;
}

function PrinterRow({ staff, printer, printers, live }: PrinterRowProps) {
  const words = useWords();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<Problem | null>(null);
  const state = stateOf(words, printer, printers);
  const others = printers.filter((each) => each.name !== printer.name && !leadsTo(each, printer.name, printers));

  const route = async (wanted: { held: boolean } | { sends_to: string | null }) => {
    setFailed(null);
    setBusy(true);
    try {
      await api.put(`/branches/${staff.branch.slug}/printers/${encodeURIComponent(printer.name)}`, wanted);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) staff.expire();
      setFailed(error);
    }
    setBusy(false);
  };

  const off = !live || busy;
  return (
    <li class="row" aria-label={printerName(words, printer.name)}>
      <div class="row__what">
        <h3>
          <Icon name="printer" /> {printer.name}
          {printer.paper_mm && (
            <span class="soft small"> {words.text("supervisor.millimetres", { n: printer.paper_mm })}</span>
          )}
        </h3>
        <p class={state.well ? "" : "late"}>
          <Icon name={state.icon} /> {state.text}
        </p>
        <p class="soft small">{facts(words, printer).join(" · ")}</p>
        {failed && <Banner tone="danger">{problemText(words, failed)}</Banner>}
      </div>
      {(others.length > 0 || printer.sends_to) && (
        <label class="field">
          <span class="field__label">{words.text("supervisor.printer_to")}</span>
          <select
            class="field__input"
            disabled={off}
            value={printer.sends_to ?? ""}
            onChange={(event) => void route({ sends_to: event.currentTarget.value || null })}
          >
            <option value="">{words.text("supervisor.printer_to_itself")}</option>
            {others.map((each) => (
              <option key={each.id} value={each.name}>
                {each.name}
              </option>
            ))}
          </select>
        </label>
      )}
      <button
        type="button"
        class="button"
        aria-disabled={off}
        onClick={() => !off && void route({ held: !printer.held })}
      >
        <span>
          {words.text(printer.held ? "supervisor.printer_release" : "supervisor.printer_hold")}
          <span class="unseen"> {printer.name}</span>
        </span>
      </button>
    </li>
  );
}

/** What a supervisor must know of a printer first. */
function stateOf(
  words: SupervisorWords,
  printer: QueuePrinter,
  printers: QueuePrinter[],
): { well: boolean; icon: IconName; text: string } {
  const trouble = troubleOf(words, printer) ?? lowOf(words, printer);
  if (printer.sends_to)
    return { well: true, icon: "arrow", text: words.text("supervisor.printer_sends", { printer: printer.sends_to }) };
  if (printer.held) {
    const somebody = printers.some((each) => each.ready && !each.held && each.sends_to === null);
    return {
      well: somebody,
      icon: "pause",
      text: words.text(somebody ? "supervisor.printer_held_others" : "supervisor.printer_held_nobody"),
    };
  }
  if (trouble) return { well: false, icon: "warning", text: trouble };
  const roll = printer.status?.paper_mm ?? null;
  const declared = printer.paper_mm ?? 80;
  if (roll !== null && roll !== declared) {
    return { well: false, icon: "warning", text: words.text("supervisor.printer_roll", { roll, declared }) };
  }
  if (!printer.status) return { well: true, icon: "clock", text: words.text("supervisor.printer_never") };
  return { well: true, icon: "check", text: words.text("supervisor.printer_well") };
}

function facts(words: SupervisorWords, printer: QueuePrinter): string[] {
  const { status, status_at, waiting, unresolved, trusted } = printer;
  const trouble = troubleOf(words, printer) ?? lowOf(words, printer);
  const paper = status?.paper ?? "unknown";
  return [
    status?.undrawn ? words.text("supervisor.printer_undrawn", { letters: status.undrawn }) : null,
    // Of one that is set aside, the first line says that.
    printer.held || printer.sends_to ? trouble : null,
    paper === "out" || paper === "near_end"
      ? null
      : words.text("supervisor.printer_paper", { paper: words.text(`supervisor.paper_${paper}`) }),
    waiting > 0 ? words.text("supervisor.printer_waiting", { n: waiting }) : null,
    unresolved > 0 ? words.text("supervisor.printer_doubts", { n: unresolved }) : null,
    trusted ? words.text("supervisor.printer_trusted") : null,
    status_at ? words.text("supervisor.printer_heard", { time: words.time(status_at) }) : null,
  ].filter((each): each is string => each !== null);
}

/** Whether what is sent to a printer comes to the named one in the end. */
function leadsTo(printer: QueuePrinter, name: string, printers: QueuePrinter[]): boolean {
  const passed = new Set<string>();
  let next: QueuePrinter | undefined = printer;
  while (next?.sends_to && !passed.has(next.name)) {
    if (next.sends_to === name) return true;
    passed.add(next.name);
    next = printers.find((each) => each.name === next?.sends_to);
  }
  return false;
}
