"""Undo: the counter's last call, start, finish or no-show is taken back within ten seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from server.actions.queue import day_end
from server.actions.queue.at_counter import enter, named, refuse_unless_held, refuse_unless_open
from server.actions.queue.pausing import resume
from server.domain.branch import Branch
from server.domain.calendar import business_day
from server.domain.counter import CounterState
from server.domain.errors import CounterBusy, TicketStateConflict
from server.domain.history.events import NO_CHANGE, Event, EventType
from server.domain.people.principal import Principal
from server.domain.queue.transitions import UNDO_WITHIN
from server.domain.ticket import AT_COUNTER, State, Ticket
from server.store.engines.transaction import Transaction
from server.store.tables import event_log, tickets

_UNDOABLE = {EventType.CALLED, EventType.STARTED, EventType.FINISHED, EventType.NO_SHOW}

_OF_COUNTERS = {
    EventType.COUNTER_OPENED, EventType.COUNTER_PAUSING, EventType.COUNTER_PAUSED, EventType.COUNTER_CLOSED,
}  # fmt: skip


def undo(tx: Transaction, slug: str, number: int, principal: Principal, *, expected_ticket_id: int | None) -> Ticket:
    """Put the ticket back into the state before the counter's last action; returns it as it is then.

    Raises TicketStateConflict where there is nothing to undo, the ten seconds are over, or anybody has done anything to
    the ticket since; CounterClosed; CounterBusy where a finished ticket would come back to a counter that holds
    another.
    """
    at = enter(tx, slug, number, principal)
    lately = event_log.at_counter(tx.db, at.branch.id, number, tx.now - UNDO_WITHIN)
    # the action itself has paused the counter: that is taken back with it
    paused = at.now.state is CounterState.PAUSED and _by_the_customers_leaving(lately)
    if not paused:
        refuse_unless_open(at)
    refuse_unless_held(at, principal)
    last = next((e for e in _service_status(lately) if e.type in _UNDOABLE), None)
    if last is None or last.ticket_id is None:
        truth = named(tx, at, expected_ticket_id) or at.ticket
        raise TicketStateConflict(f"Counter {number} has done nothing in the last ten seconds to undo.", truth)
    ticket = tickets.get(tx.db, last.ticket_id)
    if expected_ticket_id is not None and expected_ticket_id != ticket.id:
        raise TicketStateConflict(f"The last action at counter {number} was on {ticket.number}.", ticket)
    history = event_log.of_ticket(tx.db, ticket.id)
    if _last_of(history) != last:
        # its state alone would not tell: another counter may have brought it to the same one
        raise TicketStateConflict(f"Ticket {ticket.number} has moved on; this cannot be undone.", ticket)
    carries = tx.carried_until(at.branch) is not None
    if ticket.business_day != business_day.today(at.branch, tx.now) and not carries:
        raise TicketStateConflict(f"The day of {ticket.number} is over; this cannot be undone.", ticket)
    before = State(last.data["from"])
    if before in AT_COUNTER and at.ticket is not None and at.ticket.id != ticket.id:
        raise CounterBusy(f"Counter {number} holds {at.ticket.number} by now.", at.ticket)
    day_end.refuse_number_taken(tx, ticket)
    restored = _restore(tx, at.branch, ticket, before, last, history)
    data: dict[str, object] = {"undid": last.seq, "verb": last.type.value}
    if restored.for_counter != ticket.for_counter:
        data["for_counter"] = restored.for_counter
    tx.record(at.branch, EventType.UNDONE, ticket, counter=number, data=data)
    if paused and at.now.reason is not None:
        resume(tx, at.branch, at.now, at.now.reason)
    return restored


def _by_the_customers_leaving(newest_first: Iterable[Event]) -> bool:
    last = next((e for e in newest_first if e.type in _OF_COUNTERS), None)
    return last is not None and bool(last.data.get("after_customer"))


def _service_status(newest_first: Iterable[Event]) -> Iterator[Event]:
    """The events that nobody has taken back."""
    undone: set[int] = set()
    for event in newest_first:
        if event.type is EventType.UNDONE:
            undone.add(event.data["undid"])
        elif event.seq not in undone:
            yield event


def _last_of(events: list[Event]) -> Event | None:
    """What last changed the ticket; a recall, the turn of the day and its paper do not."""
    return next(
        (e for e in _service_status(reversed(events)) if e.type not in NO_CHANGE and not e.type.startswith("print")),
        None,
    )


def _restore(
    tx: Transaction, branch: Branch, ticket: Ticket, before: State, last: Event, history: list[Event]
) -> Ticket:
    leg = ticket.leg
    assert leg is not None
    if last.type is EventType.CALLED and before is State.PARKED:
        alone = tickets.drop_leg(tx.db, ticket, leg.id)
        return tickets.swap(tx.db, alone, before, counter=last.data.get("counter_before"), leg_id=None)
    if last.type is EventType.CALLED:
        unsaid = {"counter": None, "called_at": None, "called_seq": None, "started_at": None, "recalls": 0}
        # a counter that was retired meanwhile calls nobody
        there = ticket.for_counter in {c.number for c in branch.active_counters}
        waiting = tickets.swap(tx.db, ticket, before, counter=None, for_counter=ticket.for_counter if there else None)
        return tickets.write_leg(tx.db, waiting, leg.id, **unsaid)
    if last.type is EventType.STARTED:
        called = tickets.swap(tx.db, ticket, before)
        # as it was when the ticket was called, whatever the branch declares by now
        call = next(e for e in _service_status(reversed(history)) if e.type is EventType.CALLED)
        on_call = bool(call.data.get("start_on_call"))
        return called if on_call else tickets.write_leg(tx.db, called, leg.id, started_at=None)
    back = tickets.swap(tx.db, ticket, before, ended_at=None, leg_id=leg.id)
    return tickets.write_leg(tx.db, back, leg.id, ended_at=None, outcome=None)
