/** One counter at work: its state as the server tells it, and the actions done from this page. */
import { useEffect, useRef, useState } from "preact/hooks";

import { Problem, UNREACHABLE } from "../shared/api";
import type { ServerClock } from "../shared/clock";
import { problemText } from "../shared/components/problemText";
import type { Counter, DoneTicket, FeedEvent, IssuedTicket, StaffTicket, Ticket } from "../shared/contract";
import type { FeedMessage } from "../shared/feed";
import { ticketsMatching } from "../shared/ticketNumber";
import type { Staff } from "../staff/StaffPage";
import { api } from "../staff/useSession";
import { type DoneAfterAll, doneAfterAll, type Unanswered } from "./afterwards";
import { type Action, keyName, type Moment, type TicketAction } from "./counterActions";
import { type CounterWords, useWords } from "./translations";
import { type Handled, useHandled } from "./useHandled";
import { type About, aboutOf, hasMovedOn } from "./whereabouts";
import { noShowText } from "./whyNot";

/** What the page says about the last press. */
export interface Said {
  tone: "plain" | "warning" | "danger";
  text: string;
  /** The ticket that it is about: once that has moved on, it is no longer said. */
  about?: About;
  /** The moment in which it is true, where it is no longer said in another one. */
  moment?: string;
}

/** An action that may still be taken back, until the server's time `until`. */
export interface Undoable {
  action: Action;
  ticket: Pick<Ticket, "id" | "number">;
  until: number;
}

/** The server takes an action back within this many milliseconds of it. */
const UNDO_WITHIN = 10_000;
const UNDOABLE: readonly Action[] = ["next", "call", "start", "finish", "no_show"];

/** The actions on a ticket that the server does not take back: each has another way back, which the page names. */
const FINAL = ["transfer", "park", "put_back"] as const;
type FinalAction = (typeof FINAL)[number];

function isFinal(action: Action): action is FinalAction {
  return FINAL.some((each) => each === action);
}

/** The paths of the verbs that need nothing but the ticket. */
const PATHS = { recall: "recall", start: "start", finish: "finish", no_show: "no-show", put_back: "put-back" } as const;

export interface TransferWish {
  service?: string;
  counter?: number;
  keep_place: boolean;
  note?: string;
}

/** A number that staff give out themselves. `printer`: null for any. */
export interface IssueWish {
  service: string;
  priority: string;
  language: string;
  printer: string | null;
  after_hours: boolean;
}

export interface AtWork {
  counter: Counter;
  moment: Moment;
  /** The action that is being sent, or null. */
  busy: Action | TicketAction | null;
  said: Said | null;
  /** Why the last press was refused; null where it was done. */
  refused: Problem | null;
  undoable: Undoable | null;
  handled: Handled[];
  /** Tells the clerk why a key did nothing. */
  explain: (text: string) => void;
  next: () => Promise<boolean>;
  simple: (action: keyof typeof PATHS, ticket?: Pick<Ticket, "id" | "number">) => Promise<boolean>;
  park: (reason: string) => Promise<boolean>;
  transfer: (wish: TransferWish) => Promise<boolean>;
  call: (number: string, reason: string) => Promise<boolean>;
  undo: () => Promise<boolean>;
  /** With a customer there, once that one has left. */
  pause: (reason: string, label: string) => Promise<boolean>;
  resume: () => Promise<boolean>;
  close: () => Promise<boolean>;
  byNumber: (action: TicketAction, number: string) => Promise<boolean>;
  /** The new ticket, or null where none was given. */
  issue: (wish: IssueWish) => Promise<IssuedTicket | null>;
}

interface Options {
  staff: Staff;
  counter: Counter;
  message: FeedMessage<"queue">;
  live: boolean;
  clock: ServerClock;
}

