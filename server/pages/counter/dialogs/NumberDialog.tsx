/** One ticket by its number: call it out of turn with a reason, let it wait again, print it again, or take it out. */
import { useRef, useState } from "preact/hooks";

import type { Problem } from "../../shared/api";
import type { ServerClock } from "../../shared/clock";
import { Banner } from "../../shared/components/Banner";
import { Dialog } from "../../shared/components/Dialog";
import { Icon, TICKET_ICONS } from "../../shared/components/Icon";
import { problemText } from "../../shared/components/problemText";
import { useNow } from "../../shared/components/useNow";
import type { Queue, StaffTicket, Ticket, TicketBrief } from "../../shared/contract";
import { stopwatch } from "../../shared/texts";
import { ticketsMatching } from "../../shared/ticketNumber";
import type { TicketAction } from "../counterActions";
import { type CounterWords, useWords } from "../translations";
import type { AtWork } from "../useCounter";
import { NotSent } from "./NotSent";

interface NumberDialogProps {
  /** The number with which it begins; empty where one is asked for. */
  first: string;
  queue: Queue;
  work: AtWork;
  clock: ServerClock;
  live: boolean;
  /** Closes it once the action is done. */
  then: (action: Promise<boolean>) => void;
  close: () => void;
}

type NumberAction = TicketAction | "call" | "put_back";
type Known = TicketBrief | StaffTicket;

export function NumberDialog({ first, queue, work, clock, live, then, close }: NumberDialogProps) {
  const words = useWords();
  useNow(clock);
  const form = useRef<HTMLFormElement>(null);
  const [typed, setTyped] = useState(first);
  /** What was tried and refused; until something else is typed. */
  const [tried, setTried] = useState<NumberAction | null>(null);
  const known = ticketsMatching<Known>(typed, [
    ...queue.waiting,
    ...queue.parked,
    ...queue.counters.flatMap((each) => each.ticket ?? []),
  ]);
  const one = known.length === 1 ? known[0]! : null;
  /** Who was set aside is expected back: the reason is clear. */
  const aside = one?.state === "parked";
  const refused = tried ? work.refused : null;
  const here = work.moment.ticket;
  const why = here
    ? words.text("console.stay_ticket", { number: here.number })
    : work.moment.state !== "open"
      ? words.text("counter.number_not_open")
      : null;
  const offered = actionsFor(one);

  const type = (number: string) => {
    setTyped(number);
    setTried(null);
  };
  const field = (name: string) => form.current!.elements.namedItem(name) as HTMLInputElement;
  const send = (action: NumberAction, number: string) => {
    if (!live || !field("number").reportValidity()) return;
    if (action === "call" && !field("reason").reportValidity()) return;
    setTried(action);
    const brief = known.find((each) => each.number === number) ?? one;
    if (action === "call")
      then(work.call(number, field("reason").value.trim() || words.text("console.take_back_reason")));
    else if (action === "put_back") then(work.simple("put_back", brief!));
    else then(work.byNumber(action, number));
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!why) send("call", typed.trim());
  };
  return (
    <Dialog
      title={words.text("console.number_title")}
      onClose={close}
      actions={
        <>
          <button type="button" class="button" onClick={close}>
            {words.text("common.cancel")}
          </button>
          <button
            type="submit"
            form="number"
            class="button button--primary"
            aria-disabled={!live || why !== null || !offered.includes("call")}
            aria-describedby={why ? "number-why" : undefined}
          >
            {words.text("console.number_call")}
          </button>
        </>
      }
    >
      <form id="number" class="stack" ref={form} onSubmit={submit} noValidate>
        <label class="field">
          <span class="field__label">{words.text("console.number")}</span>
          <input
            class="field__input number-input"
            name="number"
            value={typed}
            onInput={(event) => type(event.currentTarget.value)}
            required
            maxLength={16}
            pattern=".*\S.*"
            autocomplete="off"
            autocapitalize="characters"
            aria-describedby="number-found"
            data-first
          />
        </label>
        <div id="number-found" class="found" role="status">
          {one && <Whereabouts ticket={one} queue={queue} clock={clock} />}
          {known.length > 1 && !refused && (
            <Candidates numbers={known.map((each) => each.number)} queue={queue} choose={type} />
          )}
        </div>
        <NotSent live={live} />
        {refused && (
          <Banner tone="warning">
            <div class="found">
              <p>{explanation(words, refused, typed)}</p>
              {refused.candidates && (
                <Candidates
                  numbers={refused.candidates}
                  queue={queue}
                  choose={(number) => (type(number), send(tried!, number))}
                />
              )}
            </div>
          </Banner>
        )}
        {why ? (
          <p class="soft small" id="number-why">
            {words.text("counter.number_no_call", { why })}
          </p>
        ) : (
          offered.includes("call") && (
            <label class="field">
              <span class="field__label">{words.text("console.reason")}</span>
              <input
                class="field__input"
                name="reason"
                required={!aside}
                maxLength={200}
                pattern=".*\S.*"
                autocomplete="off"
                list="call-reasons"
              />
              <span class="soft small">
                {words.text(aside ? "console.number_aside_hint" : "console.number_reason_hint", {
                  number: one?.number ?? "",
                })}
              </span>
            </label>
          )
        )}
        <datalist id="call-reasons">
          <option value={words.text("console.call_reason_missed")} />
          <option value={words.text("console.call_reason_urgent")} />
          <option value={words.text("console.call_reason_papers")} />
        </datalist>
        <div class="cluster">
          {OTHERS.filter((action) => offered.includes(action)).map((action) => (
            <button
              key={action}
              type="button"
              class={action === "cancel" ? "button button--danger" : "button"}
              aria-disabled={!live}
              data-number-action={action}
              onClick={() => send(action, typed.trim())}
            >
              {words.text(ACTION_TEXTS[action])}
            </button>
          ))}
        </div>
      </form>
    </Dialog>
  );
}

