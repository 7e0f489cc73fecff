/**
 * Gives out a number at the counter: service, class, language, and where the paper comes out. Then it shows the
 * number.
 */
import { useState } from "preact/hooks";

import { Banner } from "../../shared/components/Banner";
import { Dialog } from "../../shared/components/Dialog";
import { problemText } from "../../shared/components/problemText";
import type { IssuedTicket, Queue, ServiceInfo } from "../../shared/contract";
import { languageName } from "../../shared/texts";
import { printerName, troubleOf } from "../../staff/printers";
import { remember, remembered } from "../../staff/remembered";
import type { Staff } from "../../staff/StaffPage";
import { type CounterWords, useWords } from "../translations";
import type { AtWork } from "../useCounter";
import { Given } from "./Given";
import { NotSent } from "./NotSent";

interface IssueDialogProps {
  staff: Staff;
  queue: Queue;
  work: AtWork;
  live: boolean;
  close: () => void;
}

export function IssueDialog({ staff, queue, work, live, close }: IssueDialogProps) {
  const words = useWords();
  const [issued, setIssued] = useState<IssuedTicket | null>(null);
  if (issued)
    return (
      <Given
        issued={issued}
        queue={queue}
        another={() => setIssued(null)}
        close={close}
        title={words.text("console.action_issue")}
      />
    );
  return <Wish staff={staff} queue={queue} work={work} live={live} close={close} given={setIssued} />;
}

const NORMAL = "normal";

function Wish({
  staff,
  queue,
  work,
  live,
  close,
  given,
}: IssueDialogProps & { given: (issued: IssuedTicket) => void }) {
  const words = useWords();
  const own = queue.services.find((each) => work.counter.services.includes(each.code)) ?? queue.services[0];
  const [code, setCode] = useState(own?.code ?? "");
  const [priority, setPriority] = useState(NORMAL);
  const [language, setLanguage] = useState(
    queue.languages.includes(words.language) ? words.language : queue.languages[0]!,
  );
  const [printer, setPrinter] = useState(
    () => queue.printers.find((each) => each.name === remembered("printer"))?.name ?? "",
  );
  const [late, setLate] = useState(false);
  const [tried, setTried] = useState(false);
  const service = queue.services.find((each) => each.code === code);
  const afterHours = service !== undefined && isAfterHours(service);
  /** An agent may until the branch closes, a supervisor always. */
  const mayLate = queue.open || staff.role !== "agent";
  const ready = live && service !== undefined && (!afterHours || (late && mayLate));

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!ready) return;
    setTried(true);
    void work
      .issue({ service: code, priority, language, printer: printer || null, after_hours: afterHours })
      .then((issued) => issued && given(issued));
  };
  const select = (
    name: string,
    value: string,
    set: (value: string) => void,
    options: [string, string][],
    first = false,
  ) => (
    <label class="field">
      <span class="field__label">{words.text(`counter.issue_${name}` as "counter.issue_service")}</span>
      <select
        class="field__input"
        name={name}
        value={value}
        onChange={(event) => set(event.currentTarget.value)}
        {...(first && { "data-first": "" })}
      >
        {options.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Dialog
      title={words.text("console.action_issue")}
      onClose={close}
      actions={
        <>
          <button type="button" class="button" onClick={close}>
            {words.text("common.cancel")}
          </button>
          <button
            type="submit"
            form="issue"
            class="button button--primary"
            aria-disabled={!ready || work.busy !== null}
          >
            {words.text(work.busy === "issue" ? "console.sending" : "counter.issue_give")}
          </button>
        </>
      }
    >
      <form id="issue" class="stack" onSubmit={submit}>
        {select(
          "service",
          code,
          setCode,
          queue.services.map((each) => [
            each.code,
            words.text("console.transfer_service_option", {
              code: each.code,
              service: words.name(each.name),
              n: each.waiting,
            }),
          ]),
          true,
        )}
        {queue.priority_classes.length > 0 &&
          select("priority", priority, setPriority, [
            [NORMAL, words.text("counter.issue_normal")],
            ...queue.priority_classes.map((each): [string, string] => [each.code, words.name(each.name)]),
          ])}
        {queue.languages.length > 1 &&
          select(
            "language",
            language,
            setLanguage,
            queue.languages.map((each) => [each, languageName(each)]),
          )}
        {queue.printers.length > 0 &&
          select("printer", printer, (name) => (remember("printer", name), setPrinter(name)), [
            ["", words.text("counter.issue_any_printer")],
            ...queue.printers.map((each): [string, string] => [
              each.name,
              printerOption(
                words,
                each.name,
                each.held ? words.text("counter.issue_printer_held") : troubleOf(words, each),
              ),
            ]),
          ])}
        {afterHours && (
          <Banner tone="warning">
            {mayLate ? (
              <label class="tick">
                <input
                  type="checkbox"
                  name="after_hours"
                  checked={late}
                  onChange={(event) => setLate(event.currentTarget.checked)}
                />
                <span>
                  {words.text(
                    `counter.issue_late_${service.closed_reason === "last_ticket" ? "last_ticket" : "hours"}`,
                  )}
                </span>
              </label>
            ) : (
              <span>{words.text("counter.issue_closed")}</span>
            )}
          </Banner>
        )}
        <NotSent live={live} />
        {tried && work.refused && <Banner tone="danger">{problemText(words, work.refused)}</Banner>}
      </form>
    </Dialog>
  );
}

function printerOption(words: CounterWords, name: string, trouble: string | null): string {
  return trouble
    ? words.text("console.printer_trouble", { printer: printerName(words, name), trouble })
    : printerName(words, name);
}

/** Whether numbers of the service are over for now, so that only staff give one. */
function isAfterHours({ closed_reason }: ServiceInfo): boolean {
  return closed_reason === "hours" || closed_reason === "last_ticket";
}
