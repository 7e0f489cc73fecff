"""Release all that a counter holds, so that no ticket waits for a counter where nobody works."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from server.actions.queue import day_end
from server.actions.queue.requeueing import queue_again
from server.domain.branch import Branch
from server.domain.counter import CounterState, CounterStatus
from server.domain.history.events import EventType
from server.domain.ticket import Ticket
from server.store.engines.store import Db
from server.store.engines.transaction import Transaction
from server.store.tables import counters, tickets

CLOSED = "counter_closed"
RETIRED = "retired"
ACCOUNT_DISABLED = "account_disabled"
REVOKED = "token_revoked"
OUT_OF_REACH = "out_of_reach"
"""The account that holds the counter has lost its access to the branch."""


@dataclass(frozen=True)
class ReleasedTickets:
    """The tickets that a counter released."""

    put_back: Ticket | None
    """The ticket that was called or served there; it waits again at its old place."""
    readdressed: tuple[Ticket, ...]
    """The tickets that waited for this counter alone; they keep their places in the line of their service."""


def release_counter(tx: Transaction, branch: Branch, number: int, reason: str | None) -> ReleasedTickets:
    """Close a counter of a branch that the transaction has entered, and release its ticket, line and holder.

    The counter may be retired. Each change is an event with the `reason`; None if a person closes the counter. Nothing
    changes if the counter is closed and holds nothing.
    """
    status, ticket = counters.with_ticket(tx.db, branch.id, number)
    why = reason or CLOSED
    put_back = ticket and queue_again(tx, branch, ticket, EventType.PUT_BACK, counter=number, reason=why)
    readdressed = tuple(
        queue_again(tx, branch, addressed, EventType.TRANSFERRED, reason=why)
        for addressed in tickets.addressed_to(tx.db, branch.id, number)
    )
    if status != (closed := CounterStatus(number, CounterState.CLOSED)):
        counters.put(tx.db, branch.id, closed, tx.now)
        tx.record(
            branch, EventType.COUNTER_CLOSED, counter=number, data={"reason": reason} if reason else {}
        )  # fmt: skip
        day_end.last_counter_closed(tx, branch)
    return ReleasedTickets(put_back, readdressed)


def release_retired_counters(tx: Transaction, branch: Branch) -> int:
    """Release the branch's retired counters that still hold anything; return how many."""
    left_behind = [number for branch_id, number in counters.retired_but_in_use(tx.db) if branch_id == branch.id]
    for number in left_behind:
        release_counter(tx, branch, number, RETIRED)
    return len(left_behind)


def any_left_behind(db: Db) -> bool:
    """Whether a retired counter of any branch still holds anything."""
    return bool(counters.retired_but_in_use(db))


def release_all_retired_counters(tx: Transaction) -> int:
    """Release retired counters of every branch, which data of earlier releases may have. Return how many."""
    branch_ids = sorted({branch_id for branch_id, _ in counters.retired_but_in_use(tx.db)})
    return sum(release_retired_counters(tx, tx.enter_id(branch_id)) for branch_id in branch_ids)


def release_counters_of(
    tx: Transaction, holder: str, reason: str, *, keep_in: Collection[int] = ()
) -> list[tuple[int, int]]:
    """Release every counter that an account or token holds, except in branches (by id) where it keeps access.

    Returns (branch id, number) of each. Enters those branches.
    """
    held = sorted(counter for counter in counters.held_by(tx.db, holder) if counter[0] not in keep_in)
    for branch_id, number in held:
        release_counter(tx, tx.enter_id(branch_id), number, reason)
    return held