/** The truth is the feed's; the answer to an own action counts until a message that is as new has come. */
export function useCounter({ staff, counter, message, live, clock }: Options): AtWork {
  const words = useWords();
  const [busy, setBusy] = useState<Action | TicketAction | null>(null);
  const sending = useRef(false);
  const [said, setSaid] = useState<Said | null>(null);
  const [refused, setRefused] = useState<Problem | null>(null);
  const [answer, setAnswer] = useState<{ seq: number; ticket: StaffTicket | null } | null>(null);
  const [undo, setUndo] = useState<Undoable[]>([]);
  /** The last action on a ticket, if it cannot be undone. */
  const [final, setFinal] = useState<{ action: FinalAction; number: string; about: About } | null>(null);
  /** The last press, if no answer to it came, and what the feed had told until then. */
  const [unanswered, setUnanswered] = useState<(Unanswered & { seen: FeedMessage<"queue"> }) | null>(null);
  const { handled, note } = useHandled(staff, message);
  const newest = useRef(message);
  newest.current = message;

  const ticket = answer && message.seq < answer.seq ? answer.ticket : counter.ticket;
  const startOnCall = message.state.start_on_call;
  const place = `/counters/${staff.branch.slug}/${counter.number}`;
  const last = undo[undo.length - 1];
  const now = `${live} ${counter.state} ${ticket?.id} ${ticket?.state}`;

  /** Sends one action; true when it was done. Another press meanwhile is not taken. */
  const perform = async (
    action: Action | TicketAction,
    send: () => Promise<Said | null>,
    about: Unanswered["ticket"] = ticket,
  ): Promise<boolean> => {
    if (sending.current || !live) return false;
    sending.current = true;
    setBusy(action);
    setRefused(null);
    setUnanswered(null);
    try {
      setSaid(await send());
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) staff.expire();
      setRefused(error);
      setSaid(refusal(words, error, clock));
      if (error.code === UNREACHABLE) setUnanswered({ action, ticket: about, before: ticket, seen: newest.current });
      return false;
    } finally {
      sending.current = false;
      setBusy(null);
    }
  };

  /** Posts a verb about the ticket at the counter and takes its answer in. */
  const verb = async (action: Action, path: string, body: object): Promise<DoneTicket> => {
    const pressedAt = clock.now().getTime();
    const result = await api.post<DoneTicket>(`${place}/${path}`, body);
    const here = result.counter === counter.number && (result.state === "called" || result.state === "serving");
    setAnswer({ seq: result.seq, ticket: here ? result : null });
    const entry = { action, ticket: { id: result.id, number: result.number }, until: pressedAt + UNDO_WITHIN };
    if (UNDOABLE.includes(action)) setUndo((before) => [...before.filter((each) => each.until > pressedAt), entry]);
    else if (isFinal(action)) setUndo([]);
    if (action !== "recall")
      setFinal(isFinal(action) ? { action, number: result.number, about: aboutOf(result, result.seq) } : null);
    note(result, result.seq);
    return result;
  };
  const done = (action: Action, result: Pick<Ticket, "number">, about?: About): Said => ({
    tone: "plain",
    text: words.text(`console.done_${action}` as "console.done_next", { number: result.number }),
    ...(about && { about }),
  });
  /** Does a verb and tells what became of the ticket. */
  const doVerb = async (action: Action, path: string, body: object): Promise<Said> => {
    const result = await verb(action, path, body);
    return done(action, result, aboutOf(result, result.seq));
  };

  /** What became of a transfer. `service`: if it is another one; `counter`: if it is a certain one. */
  const sentOn = (about: About, number: string, to: { service: string | null; counter: number | null }): Said => {
    const service = message.state.services.find((each) => each.code === to.service);
    const certain = message.state.counters.find((each) => each.number === to.counter);
    const place = [service, certain].flatMap((each) => (each ? [words.name(each.name)] : [])).join(", ");
    return { tone: "plain", text: words.text("console.done_transfer", { number, place }), about };
  };

  /** Why there is nothing to take back, and the other way where there is one. */
  const notUndone = (): Said => {
    if (last) return { tone: "warning", text: words.text("console.undo_too_late") };
    if (!final) return { tone: "warning", text: words.text("console.undo_nothing") };
    const values = { number: final.number, key: keyName("call"), call: words.text("console.action_call") };
    return { tone: "warning", text: words.text(`console.undo_not_${final.action}`, values) };
  };

  useEffect(() => {
    if (said?.about && hasMovedOn(said.about, message.state, message.seq)) setSaid(null);
    if (said?.moment && said.moment !== now) setSaid(null);
    if (final && hasMovedOn(final.about, message.state, message.seq)) setFinal(null);
  }, [message, said, final, now]);

  useEffect(() => {
    if (!unanswered) return;
    const found = doneAfterAll(unanswered, counter, message.state);
    const latest = found[found.length - 1];
    if (!latest) {
      // The error is no longer true once the feed has told more than it had by then.
      if (message !== unanswered.seen)
        setSaid((before) =>
          before?.tone === "danger" ? { tone: "warning", text: words.text("console.answers_again") } : before,
        );
      return;
    }
    const { action, ticket: which } = latest;
    const ended = found.find((each) => each.action === "finish" || each.action === "no_show");
    if (ended && unanswered.before)
      note({ ...unanswered.before, state: ended.action === "finish" ? "served" : "no_show" }, message.seq);
    setUndo(found.flatMap((each) => undoableSince(each, each.at ?? eventTime(each, message.events))));
    const left = [...message.state.waiting, ...message.state.parked].find((each) => each.id === which.id);
    setFinal(isFinal(action) && left ? { action, number: which.number, about: aboutOf(left, message.seq) } : null);
    const sent = action === "transfer" ? left : undefined;
    const { text } = sent
      ? sentOn(aboutOf(sent, message.seq), sent.number, { service: sent.service, counter: sent.for_counter })
      : done(action, which);
    setSaid({ tone: "plain", text: words.text("console.done_after_all", { done: text }) });
    setUnanswered(null);
  }, [message, unanswered]);

  const next = () =>
    perform("next", async () => {
      if (!ticket) return doVerb("next", "call-next", {});
      if (counter.pause_after !== null) return doVerb("finish", "finish", { ticket: ticket.id });
      const before = {
        action: "finish" as const,
        ticket: { id: ticket.id, number: ticket.number },
        until: clock.now().getTime() + UNDO_WITHIN,
      };
      try {
        const result = await verb("next", "call-next", { finish: true, ticket: ticket.id });
        setUndo((stack) => [before, ...stack.filter((each) => each.ticket.id === result.id)]);
        note({ ...ticket, state: "served" }, result.seq);
        return done("next", result, aboutOf(result, result.seq));
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== "queue-empty") throw error;
      }
      // Nobody waits: the press still means that this customer is done.
      const finished = await verb("finish", "finish", { ticket: ticket.id });
      return { tone: "plain", text: words.text("console.done_finish_empty", { number: finished.number }) };
    });

  const simple = (action: keyof typeof PATHS, which: Pick<Ticket, "id" | "number"> | null = ticket) =>
    perform(
      action,
      async () => {
        if (!which) return null;
        return doVerb(action, PATHS[action], { ticket: which.id });
      },
      which,
    );

  const change = (
    action: "pause" | "resume" | "close",
    body: object,
    text: string = words.text(`console.done_${action}`),
  ) =>
    perform(action, async () => {
      await api.post<Counter>(`${place}/${action === "resume" ? "open" : action}`, body);
      if (!ticket) {
        setUndo([]);
        setFinal(null);
      }
      return { tone: "plain", text };
    });

  return {
    counter,
    moment: { state: counter.state, ticket, startOnCall, pausesAfter: counter.pause_after !== null },
    busy,
    said,
    refused,
    undoable: last ?? null,
    handled,
    explain: (text) => setSaid({ tone: "warning", text, moment: now }),
    next,
    simple,
    park: (reason) =>
      perform("park", () => doVerb("park", "park", { ticket: ticket?.id, ...(reason ? { reason } : {}) })),
    transfer: (wish) =>
      perform("transfer", async () => {
        if (!ticket) return null;
        const result = await verb("transfer", "transfer", { ...wish, ticket: ticket.id });
        const { service = null, counter: certain = null } = wish;
        return sentOn(aboutOf(result, result.seq), ticket.number, {
          service: service === ticket.service ? null : service,
          counter: certain,
        });
      }),
    call: (number, reason) => {
      const fitting = ticketsMatching(number, [...message.state.waiting, ...message.state.parked]);
      const known = fitting.length === 1 ? fitting[0]! : null;
      return perform("call", () => doVerb("call", "call", { number, reason }), known);
    },
    undo: () =>
      perform("undo", async () => {
        if (!last || last.until < clock.now().getTime()) return notUndone();
        const result = await verb("undo", "undo", { ticket: last.ticket.id });
        setUndo((stack) => stack.filter((each) => each !== last));
        return done("undo", result);
      }),
    pause: (reason, label) =>
      ticket
        ? change(
            "pause",
            { reason, after_customer: true },
            words.text("counter.done_pause_after", { number: ticket.number, reason: label }),
          )
        : change("pause", { reason }),
    resume: () => change("resume", {}, ticket ? words.text("counter.done_pause_not") : undefined),
    close: () => change("close", {}),
    byNumber: (action, number) =>
      perform(action, async () => {
        const result = await api.post<DoneTicket>(
          `/branches/${staff.branch.slug}/tickets/${encodeURIComponent(number)}/${action}`,
          {},
        );
        note(result, result.seq);
        const about = action === "reprint" ? {} : { about: aboutOf(result, result.seq) };
        return { tone: "plain", text: words.text(`console.done_${action}`, { number: result.number }), ...about };
      }),
    issue: async (wish) => {
      let issued: IssuedTicket | null = null;
      const { printer, after_hours, ...plain } = wish;
      const body = { ...plain, ...(printer ? { printer } : {}), ...(after_hours ? { after_hours } : {}) };
      await perform(
        "issue",
        async () => {
          issued = await api.post<IssuedTicket>(`/branches/${staff.branch.slug}/tickets`, body);
          return {
            tone: "plain",
            text: words.text("counter.done_issue", { number: issued.number, service: words.name(issued.service_name) }),
          };
        },
        null,
      );
      return issued;
    },
  };
}

