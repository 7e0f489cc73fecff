"""Open, pause and close a counter."""

from server.actions.queue import day_end
from server.actions.queue.at_counter import AtCounter, enter
from server.actions.queue.pausing import pause_later
from server.actions.queue.releasing import OUT_OF_REACH, release_counter
from server.domain.counter import CounterState, CounterStatus
from server.domain.errors import CounterBusy, CounterClosed
from server.domain.history.events import EventType
from server.domain.people.principal import Principal, Role
from server.store.engines.transaction import Transaction
from server.store.tables import counters


def open_counter(tx: Transaction, slug: str, number: int, principal: Principal, *, take_over: bool = False) -> None:
    """Open or resume the counter for the principal; if it holds the counter already, nothing changes.

    A person works at one counter. Raises CounterBusy if another person has it (unless `take_over`), or if the person
    has a ticket at another counter; another counter without a ticket is closed. A counter that the person can no longer
    reach, retired or in another branch, releases its ticket.
    """
    at = enter(tx, slug, number, principal)
    held_by_other = at.status.holder is not None and at.status.holder != principal.id
    if held_by_other and at.status.state is not CounterState.CLOSED and principal.person and not take_over:
        raise CounterBusy(f"Counter {number} is held by {at.status.agent}.", at.ticket)
    if principal.person:
        _leave_others(tx, at, principal)
    holder = at.status.holder if held_by_other and not principal.person and at.status.holder else principal.id
    agent = at.status.agent if holder == at.status.holder and at.status.agent else principal.name
    opened = CounterStatus(number, CounterState.OPEN, None, agent, holder)
    if at.status != opened:
        counters.put(tx.db, at.branch.id, opened, tx.now)
        tx.record(at.branch, EventType.COUNTER_OPENED, counter=number, data={"agent": agent, "holder": holder})


def _leave_others(tx: Transaction, at: AtCounter, principal: Principal) -> None:
    for branch_id, number in counters.held_by(tx.db, principal.id):
        if (branch_id, number) == (at.branch.id, at.profile.number):
            continue
        branch = day_end.enter_id(tx, branch_id)
        if not _reaches(principal, branch_id) or number not in {c.number for c in branch.active_counters}:
            release_counter(tx, branch, number, OUT_OF_REACH)
            continue
        # No permission check: the person already holds this counter.
        other = AtCounter(branch, branch.counter(number), *counters.with_ticket(tx.db, branch_id, number))
        if other.ticket is not None:
            raise CounterBusy(
                f"You still hold {other.ticket.number} at counter {number}. Finish there first.", other.ticket
            )
        release_counter(tx, other.branch, number, None)


def _reaches(principal: Principal, branch_id: int) -> bool:
    """Whether the principal has access to that branch too; its role and branch are those of the requested branch."""
    reached = [m.branch_id for m in principal.memberships] or [principal.branch_id]
    return None in reached or branch_id in reached


def pause_counter(
    tx: Transaction, slug: str, number: int, principal: Principal, reason: str, *, after_customer: bool = False
) -> None:
    """Pause the counter with a reason; with `after_customer`, when the present customer leaves.

    Raises CounterBusy while a ticket is there (without `after_customer`), CounterClosed if the counter is closed.
    """
    at = _enter_own(tx, slug, number, principal)
    if after_customer and at.ticket is not None:
        pause_later(tx, at.branch, at.status, reason)
        return
    _refuse_with_ticket(at)
    if at.status.state is CounterState.CLOSED:
        raise CounterClosed(f"Counter {number} is closed.")
    counters.put(
        tx.db,
        at.branch.id,
        CounterStatus(number, CounterState.PAUSED, reason, at.status.agent, at.status.holder),
        tx.now,
    )
    tx.record(at.branch, EventType.COUNTER_PAUSED, counter=number, data={"reason": reason} if reason else {})


def close_counter(tx: Transaction, slug: str, number: int, principal: Principal) -> None:
    """Close the counter; tickets that wait for it alone move to the line of their service.

    Nothing changes if it is closed already. Raises CounterBusy while a ticket is there.
    """
    at = _enter_own(tx, slug, number, principal)
    _refuse_with_ticket(at)
    if at.status.state is not CounterState.CLOSED:
        release_counter(tx, at.branch, number, None)


def _enter_own(tx: Transaction, slug: str, number: int, principal: Principal) -> AtCounter:
    at = enter(tx, slug, number, principal)
    if principal.role is Role.AGENT and principal.person and at.status.holder not in (None, principal.id):
        raise CounterBusy(f"Counter {number} is held by {at.status.agent}.", at.ticket)
    return at


def _refuse_with_ticket(at: AtCounter) -> None:
    if at.ticket is not None:
        raise CounterBusy(f"Counter {at.status.number} still holds {at.ticket.number}.", at.ticket)
