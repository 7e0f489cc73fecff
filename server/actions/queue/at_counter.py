"""What every verb at a counter checks first: the counter is open, held by the one who asks, and means this ticket."""

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
    now: CounterStatus
    ticket: Ticket | None


def enter(tx: Transaction, slug: str, number: int, principal: Principal) -> AtCounter:
    """The counter, its branch's row taken first. Raises NotFound, or Forbidden in another branch."""
    branch = day_end.enter(tx, slug)
    permit(branch, principal)
    profile = branch.counter(number)
    return AtCounter(branch, profile, *counters.with_ticket(tx.db, branch.id, number))


def permit(branch: Branch, principal: Principal) -> None:
    """Raises Forbidden where the one who asks does not belong to the branch: one rule, over HTTP and on the feed."""
    if not principal.belongs_to(branch.id):
        raise Forbidden(f"This account or token does not belong to branch {branch.slug}.")


def working(tx: Transaction, slug: str, number: int, principal: Principal) -> AtCounter:
    """The counter, open and held by the one who asks. A program's token may work at any counter that is open.

    Raises CounterClosed.
    """
    at = enter(tx, slug, number, principal)
    refuse_unless_open(at)
    refuse_unless_held(at, principal)
    return at


def refuse_unless_open(at: AtCounter) -> None:
    """Raise CounterClosed where the counter calls nobody now."""
    if at.now.state is not CounterState.OPEN:
        raise CounterClosed(f"Counter {at.now.number} is {at.now.state.value}. Open it first.")


def refuse_unless_held(at: AtCounter, principal: Principal) -> None:
    """Raise CounterClosed where somebody else works there."""
    if principal.person and at.now.holder != principal.id:
        raise CounterClosed(f"Counter {at.now.number} is held by {at.now.agent or 'somebody else'}.")


def named(tx: Transaction, at: AtCounter, expected_ticket_id: int | None) -> Ticket | None:
    """The ticket of that id as it truly is, where one is named and it is the branch's. Raises NotFound."""
    ticket = tickets.get(tx.db, expected_ticket_id) if expected_ticket_id is not None else None
    return ticket if ticket is not None and ticket.branch_id == at.branch.id else None


def held(tx: Transaction, at: AtCounter, expected_ticket_id: int | None) -> Ticket:
    """The ticket at the counter, which must be the one meant where one is named.

    Raises TicketStateConflict with the truth: the ticket that the counter holds, or else the one meant as it now is.
    """
    if at.ticket is not None and (expected_ticket_id is None or expected_ticket_id == at.ticket.id):
        return at.ticket
    if at.ticket is not None:
        raise TicketStateConflict(
            f"Counter {at.profile.number} holds {at.ticket.number}, not the ticket that was meant.", at.ticket
        )
    truth = named(tx, at, expected_ticket_id)
    said = f"; {truth.number} is {truth.state.value.replace('_', ' ')}" if truth else ""
    raise TicketStateConflict(f"Counter {at.profile.number} holds no ticket{said}.", truth)
