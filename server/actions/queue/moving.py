"""Move a ticket: park, put back, transfer, cancel, reinstate. Each function returns the ticket in its new state."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from server.actions.queue import day_end
from server.actions.queue.at_counter import AtCounter, enter_held, held_ticket, permit
from server.actions.queue.pausing import customer_left, taken_from_counter
from server.actions.queue.requeueing import queue_again
from server.domain.branch import Branch
from server.domain.errors import Invalid, TooLate
from server.domain.history.events import EventType
from server.domain.people.principal import Principal
from server.domain.queue.transitions import TRANSITIONS, Verb, require
from server.domain.ticket import OPEN, State, Ticket
from server.store.engines.transaction import Transaction
from server.store.tables import access, tickets


def park(
    tx: Transaction, slug: str, number: int, principal: Principal, *, expected_ticket_id: int | None, reason: str | None
) -> Ticket:
    """Park the present ticket (a form to fill in); the counter is free, and any counter may call the ticket again."""
    at = enter_held(tx, slug, number, principal)
    ticket = held_ticket(tx, at, expected_ticket_id)
    require(ticket, Verb.PARK)
    assert ticket.leg_id is not None
    parked = tickets.swap(tx.db, ticket, State.PARKED, leg_id=None, note=reason or ticket.note)
    parked = tickets.write_leg(tx.db, parked, ticket.leg_id, ended_at=tx.now, outcome="parked")
    tx.record(at.branch, EventType.PARKED, ticket, counter=number, data={"reason": reason} if reason else {})
    customer_left(tx, at.branch, at.status)
    return parked


def put_back(
    tx: Transaction, slug: str, number: int, principal: Principal, *, expected_ticket_id: int | None
) -> Ticket:
    """Put the counter's ticket, or the expected parked one, back into the line at its old place."""
    at = enter_held(tx, slug, number, principal)
    ticket = _held_or_parked(tx, at, expected_ticket_id)
    require(ticket, Verb.PUT_BACK)
    requeued = queue_again(tx, at.branch, ticket, EventType.PUT_BACK, counter=number)
    _customer_left(tx, at, ticket)
    return requeued


def _customer_left(tx: Transaction, at: AtCounter, ticket: Ticket) -> None:
    if at.ticket is not None and at.ticket.id == ticket.id:
        customer_left(tx, at.branch, at.status)


def _held_or_parked(tx: Transaction, at: AtCounter, expected_ticket_id: int | None) -> Ticket:
    if expected_ticket_id is not None and (at.ticket is None or at.ticket.id != expected_ticket_id):
        ticket = tickets.get(tx.db, expected_ticket_id)
        if ticket.branch_id == at.branch.id and ticket.state is State.PARKED:
            return ticket
    return held_ticket(tx, at, expected_ticket_id)


def transfer_from_counter(
    tx: Transaction,
    slug: str,
    number: int,
    principal: Principal,
    *,
    expected_ticket_id: int | None,
    service: str | None,
    to_counter: int | None,
    keep_place: bool,
    note: str | None,
) -> Ticket:
    """Transfer the counter's ticket, or the expected parked one, to another service or counter."""
    at = enter_held(tx, slug, number, principal)
    ticket = _held_or_parked(tx, at, expected_ticket_id)
    transferred = _transfer(tx, at.branch, ticket, service, to_counter, keep_place, note, number)
    _customer_left(tx, at, ticket)
    return transferred


def transfer_by_number(
    tx: Transaction,
    slug: str,
    principal: Principal,
    *,
    ticket_number: str,
    service: str | None,
    to_counter: int | None,
    keep_place: bool,
    note: str | None,
) -> Ticket:
    """Transfer any open ticket to another service or counter."""
    branch, ticket = _enter_with_ticket(tx, slug, principal, ticket_number)
    transferred = _transfer(tx, branch, ticket, service, to_counter, keep_place, note, None)
    taken_from_counter(tx, branch, ticket)
    return transferred