const OTHERS = ["reprint", "put_back", "reinstate", "cancel"] as const;
const ACTION_TEXTS = {
  reprint: "console.reprint",
  put_back: "console.action_put_back",
  reinstate: "console.reinstate",
  cancel: "console.take_out",
} as const;

/** What may be done to a ticket; of one that this page does not know, the server says it. */
function actionsFor(ticket: Known | null): readonly NumberAction[] {
  switch (ticket?.state) {
    case undefined:
      return ["call", "reprint", "reinstate", "cancel"];
    case "waiting":
      return ["call", "reprint", "cancel"];
    case "parked":
      return ["call", "reprint", "put_back", "cancel"];
    default:
      return ["call", "reprint"]; // the server says why not, and it may have changed by then
  }
}

/** Where a known ticket is, and since when. */
function Whereabouts({ ticket, queue, clock }: { ticket: Known; queue: Queue; clock: ServerClock }) {
  const words = useWords();
  const service = [...queue.services, ...queue.withdrawn_services].find((each) => each.code === ticket.service);
  const counter = queue.counters.find((each) => each.ticket?.id === ticket.id);
  const since = "queued_at" in ticket ? (ticket.parked_at ?? ticket.queued_at) : ticket.called_at;
  return (
    <p>
      <strong class="number">{ticket.number}</strong> {service && words.name(service.name)}{" "}
      <span class={`state state--${ticket.state}`}>
        <Icon name={TICKET_ICONS[ticket.state]} />
        {words.text(`common.state_${ticket.state}`)}
        {counter && `, ${words.name(counter.name)}`}
      </span>{" "}
      {since && <span class="soft time">{stopwatch(clock.age(since))}</span>}
    </p>
  );
}

/** Several numbers that may be meant, to choose from. */
function Candidates({ numbers, queue, choose }: { numbers: string[]; queue: Queue; choose: (number: string) => void }) {
  const words = useWords();
  return (
    <>
      <p>{words.text("counter.number_which")}</p>
      <ul class="candidates">
        {numbers.map((number) => {
          const brief =
            [...queue.waiting, ...queue.parked].find((each) => each.number === number) ??
            queue.counters.find((each) => each.ticket?.number === number)?.ticket;
          const service = queue.services.find((each) => each.code === brief?.service);
          return (
            <li key={number}>
              <button type="button" class="button button--wide" onClick={() => choose(number)}>
                <span class="number">{number}</span>
                <span class="soft small">
                  {[service && words.name(service.name), brief && words.text(`common.state_${brief.state}`)]
                    .filter(Boolean)
                    .join(", ")}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** Why nothing was done, with when and where. */
function explanation(words: CounterWords, problem: Problem, typed: string): string {
  const { code, ticket } = problem;
  if (code === "not-found") return words.text("counter.number_unknown", { number: typed.trim().toUpperCase() });
  if (code === "ambiguous-number") return words.text("counter.number_several");
  if (!ticket) return problemText(words, problem);
  const late = code === "too-late" ? ` ${words.text("errors.too-late")}` : "";
  return fate(words, ticket) + late;
}

function fate(words: CounterWords, ticket: Ticket): string {
  const { number, state } = ticket;
  const at = ticket.ended_at ?? ticket.started_at ?? ticket.called_at ?? ticket.issued_at;
  const place = ticket.counter_name ? words.name(ticket.counter_name) : null;
  const values = { number, time: words.time(at), counter: place ?? "" };
  switch (state) {
    case "served":
    case "no_show":
    case "called":
    case "serving":
      return words.text(`counter.number_${state}`, values);
    case "cancelled":
    case "expired":
      return words.text(`counter.number_${state}`, values);
    default:
      return words.text("console.truth", { number, state: words.text(`common.state_${state}`) });
  }
}
