"""Opening, pausing and closing a counter."""

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
    """Open or resume the counter for the one who asks; open already for the same one, nothing changes.

    A person works at one counter. Raises CounterBusy where somebody else has it (unless `take_over`), or where the
    person holds a ticket at another counter; another empty one is closed. A counter that the person cannot reach any
    more, retired or of another branch, lets go of its ticket.
    """
    at = enter(tx, slug, number, principal)
    held_by_other = at.now.holder is not None and at.now.holder != principal.id
    if held_by_other and at.now.state is not CounterState.CLOSED and principal.person and not take_over:
        raise CounterBusy(f"Counter {number} is held by {at.now.agent}.", at.ticket)
    if principal.person:
        _leave_others(tx, at, principal)
    holder = at.now.holder if held_by_other and not principal.person and at.now.holder else principal.id
    agent = at.now.agent if holder == at.now.holder and at.now.agent else principal.name
    wanted = CounterStatus(number, CounterState.OPEN, None, agent, holder)
    if at.now != wanted:
        counters.put(tx.db, at.branch.id, wanted, tx.now)
        tx.record(at.branch, EventType.COUNTER_OPENED, counter=number, data={"agent": agent, "holder": holder})


def _leave_others(tx: Transaction, at: AtCounter, principal: Principal) -> None:
    for branch_id, number in counters.held_by(tx.db, principal.id):
        if (branch_id, number) == (at.branch.id, at.profile.number):
            continue
        branch = day_end.enter_id(tx, branch_id)
        if not _reaches(principal, branch_id) or number not in {c.number for c in branch.active_counters}:
            release_counter(tx, branch, number, OUT_OF_REACH)
            continue
        # whatever the principal may do there: it is the counter that this same person holds
        other = AtCounter(branch, branch.counter(number), *counters.with_ticket(tx.db, branch_id, number))
        if other.ticket is not None:
            raise CounterBusy(
                f"You still hold {other.ticket.number} at counter {number}. Finish there first.", other.ticket
            )
        release_counter(tx, other.branch, number, None)


def _reaches(principal: Principal, branch_id: int) -> bool:
    """Whether the principal works in that branch too; its role and branch are those of the branch that it asks for."""
    reached = [m.branch_id for m in principal.memberships] or [principal.branch_id]
    return None in reached or branch_id in reached


def pause_counter(
    tx: Transaction, slug: str, number: int, principal: Principal, reason: str, *, after_customer: bool = False
) -> None:
    """Pause with a reason; with `after_customer`, once the customer who is there has left.

    Raises CounterBusy while a ticket is there otherwise, CounterClosed where it is closed.
    """
    at = _own(tx, slug, number, principal)
    if after_customer and at.ticket is not None:
        pause_later(tx, at.branch, at.now, reason)
        return
    _refuse_with_ticket(at)
    if at.now.state is CounterState.CLOSED:
        raise CounterClosed(f"Counter {number} is closed.")
    counters.put(
        tx.db, at.branch.id, CounterStatus(number, CounterState.PAUSED, reason, at.now.agent, at.now.holder), tx.now
    )
    tx.record(at.branch, EventType.COUNTER_PAUSED, counter=number, data={"reason": reason} if reason else {})


def close_counter(tx: Transaction, slug: str, number: int, principal: Principal) -> None:
    """Close; closed already, nothing changes. Who waits for this counter alone goes to the line of the service.

    Raises CounterBusy while a ticket is there.
    """
    at = _own(tx, slug, number, principal)
    _refuse_with_ticket(at)
    if at.now.state is not CounterState.CLOSED:
        release_counter(tx, at.branch, number, None)


def _own(tx: Transaction, slug: str, number: int, principal: Principal) -> AtCounter:
    at = enter(tx, slug, number, principal)
    if principal.role is Role.AGENT and principal.person and at.now.holder not in (None, principal.id):
        raise CounterBusy(f"Counter {number} is held by {at.now.agent}.", at.ticket)
    return at


def _refuse_with_ticket(at: AtCounter) -> None:
    if at.ticket is not None:
        raise CounterBusy(f"Counter {at.now.number} still holds {at.ticket.number}.", at.ticket)
