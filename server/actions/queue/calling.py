"""Calling: the next by policy or one by number, recall, start, finish, no-show."""

from __future__ import annotations

import math

from server.actions.queue.at_counter import AtCounter, held, working
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
    """Call whoever is next at this counter; with `finish`, finish the present ticket in the same transaction.

    Returns the ticket that is called, as it is after it; every verb here returns its ticket so. Raises CounterBusy with
    a ticket there, CounterClosed (also where the counter pauses after the present ticket), QueueEmpty (in both nothing
    is finished), and TicketStateConflict where the ticket `expected_ticket_id` to be finished is not the one there.
    """
    at = working(tx, slug, number, principal)
    if expected_ticket_id is not None:
        held(tx, at, expected_ticket_id)
    if at.ticket is not None:
        if not finish:
            raise CounterBusy(f"Counter {number} still holds {at.ticket.number}.", at.ticket)
        if at.now.pause_after is not None:
            raise CounterClosed(f"Counter {number} pauses after {at.ticket.number}. Finish it, or open the counter.")
        _finish(tx, at, at.ticket)
    choices = choose(tickets.heads(tx.db, at.branch, at.profile), at.profile, at.branch.head_starts, tx.now)
    for waiting, why in choices:
        try:
            return _call(tx, at, tickets.get(tx.db, waiting.ticket_id), why=why.value)
        except TicketStateConflict:
            continue  # another counter claimed it first; the next in line is ours
    raise QueueEmpty(f"Nobody waits for counter {number}.")


def call_number(
    tx: Transaction, slug: str, number: int, principal: Principal, *, ticket_number: str, reason: str | None
) -> Ticket:
    """Call one ticket by its number, out of turn or back from park, with the reason kept in the log.

    Raises CounterBusy, NotFound, TicketStateConflict.
    """
    at = working(tx, slug, number, principal)
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
        # taken back from park: the next leg begins with the call
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
    """Call the present ticket again; counted, and announced again."""
    at = working(tx, slug, number, principal)
    ticket = held(tx, at, expected_ticket_id)
    require(ticket, Verb.RECALL)
    assert ticket.leg is not None
    event = tx.record(at.branch, EventType.RECALLED, ticket, counter=number, data={"recalls": ticket.leg.recalls + 1})
    return tickets.write_leg(tx.db, ticket, ticket.leg.id, recalls=ticket.leg.recalls + 1, called_seq=event.seq)


def start(tx: Transaction, slug: str, number: int, principal: Principal, *, expected_ticket_id: int | None) -> Ticket:
    """The customer has come: service begins."""
    at = working(tx, slug, number, principal)
    ticket = held(tx, at, expected_ticket_id)
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
    """The customer is served. `outcome` is the branch's own word for how, kept in the log."""
    at = working(tx, slug, number, principal)
    return _finish(tx, at, held(tx, at, expected_ticket_id), outcome)


def _finish(tx: Transaction, at: AtCounter, ticket: Ticket, outcome: str | None = None) -> Ticket:
    require(ticket, Verb.FINISH, start_on_call=at.branch.start_on_call)
    return _end(tx, at, ticket, State.SERVED, EventType.FINISHED, **({"outcome": outcome} if outcome else {}))


def no_show(tx: Transaction, slug: str, number: int, principal: Principal, *, expected_ticket_id: int | None) -> Ticket:
    """The customer did not come. Raises TooEarly before the branch's recalls and time are over."""
    at = working(tx, slug, number, principal)
    ticket = held(tx, at, expected_ticket_id)
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
    says = [f"after {missing} more {'recall' if missing == 1 else 'recalls'}"] if missing else []
    if possible_at > tx.now:
        seconds = math.ceil((possible_at - tx.now).total_seconds())
        says.append(f"in {seconds} seconds, at {possible_at.astimezone(at.branch.zone):%H:%M:%S}")
    detail = f"It is too early for a no-show of {ticket.number}: it is possible {' and '.join(says)}."
    raise TooEarly(detail, ticket, possible_at if possible_at > tx.now else None, missing)


def _end(tx: Transaction, at: AtCounter, ticket: Ticket, state: State, kind: EventType, **data: str) -> Ticket:
    assert ticket.leg_id is not None
    ended = tickets.swap(tx.db, ticket, state, ended_at=tx.now, leg_id=None)
    ended = tickets.write_leg(tx.db, ended, ticket.leg_id, ended_at=tx.now, outcome=state.value)
    tx.record(at.branch, kind, ticket, counter=at.profile.number, data={"from": ticket.state.value, **data})
    customer_left(tx, at.branch, at.now)
    return ended
