"""The end of a business day: what was left open expires, before anything is done on the next."""

from __future__ import annotations

from server.domain import business_day
from server.domain.branch import Branch
from server.domain.counter import CounterNow, CounterState
from server.domain.events import EventType
from server.domain.opening import opening
from server.domain.ticket import State, Ticket
from server.store import branches, counters, tickets
from server.store.transaction import Transaction


def enter(tx: Transaction, slug: str) -> Branch:
    """The branch of that slug, its row taken first and its earlier days ended.

    So nobody is called today who took a number yesterday, wherever the server was at midnight. Raises NotFound.
    """
    return _ended(tx, tx.enter(slug))


def enter_id(tx: Transaction, branch_id: int) -> Branch:
    """The same by id."""
    return _ended(tx, tx.enter_id(branch_id))


def _ended(tx: Transaction, branch: Branch) -> Branch:
    before, day = tx.expired_to(branch), business_day.today(branch, tx.now)
    if before is None or before < day:
        expire_open(tx, branch.id)
    return branch


def expire_open(tx: Transaction, branch_id: int) -> int:
    """End the business days before today's: their open tickets expire, their counters close; returns how many tickets.

    A counter stays open where the branch, by its declared hours, is open while the day turns: somebody works there.
    """
    branch = tx.enter_id(branch_id)
    day = business_day.today(branch, tx.now)
    before = branches.expired_to(tx.db, branch_id)
    if before is not None and before >= day:
        return 0
    left = tickets.open_before(tx.db, branch_id, day)
    for ticket in left:
        expire(tx, branch, ticket)
    branches.set_expired_to(tx.db, branch_id, day)
    if before is not None:
        begins, _ = business_day.day_bounds(day, branch)
        if branch.hours is None or not opening(branch, begins).open:
            _close_counters(tx, branch)
        # an event of its own, so that every screen hears of the new day, and of its new numbers
        tx.record(branch, EventType.DAY_STARTED, data={"day": day.isoformat()})
    return len(left)


def expire(tx: Transaction, branch: Branch, ticket: Ticket, **data: str) -> None:
    """End an open ticket that nobody ended."""
    tickets.swap(tx.db, ticket, State.EXPIRED, ended_at=tx.now, leg_id=None)
    if ticket.leg_id is not None:
        tickets.write_leg(tx.db, ticket, ticket.leg_id, ended_at=tx.now, outcome="expired")
    tx.record(branch, EventType.EXPIRED, ticket, counter=ticket.counter, data={"from": ticket.state.value, **data})


def _close_counters(tx: Transaction, branch: Branch) -> None:
    for now in counters.every(tx.db, branch.id):
        if now.state is not CounterState.CLOSED:
            counters.put(tx.db, branch.id, CounterNow(now.number, CounterState.CLOSED), tx.now)
            tx.record(branch, EventType.COUNTER_CLOSED, counter=now.number, data={"reason": "day_end"})
