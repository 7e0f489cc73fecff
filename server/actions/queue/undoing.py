"""Undo the counter's last call, start, finish or no-show within ten seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from server.actions.queue import day_end
from server.actions.queue.at_counter import enter, expected_ticket, refuse_unless_held, refuse_unless_open
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
    """Restore the ticket's state before the counter's last action; return the restored ticket.

    Raises TicketStateConflict if there is nothing to undo, the ten seconds are over, or the ticket has changed since;
    CounterClosed; CounterBusy if a finished ticket would return to a counter that holds another.
    """
    at = enter(tx, slug, number, principal)
    recent = event_log.at_counter(tx.db, at.branch.id, number, tx.now - UNDO_WITHIN)
    # If the action paused the counter, the pause is undone with it.
    paused = at.status.state is CounterState.PAUSED and _paused_by_leaving(recent)
    if not paused:
        refuse_unless_open(at)
    refuse_unless_held(at, principal)
    last = next((e for e in _not_undone(recent) if e.type in _UNDOABLE), None)
    if last is None or last.ticket_id is None:
        current = expected_ticket(tx, at, expected_ticket_id) or at.ticket
        raise TicketStateConflict(f"Counter {number} has done nothing in the last ten seconds to undo.", current)
    ticket = tickets.get(tx.db, last.ticket_id)
    if expected_ticket_id is not None and expected_ticket_id != ticket.id:
        raise TicketStateConflict(f"The last action at counter {number} was on {ticket.number}.", ticket)
    history = event_log.of_ticket(tx.db, ticket.id)
    if _last_of(history) != last:
        # Compare events, not states: another counter may have brought the ticket to the same state.
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
    if paused and at.status.reason is not None:
        resume(tx, at.branch, at.status, at.status.reason)
    return restored


def _paused_by_leaving(newest_first: Iterable[Event]) -> bool:
    last = next((e for e in newest_first if e.type in _OF_COUNTERS), None)
    return last is not None and bool(last.data.get("after_customer"))


def _not_undone(newest_first: Iterable[Event]) -> Iterator[Event]:
    """The events that were not undone."""
    undone: set[int] = set()
    for event in newest_first:
        if event.type is EventType.UNDONE:
            undone.add(event.data["undid"])
        elif event.seq not in undone:
            yield event


def _last_of(events: list[Event]) -> Event | None:
    """The last event that changed the ticket; recalls, turns of the day and prints do not."""
    return next(
        (e for e in _not_undone(reversed(events)) if e.type not in NO_CHANGE and not e.type.startswith("print")),
        None,
    )


def _restore(
    tx: Transaction, branch: Branch, ticket: Ticket, before: State, last: Event, history: list[Event]
) -> Ticket:
    leg = ticket.leg
    assert leg is not None
    if last.type is EventType.CALLED and before is State.PARKED:
        without_leg = tickets.drop_leg(tx.db, ticket, leg.id)
        return tickets.swap(tx.db, without_leg, before, counter=last.data.get("counter_before"), leg_id=None)
    if last.type is EventType.CALLED:
        cleared = {"counter": None, "called_at": None, "called_seq": None, "started_at": None, "recalls": 0}
        # A counter that was retired meanwhile calls no tickets.
        is_active = ticket.for_counter in {c.number for c in branch.active_counters}
        waiting = tickets.swap(
            tx.db, ticket, before, counter=None, for_counter=ticket.for_counter if is_active else None
        )
        return tickets.write_leg(tx.db, waiting, leg.id, **cleared)
    if last.type is EventType.STARTED:
        called = tickets.swap(tx.db, ticket, before)
        # Use the setting at the time of the call, which the branch may have changed since.
        call = next(e for e in _not_undone(reversed(history)) if e.type is EventType.CALLED)
        on_call = bool(call.data.get("start_on_call"))
        return called if on_call else tickets.write_leg(tx.db, called, leg.id, started_at=None)
    restored = tickets.swap(tx.db, ticket, before, ended_at=None, leg_id=leg.id)
    return tickets.write_leg(tx.db, restored, leg.id, ended_at=None, outcome=None)
