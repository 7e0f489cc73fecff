"""Somebody no longer works in a branch: the counters held there are closed, and whoever was at one waits again."""

from __future__ import annotations

from collections.abc import Collection

from server.actions import day_end, moving
from server.domain.counter import CounterNow, CounterState
from server.domain.errors import NotFound
from server.domain.events import EventType
from server.store import counters
from server.store.transaction import Transaction


def leave_counters(tx: Transaction, holder: str, *, stays_in: Collection[int | None]) -> None:
    """Close the counters that `holder` (`user:3`) has open outside the branches `stays_in`.

    A customer who is called or served there waits again, at the old place.
    """
    for branch_id, number in counters.held_by(tx.db, holder):
        if branch_id in stays_in:
            continue
        try:
            branch = day_end.enter_id(tx, branch_id)
        except NotFound:
            continue  # the branch itself is retired
        now, ticket = counters.with_ticket(tx.db, branch_id, number)
        if now.holder != holder:
            continue  # the day has ended, and closed it
        if ticket is not None:
            moving.queue_again_from(tx, branch, ticket, number)
        counters.put(tx.db, branch_id, CounterNow(number, CounterState.CLOSED), tx.now)
        tx.record(branch, EventType.COUNTER_CLOSED, counter=number, data={"reason": "account"})
