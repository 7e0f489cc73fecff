"""Undo: the counter's last call, start, finish or no-show is taken back within ten seconds."""

from __future__ import annotations

from server.actions.at_counter import named, working
from server.domain.errors import CounterBusy, TicketStateConflict
from server.domain.events import Event, EventType
from server.domain.principal import Principal
from server.domain.ticket import AT_COUNTER, State, Ticket
from server.domain.transitions import UNDO_WITHIN
from server.store import event_log, tickets
from server.store.transaction import Transaction

_UNDOABLE = {
    EventType.CALLED: State.CALLED,
    EventType.STARTED: State.SERVING,
    EventType.FINISHED: State.SERVED,
    EventType.NO_SHOW: State.NO_SHOW,
}
"""What may be undone → the state that it led to."""


def undo(tx: Transaction, slug: str, number: int, principal: Principal, *, meant: int | None) -> int:
    """Put the ticket back into the state before the counter's last deed; returns its id.

    Raises TicketStateConflict where there is nothing to undo or the ten seconds are over, CounterBusy where a finished
    ticket would come back to a counter that holds another.
    """
    at = working(tx, slug, number, principal)
    last = _last_undoable(event_log.at_counter(tx.db, at.branch.id, number, tx.now - UNDO_WITHIN))
    if last is None or last.ticket_id is None:
        truth = named(tx, at, meant) or at.ticket
        raise TicketStateConflict(f"Counter {number} has done nothing in the last ten seconds to undo.", truth)
    ticket = tickets.get(tx.db, last.ticket_id)
    if meant is not None and meant != ticket.id:
        raise TicketStateConflict(f"The last deed of counter {number} was on {ticket.number}.", ticket)
    if ticket.state is not _UNDOABLE[last.type]:
        raise TicketStateConflict(f"Ticket {ticket.number} has moved on; this cannot be undone.", ticket)
    before = State(last.data["from"])
    if before in AT_COUNTER and at.ticket is not None and at.ticket.id != ticket.id:
        raise CounterBusy(f"Counter {number} holds {at.ticket.number} by now.", at.ticket)
    _restore(tx, ticket, before, last, on_call=at.branch.start_on_call)
    tx.record(at.branch, EventType.UNDONE, ticket, counter=number, data={"undid": last.seq, "verb": last.type.value})
    return ticket.id


def _last_undoable(newest_first: list[Event]) -> Event | None:
    undone: set[int] = set()
    for event in newest_first:
        if event.type is EventType.UNDONE:
            undone.add(event.data["undid"])
        elif event.type in _UNDOABLE and event.seq not in undone:
            return event
    return None


def _restore(tx: Transaction, ticket: Ticket, before: State, last: Event, *, on_call: bool) -> None:
    leg = ticket.leg
    assert leg is not None
    if last.type is EventType.CALLED:
        if before is State.PARKED:
            tickets.drop_leg(tx.db, leg.id)
            tickets.swap(tx.db, ticket, before, counter=last.data.get("counter_before"), leg_id=None)
        else:
            tickets.swap(tx.db, ticket, before, counter=None)
            tickets.write_leg(tx.db, leg.id, counter=None, called_at=None, called_seq=None, started_at=None, recalls=0)
    elif last.type is EventType.STARTED:
        tickets.swap(tx.db, ticket, before)
        if not on_call:
            tickets.write_leg(tx.db, leg.id, started_at=None)
    else:
        tickets.swap(tx.db, ticket, before, ended_at=None, leg_id=leg.id)
        tickets.write_leg(tx.db, leg.id, ended_at=None, outcome=None)
