/** What became of a press that was never answered, as the feed shows it afterwards. */
import type { Counter, Queue, Ticket } from "../shared/contract";
import type { Action, TicketAction } from "./counterActions";

/** An action whose answer never came. */
export interface Unanswered {
  action: Action | TicketAction;
  /** The ticket that it was about; null for one that was not known yet. */
  ticket: Pick<Ticket, "id" | "number"> | null;
  /** Who was at the counter when the key was pressed. */
  before: Ticket | null;
}

/** An action that was done after all: on which ticket, and when by the server, where that is known. */
export interface DoneAfterAll {
  action: Action;
  ticket: Pick<Ticket, "id" | "number">;
  at: string | null;
}

/**
 * The actions that were done, oldest first; empty as long as the state shows none. Where the same state could have come
 * about otherwise (a second call, an undo), none is claimed.
 */
export function doneAfterAll({ action, ticket, before }: Unanswered, counter: Counter, queue: Queue): DoneAfterAll[] {
  const here = counter.ticket;
  const called = here && here.id !== before?.id ? { ticket: here, at: lastLeg(here)?.called_at ?? null } : null;
  switch (action) {
    case "next":
      if (!before) return called ? [{ action, ...called }] : [];
      if (called)
        return [
          { action: "finish", ticket: before, at: called.at },
          { action, ...called },
        ];
      return hasEnded(before.id, queue) ? [{ action: "finish", ticket: before, at: null }] : [];
    case "call":
      return called && called.ticket.id === ticket?.id ? [{ action, ...called }] : [];
    case "start":
      return here && here.id === before?.id && here.state === "serving" && before.state !== "serving"
        ? [{ action, ticket: here, at: lastLeg(here)?.started_at ?? null }]
        : [];
    case "finish":
    case "no_show":
      return ticket && hasEnded(ticket.id, queue) ? [{ action, ticket, at: null }] : [];
    case "park":
      return ticket && queue.parked.some((each) => each.id === ticket.id) ? [{ action, ticket, at: null }] : [];
    case "put_back":
    case "transfer":
      return ticket && queue.waiting.some((each) => each.id === ticket.id) ? [{ action, ticket, at: null }] : [];
    default:
      return [];
  }
}

/** Is the ticket no longer anywhere in the branch? */
function hasEnded(id: string, queue: Queue): boolean {
  return ![...queue.waiting, ...queue.parked, ...queue.counters.map((each) => each.ticket)].some(
    (each) => each?.id === id,
  );
}

function lastLeg(ticket: Ticket) {
  return ticket.legs[ticket.legs.length - 1];
}
