"""Call the next ticket or one by number; recall, start, finish, no-show."""

from __future__ import annotations

import math

from server.actions.queue.at_counter import AtCounter, enter_held, held_ticket
from server.actions.queue.day_end import find_ticket
from server.actions.queue.pausing import customer_left
from server.domain.errors import CounterBusy, CounterClosed, QueueEmpty, TicketStateConflict, TooEarly
from server.domain.history.events import EventType
from server.domain.people.principal import Principal
from server.domain.queue.policy import choose
from server.domain.queue.transitions import Verb, require
from server.domain.ticket import State, Ticket
from server.store.engines.transaction import Transaction
from server.store.tables import tickets


def call_next(
    tx: Transaction,
    slug: str,
    number: int,
    principal: Principal,
    *,
    finish: bool = False,
    expected_ticket_id: int | None = None,
) -> Ticket:
    """Call the next ticket at this counter; with `finish`, finish the present ticket in the same transaction.

    Like every action here, it returns the ticket in its new state. Raises CounterBusy with a ticket at the counter,
    CounterClosed (also if the counter pauses after the present ticket), QueueEmpty (both finish nothing), and
    TicketStateConflict if the ticket to be finished is not `expected_ticket_id`.
    """
    at = enter_held(tx, slug, number, principal)
    if expected_ticket_id is not None:
        held_ticket(tx, at, expected_ticket_id)
    if at.ticket is not None:
        if not finish:
            raise CounterBusy(f"Counter {number} still holds {at.ticket.number}.", at.ticket)
        if at.status.pause_after is not None:
            raise CounterClosed(f"Counter {number} pauses after {at.ticket.number}. Finish it, or open the counter.")
        _finish(tx, at, at.ticket)
    choices = choose(tickets.heads(tx.db, at.branch, at.profile), at.profile, at.branch.head_starts, tx.now)
    for waiting, why in choices:
        try:
            return _call(tx, at, tickets.get(tx.db, waiting.ticket_id), why=why.value)
        except TicketStateConflict:
            continue  # another counter called it first: try the next in line
    raise QueueEmpty(f"Nobody waits for counter {number}.")


def call_number(
    tx: Transaction, slug: str, number: int, principal: Principal, *, ticket_number: str, reason: str | None
) -> Ticket:
    """Call one ticket by its number, out of order or from park; the reason is logged.

    Raises CounterBusy, CounterClosed, NotFound, TicketStateConflict, AmbiguousNumber.
    """
    at = enter_held(tx, slug, number, principal)
    ticket = find_ticket(tx, at.branch, ticket_number)
    require(ticket, Verb.CALL)
    if at.ticket is not None:
        raise CounterBusy(f"Counter {number} still holds {at.ticket.number}.", at.ticket)
    return _call(tx, at, ticket, reason=reason, out_of_turn=True)


def _call(tx: Transaction, at: AtCounter, ticket: Ticket, **data: object) -> Ticket:
    require(ticket, Verb.CALL)
    on_call = at.branch.start_on_call
    number = at.profile.number
    called = tickets.swap(tx.db, ticket, State.CALLED, counter=number)
    if called.leg_id is None:
        # A ticket called from park starts a new leg with the call.
        leg = tickets.open_leg(tx.db, ticket.id, at.branch.id, ticket.business_day, ticket.service, tx.now)
        called = tickets.set_leg(tx.db, called, leg)
    assert called.leg_id is not None
    if on_call:
        data["start_on_call"] = True
    event = tx.record(
        at.branch,
        EventType.CALLED,
        ticket,
        counter=number,
        data={"from": ticket.state.value, "counter_before": ticket.counter, **data},
    )
    return tickets.write_leg(
        tx.db,
        called,
        called.leg_id,
        counter=number,
        called_at=tx.now,
        called_seq=event.seq,
        started_at=tx.now if on_call else None,
    )


