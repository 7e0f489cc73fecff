/** Where a ticket is, so that words about it go when it has moved on. */
import type { Queue, Ticket } from "../shared/contract";

/** A ticket as something was said of it, as of the branch's `seq`. */
export interface About {
  id: string;
  place: string;
  seq: number;
}

/** How an action has left a ticket. */
export function aboutOf(
  ticket: Pick<Ticket, "id" | "state" | "service" | "for_counter" | "counter">,
  seq: number,
): About {
  return { id: ticket.id, place: placeOf(ticket), seq };
}

/** Whether the feed shows the ticket elsewhere, or in another state, than it was said to be. */
export function hasMovedOn({ id, place, seq }: About, queue: Queue, now: number): boolean {
  if (now <= seq) return false;
  const found = [...queue.waiting, ...queue.parked, ...queue.counters.map((each) => each.ticket)].find(
    (each) => each?.id === id,
  );
  return place !== (found ? placeOf(found) : ENDED);
}

const ENDED = "ended";

function placeOf({
  state,
  service,
  for_counter,
  counter,
}: Pick<Ticket, "state" | "service" | "for_counter" | "counter">): string {
  switch (state) {
    case "waiting":
      return `waiting ${service} ${for_counter}`;
    case "parked":
      return state;
    case "called":
    case "serving":
      return `${state} ${counter}`;
    default:
      return ENDED;
  }
}