def _transfer(
    tx: Transaction,
    branch: Branch,
    ticket: Ticket,
    service: str | None,
    to_counter: int | None,
    keep_place: bool,
    note: str | None,
    by_counter: int | None,
) -> Ticket:
    if service is None and to_counter is None:
        raise Invalid("A transfer needs a service, a counter, or both.")
    if service is not None and branch.service(service).retired:
        raise Invalid(f"Service {service} is no longer offered.")
    if to_counter is not None:
        branch.counter(to_counter)
    require(ticket, Verb.TRANSFER)
    return queue_again(
        tx,
        branch,
        ticket,
        EventType.TRANSFERRED,
        counter=by_counter,
        service=service or ticket.service,
        for_counter=to_counter,
        keep_place=keep_place,
        note=note,
    )


def cancel_by_number(tx: Transaction, slug: str, principal: Principal, *, ticket_number: str) -> Ticket:
    """Cancel a waiting or parked ticket on behalf of staff."""
    branch, ticket = _enter_with_ticket(tx, slug, principal, ticket_number)
    return _cancel(tx, branch, ticket, "staff")


def cancel_own(tx: Transaction, ticket_id: int) -> Ticket:
    """Cancel a ticket on behalf of its customer; if it is cancelled already, nothing changes."""
    branch = day_end.enter_id(tx, tickets.get(tx.db, ticket_id).branch_id)
    ticket = tickets.get(tx.db, ticket_id)
    return ticket if ticket.state is State.CANCELLED else _cancel(tx, branch, ticket, "customer")


def cancel_phone_tickets(
    tx: Transaction,
    slug: str,
    principal: Principal,
    *,
    since: datetime,
    until: datetime,
    reason: str,
    dry_run: bool,
) -> list[str]:
    """Cancel the tickets that phones took from `since` until before `until`; return their numbers.

    Only waiting and parked tickets are cancelled. Repeated, it finds none. Raises NotFound, Forbidden, and Invalid for
    a span that ends before it begins.
    """
    if until <= since:
        raise Invalid("`to` must be after `from`.")
    branch = day_end.enter(tx, slug)
    permit(branch, principal)
    phone_tickets = tickets.taken_by_phone(tx.db, branch.id, since, until)
    if dry_run or not phone_tickets:
        return [ticket.number for ticket in phone_tickets]
    for ticket in phone_tickets:
        _cancel(tx, branch, ticket, "staff", reason=reason)
    span = {"from": since.isoformat(), "to": until.isoformat()}
    audited = span | {"reason": reason, "cancelled": len(phone_tickets)}
    access.write_audit(tx.db, tx.now, principal.name or principal.id, "phone tickets cancelled", branch.id, audited)
    return [ticket.number for ticket in phone_tickets]


def _cancel(tx: Transaction, branch: Branch, ticket: Ticket, actor: str, **data: str) -> Ticket:
    require(ticket, Verb.CANCEL)
    cancelled = tickets.swap(tx.db, ticket, State.CANCELLED, ended_at=tx.now, leg_id=None)
    if ticket.leg_id is not None:
        cancelled = tickets.write_leg(tx.db, cancelled, ticket.leg_id, ended_at=tx.now, outcome="cancelled")
    tx.record(branch, EventType.CANCELLED, ticket, data={"by": actor, **data})
    return cancelled


def reinstate(tx: Transaction, slug: str, principal: Principal, *, ticket_number: str, keep_place: bool) -> Ticket:
    """Return a no-show or cancelled ticket to the line under its number, within the time limit. Raises TooLate."""
    branch, ticket = _enter_with_ticket(tx, slug, principal, ticket_number, TRANSITIONS[Verb.REINSTATE][0])
    require(ticket, Verb.REINSTATE)
    assert ticket.ended_at is not None
    if tx.now - ticket.ended_at > branch.reinstate_within:
        minutes = int(branch.reinstate_within.total_seconds() // 60)
        raise TooLate(f"Ticket {ticket.number} ended more than {minutes} minutes ago; please issue a new one.", ticket)
    day_end.refuse_number_taken(tx, ticket)
    return queue_again(tx, branch, ticket, EventType.REINSTATED, keep_place=keep_place, ended_at=None)


def _enter_with_ticket(
    tx: Transaction, slug: str, principal: Principal, ticket_number: str, likely: Collection[State] = OPEN
) -> tuple[Branch, Ticket]:
    branch = day_end.enter(tx, slug)
    permit(branch, principal)
    return branch, day_end.find_ticket(tx, branch, ticket_number, likely)