def recall(tx: Transaction, slug: str, number: int, principal: Principal, *, expected_ticket_id: int | None) -> Ticket:
    """Call the present ticket again: it is counted and announced. Raises CounterClosed, TicketStateConflict."""
    at = enter_held(tx, slug, number, principal)
    ticket = held_ticket(tx, at, expected_ticket_id)
    require(ticket, Verb.RECALL)
    assert ticket.leg is not None
    event = tx.record(at.branch, EventType.RECALLED, ticket, counter=number, data={"recalls": ticket.leg.recalls + 1})
    return tickets.write_leg(tx.db, ticket, ticket.leg.id, recalls=ticket.leg.recalls + 1, called_seq=event.seq)


def start(tx: Transaction, slug: str, number: int, principal: Principal, *, expected_ticket_id: int | None) -> Ticket:
    """Start the service of the called customer. Raises CounterClosed, TicketStateConflict."""
    at = enter_held(tx, slug, number, principal)
    ticket = held_ticket(tx, at, expected_ticket_id)
    require(ticket, Verb.START)
    assert ticket.leg is not None
    serving = tickets.swap(tx.db, ticket, State.SERVING)
    if ticket.leg.started_at is None:
        serving = tickets.write_leg(tx.db, serving, ticket.leg.id, started_at=tx.now)
    tx.record(at.branch, EventType.STARTED, ticket, counter=number, data={"from": ticket.state.value})
    return serving


def finish(
    tx: Transaction,
    slug: str,
    number: int,
    principal: Principal,
    *,
    expected_ticket_id: int | None,
    outcome: str | None = None,
) -> Ticket:
    """Finish the present ticket. `outcome` is the branch's own text, kept in the log. Raises as `start`."""
    at = enter_held(tx, slug, number, principal)
    return _finish(tx, at, held_ticket(tx, at, expected_ticket_id), outcome)


def _finish(tx: Transaction, at: AtCounter, ticket: Ticket, outcome: str | None = None) -> Ticket:
    require(ticket, Verb.FINISH, start_on_call=at.branch.start_on_call)
    return _end(tx, at, ticket, State.SERVED, EventType.FINISHED, **({"outcome": outcome} if outcome else {}))


def no_show(tx: Transaction, slug: str, number: int, principal: Principal, *, expected_ticket_id: int | None) -> Ticket:
    """End a ticket whose customer did not come. Raises TooEarly before the branch's recalls and time are over."""
    at = enter_held(tx, slug, number, principal)
    ticket = held_ticket(tx, at, expected_ticket_id)
    require(ticket, Verb.NO_SHOW)
    _refuse_too_early(tx, at, ticket)
    return _end(tx, at, ticket, State.NO_SHOW, EventType.NO_SHOW)


def _refuse_too_early(tx: Transaction, at: AtCounter, ticket: Ticket) -> None:
    rule, leg = at.branch.no_show_after, ticket.leg
    assert leg is not None
    assert leg.called_at is not None
    missing, possible_at = rule.recalls_missing(leg.recalls), leg.called_at + rule.wait
    if not missing and possible_at <= tx.now:
        return
    conditions = [f"after {missing} more {'recall' if missing == 1 else 'recalls'}"] if missing else []
    if possible_at > tx.now:
        seconds = math.ceil((possible_at - tx.now).total_seconds())
        conditions.append(f"in {seconds} seconds, at {possible_at.astimezone(at.branch.zone):%H:%M:%S}")
    detail = f"It is too early for a no-show of {ticket.number}: it is possible {' and '.join(conditions)}."
    raise TooEarly(detail, ticket, possible_at if possible_at > tx.now else None, missing)


def _end(tx: Transaction, at: AtCounter, ticket: Ticket, state: State, kind: EventType, **data: str) -> Ticket:
    assert ticket.leg_id is not None
    ended = tickets.swap(tx.db, ticket, state, ended_at=tx.now, leg_id=None)
    ended = tickets.write_leg(tx.db, ended, ticket.leg_id, ended_at=tx.now, outcome=state.value)
    tx.record(at.branch, kind, ticket, counter=at.profile.number, data={"from": ticket.state.value, **data})
    customer_left(tx, at.branch, at.status)
    return ended
