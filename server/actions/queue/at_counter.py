"""Checks of every action at a counter: it is open, the principal holds it, and it has the expected ticket."""

from __future__ import annotations

from dataclasses import dataclass

from server.actions.queue import day_end
from server.domain.branch import Branch, CounterProfile
from server.domain.counter import CounterState, CounterStatus
from server.domain.errors import CounterClosed, Forbidden, TicketStateConflict
from server.domain.people.principal import Principal
from server.domain.ticket import Ticket
from server.store.engines.transaction import Transaction
from server.store.tables import counters, tickets


@dataclass(frozen=True)
class AtCounter:
    """A counter in a transaction: its branch, profile, state, and the ticket called or served there."""

    branch: Branch
    profile: CounterProfile
    status: CounterStatus
    ticket: Ticket | None


def enter(tx: Transaction, slug: str, number: int, principal: Principal) -> AtCounter:
    """Lock the branch's row and return the counter. Raises NotFound, or Forbidden for another branch."""
    branch = day_end.enter(tx, slug)
    permit(branch, principal)
    profile = branch.counter(number)
    return AtCounter(branch, profile, *counters.with_ticket(tx.db, branch.id, number))


def permit(branch: Branch, principal: Principal) -> None:
    """Raise Forbidden if the principal does not belong to the branch. HTTP and the live feed share this rule."""
    if not principal.belongs_to(branch.id):
        raise Forbidden(f"This account or token does not belong to branch {branch.slug}.")


def enter_held(tx: Transaction, slug: str, number: int, principal: Principal) -> AtCounter:
    """Return the counter, which must be open and held by the principal. A program may work at any open counter.

    Raises NotFound, Forbidden, CounterClosed.
    """
    at = enter(tx, slug, number, principal)
    refuse_unless_open(at)
    refuse_unless_held(at, principal)
    return at


def refuse_unless_open(at: AtCounter) -> None:
    """Raise CounterClosed if the counter is not open."""
    if at.status.state is not CounterState.OPEN:
        raise CounterClosed(f"Counter {at.status.number} is {at.status.state.value}. Open it first.")


def refuse_unless_held(at: AtCounter, principal: Principal) -> None:
    """Raise CounterClosed if another person holds the counter."""
    if principal.person and at.status.holder != principal.id:
        raise CounterClosed(f"Counter {at.status.number} is held by {at.status.agent or 'somebody else'}.")


def expected_ticket(tx: Transaction, at: AtCounter, expected_ticket_id: int | None) -> Ticket | None:
    """Return the current state of the ticket with that id, if it belongs to the branch. Raises NotFound."""
    ticket = tickets.get(tx.db, expected_ticket_id) if expected_ticket_id is not None else None
    return ticket if ticket is not None and ticket.branch_id == at.branch.id else None


def held_ticket(tx: Transaction, at: AtCounter, expected_ticket_id: int | None) -> Ticket:
    """Return the ticket at the counter; it must be the expected one, if one is given.

    Raises TicketStateConflict with the ticket that the counter holds, or else with the expected ticket's current state.
    """
    if at.ticket is not None and (expected_ticket_id is None or expected_ticket_id == at.ticket.id):
        return at.ticket
    if at.ticket is not None:
        raise TicketStateConflict(
            f"Counter {at.profile.number} holds {at.ticket.number}, not the expected ticket.", at.ticket
        )
    current = expected_ticket(tx, at, expected_ticket_id)
    state = f"; {current.number} is {current.state.value.replace('_', ' ')}" if current else ""
    raise TicketStateConflict(f"Counter {at.profile.number} holds no ticket{state}.", current)
