"""The end of a business day: what was left open expires, before anything is done on the next."""

from __future__ import annotations

from server.domain import business_day
from server.domain.branch import Branch
from server.domain.events import EventType
from server.domain.ticket import State
from server.store import branches, tickets
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
    if tx.expired_to(branch) != business_day.today(branch, tx.now):
        expire_open(tx, branch.id)
    return branch


def expire_open(tx: Transaction, branch_id: int) -> int:
    """End every ticket of earlier business days that was left open; returns how many."""
    branch = tx.enter_id(branch_id)
    day = business_day.today(branch, tx.now)
    if branches.expired_to(tx.db, branch_id) == day:
        return 0
    left = tickets.open_before(tx.db, branch_id, day)
    for ticket in left:
        tickets.swap(tx.db, ticket, State.EXPIRED, ended_at=tx.now, leg_id=None)
        if ticket.leg_id is not None:
            tickets.write_leg(tx.db, ticket.leg_id, ended_at=tx.now, outcome="expired")
        tx.record(branch, EventType.EXPIRED, ticket, counter=ticket.counter, data={"from": ticket.state.value})
    branches.set_expired_to(tx.db, branch_id, day)
    return len(left)
