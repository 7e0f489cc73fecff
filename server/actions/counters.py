"""Opening, pausing and closing a counter."""

from server.actions import day_end
from server.actions.at_counter import AtCounter, enter
from server.domain.counter import CounterNow, CounterState
from server.domain.errors import CounterBusy, CounterClosed
from server.domain.events import EventType
from server.domain.principal import Principal, Role
from server.store import counters
from server.store.transaction import Transaction


def open_counter(tx: Transaction, slug: str, number: int, principal: Principal, *, take_over: bool = False) -> None:
    """Open or resume the counter for the one who asks; open already for the same one, nothing changes.

    A person works at one counter. Raises CounterBusy where somebody else has it (unless `take_over`), or where the
    person holds a ticket at another counter; another empty one is closed.
    """
    at = enter(tx, slug, number, principal)
    held_by_other = at.now.holder is not None and at.now.holder != principal.id
    if held_by_other and at.now.state is not CounterState.CLOSED and principal.person and not take_over:
        raise CounterBusy(f"Counter {number} is held by {at.now.agent}.", at.ticket)
    if principal.person:
        _leave_others(tx, at, principal)
    holder = at.now.holder if held_by_other and not principal.person and at.now.holder else principal.id
    agent = at.now.agent if holder == at.now.holder and at.now.agent else principal.name
    wanted = CounterNow(number, CounterState.OPEN, None, agent, holder)
    if at.now != wanted:
        counters.put(tx.db, at.branch.id, wanted, tx.now)
        tx.record(at.branch, EventType.COUNTER_OPENED, counter=number, data={"agent": agent})


def _leave_others(tx: Transaction, at: AtCounter, principal: Principal) -> None:
    for branch_id, number in counters.held_by(tx.db, principal.id):
        if (branch_id, number) == (at.branch.id, at.profile.number):
            continue
        # whatever the principal may do there: it is the counter that this same person holds
        branch = day_end.enter_id(tx, branch_id)
        other = AtCounter(branch, branch.counter(number), *counters.with_ticket(tx.db, branch_id, number))
        if other.ticket is not None:
            raise CounterBusy(
                f"You still hold {other.ticket.number} at counter {number}. Finish there first.", other.ticket
            )
        _stop(tx, other, CounterState.CLOSED, None)
        if branch_id != at.branch.id:
            day_end.last_counter_closed(tx, branch)


def pause_counter(tx: Transaction, slug: str, number: int, principal: Principal, reason: str) -> None:
    """Pause with a reason. Raises CounterBusy while a ticket is there, CounterClosed where it is closed."""
    at = _idle(tx, slug, number, principal)
    if at.now.state is CounterState.CLOSED:
        raise CounterClosed(f"Counter {number} is closed.")
    _stop(tx, at, CounterState.PAUSED, reason)


def close_counter(tx: Transaction, slug: str, number: int, principal: Principal) -> None:
    """Close; closed already, nothing changes. Raises CounterBusy while a ticket is there."""
    at = _idle(tx, slug, number, principal)
    if at.now.state is not CounterState.CLOSED:
        _stop(tx, at, CounterState.CLOSED, None)
        day_end.last_counter_closed(tx, at.branch)


def _idle(tx: Transaction, slug: str, number: int, principal: Principal) -> AtCounter:
    at = enter(tx, slug, number, principal)
    if principal.role is Role.AGENT and principal.person and at.now.holder not in (None, principal.id):
        raise CounterBusy(f"Counter {number} is held by {at.now.agent}.", at.ticket)
    if at.ticket is not None:
        raise CounterBusy(f"Counter {number} still holds {at.ticket.number}.", at.ticket)
    return at


def _stop(tx: Transaction, at: AtCounter, state: CounterState, reason: str | None) -> None:
    keeps = state is CounterState.PAUSED
    wanted = CounterNow(
        at.profile.number, state, reason, at.now.agent if keeps else None, at.now.holder if keeps else None
    )
    counters.put(tx.db, at.branch.id, wanted, tx.now)
    kind = EventType.COUNTER_PAUSED if keeps else EventType.COUNTER_CLOSED
    tx.record(at.branch, kind, counter=at.profile.number, data={"reason": reason} if reason else {})
