/** The tickets that this page has handled, for "that one was wrong" and "the paper is lost". */
import { useEffect, useState } from "preact/hooks";

import type { Queue, Ticket, TicketState } from "../shared/contract";
import type { FeedMessage } from "../shared/feed";
import { keep, keptValue } from "../shared/storage";
import type { Staff } from "../staff/StaffPage";

/** One ticket as this page last left it. */
export interface Handled {
  id: string;
  number: string;
  state: TicketState;
  service: string;
  /** When it ended, by the server. */
  at: string;
  /** The branch's seq as of which it was left so: what the feed still tells of the time before says nothing of it. */
  seq: number;
}

const ENDED: readonly TicketState[] = ["served", "no_show", "cancelled"];
const KEPT = 8;

/** Newest first. A ticket that is seen in the branch again (reinstated by somebody) is no longer history. */
export function useHandled(staff: Staff, message: FeedMessage<"queue">) {
  const key = `giliran.handled.${staff.branch.slug}.${staff.session.user}`;
  const [handled, setHandled] = useState<Handled[]>(() => keptValue<Handled[]>("session", key) ?? []);
  useEffect(() => void keep("session", key, JSON.stringify(handled)), [handled]);

  useEffect(() => {
    const present = idsIn(message.state);
    const isBack = (each: Handled) => present.has(each.id) && message.seq > each.seq;
    if (handled.some(isBack)) setHandled((before) => before.filter((each) => !isBack(each)));
  }, [message]);

  /** Takes in how an action left a ticket, as of the branch's `seq`. */
  const note = (ticket: Ticket, seq: number) =>
    setHandled((before) => {
      const others = before.filter((each) => each.id !== ticket.id);
      if (!ENDED.includes(ticket.state)) return others;
      const { id, number, state, service } = ticket;
      return [{ id, number, state, service, at: ticket.ended_at ?? message.state.now, seq }, ...others].slice(0, KEPT);
    });
  return { handled, note };
}

function idsIn(queue: Queue): Set<string> {
  const atCounters = queue.counters.flatMap((each) => (each.ticket ? [each.ticket.id] : []));
  return new Set([...queue.waiting, ...queue.parked].map((each) => each.id).concat(atCounters));
}