/** The way back from an action that was done at a time of the server's; none where the time is not known. */
function undoableSince({ action, ticket }: DoneAfterAll, at: string | null): Undoable[] {
  return at && UNDOABLE.includes(action) ? [{ action, ticket, until: Date.parse(at) + UNDO_WITHIN }] : [];
}

/** When an action that leaves the counter empty was done, if the feed has just told of it. */
function eventTime({ action, ticket }: DoneAfterAll, events: FeedEvent[]): string | null {
  const type = action === "finish" ? "finished" : action;
  return events.find((each) => each.type === type && each.number === ticket.number)?.at ?? null;
}

/** A refusal in words that name the truth. */
function refusal(words: CounterWords, problem: Problem, clock: ServerClock): Said {
  const { ticket } = problem;
  if (problem.code === "queue-empty") return { tone: "plain", text: words.text("console.queue_empty") };
  if (ticket && problem.code === "too-early") {
    const seconds = problem.possibleAt ? (Date.parse(problem.possibleAt) - clock.now().getTime()) / 1000 : 0;
    return {
      tone: "warning",
      text: words.text("counter.no_show_early", {
        number: ticket.number,
        when: noShowText(words, { recalls: problem.recallsMissing, seconds: Math.max(0, Math.ceil(seconds)) }),
      }),
    };
  }
  if (ticket && (problem.code === "ticket-state-conflict" || problem.code === "counter-busy")) {
    const state = words.text(`common.state_${ticket.state}`);
    const place =
      ticket.counter_name && (ticket.state === "called" || ticket.state === "serving")
        ? words.name(ticket.counter_name)
        : null;
    const text = place
      ? words.text("console.truth_at", { number: ticket.number, state, counter: place })
      : words.text("console.truth", { number: ticket.number, state });
    return { tone: "warning", text };
  }
  return { tone: problem.code === "unreachable" ? "danger" : "warning", text: problemText(words, problem) };
}
