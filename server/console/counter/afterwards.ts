/** What became of a press that was never answered, as the feed shows it afterwards. */
import type { Counter, Queue, Ticket } from "../../browser/contract";
import type { Deed } from "./deeds";
import type { TicketDeed } from "./useCounter";

/** A deed whose answer never came. */
export interface Unanswered {
  deed: Deed | TicketDeed;
  /** The ticket that it was about; null for one that was not known yet. */
  ticket: Pick<Ticket, "id" | "number"> | null;
  /** Who was at the counter when the key was pressed. */
  before: Ticket | null;
}

/** A deed that was done after all: on which ticket, and when by the server, where that is known. */
export interface DoneAfterAll {
  deed: Deed;
  ticket: Pick<Ticket, "id" | "number">;
  at: string | null;
}

/**
 * The deeds that were done, oldest first; empty as long as the state shows none. Where the same state could have come
 * about otherwise (a second call, an undo), none is claimed.
 */
export function doneAfterAll({ deed, ticket, before }: Unanswered, counter: Counter, queue: Queue): DoneAfterAll[] {
  const here = counter.ticket;
  const called = here && here.id !== before?.id ? { ticket: here, at: lastLeg(here)?.called_at ?? null } : null;
  switch (deed) {
    case "next":
      if (!before) return called ? [{ deed, ...called }] : [];
      if (called) return [{ deed: "finish", ticket: before, at: called.at }, { deed, ...called }];
      return hasEnded(before.id, queue) ? [{ deed: "finish", ticket: before, at: null }] : [];
    case "call":
      return called && called.ticket.id === ticket?.id ? [{ deed, ...called }] : [];
    case "start":
      return here && here.id === before?.id && here.state === "serving" && before.state !== "serving" ? [{ deed, ticket: here, at: lastLeg(here)?.started_at ?? null }] : [];
    case "finish":
    case "no_show":
      return ticket && hasEnded(ticket.id, queue) ? [{ deed, ticket, at: null }] : [];
    case "park":
      return ticket && queue.parked.some((each) => each.id === ticket.id) ? [{ deed, ticket, at: null }] : [];
    case "put_back":
    case "transfer":
      return ticket && queue.waiting.some((each) => each.id === ticket.id) ? [{ deed, ticket, at: null }] : [];
    default:
      return [];
  }
}

/** Is the ticket no longer anywhere in the branch? */
function hasEnded(id: string, queue: Queue): boolean {
  return ![...queue.waiting, ...queue.parked, ...queue.counters.map((each) => each.ticket)].some((each) => each?.id === id);
}

function lastLeg(ticket: Ticket) {
  return ticket.legs[ticket.legs.length - 1];
}
