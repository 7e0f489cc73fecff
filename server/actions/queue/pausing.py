"""A counter that pauses once its customer has left."""

from __future__ import annotations

from dataclasses import replace

from server.domain.branch import Branch
from server.domain.counter import CounterState, CounterStatus
from server.domain.history.events import EventType
from server.domain.ticket import AT_COUNTER, Ticket
from server.store.engines.transaction import Transaction
from server.store.tables import counters


def pause_later(tx: Transaction, branch: Branch, now: CounterStatus, reason: str) -> None:
    """Let the counter go on until its customer leaves, and then be paused; asked for already, nothing changes."""
    if now.pause_after == reason:
        return
    counters.put(tx.db, branch.id, replace(now, pause_after=reason), tx.now)
    tx.record(branch, EventType.COUNTER_PAUSING, counter=now.number, data={"reason": reason})


def customer_left(tx: Transaction, branch: Branch, now: CounterStatus) -> None:
    """Pause the counter whose customer has left, where that was asked for. `now` is how it was with him."""
    reason = now.pause_after
    if reason is None:
        return
    counters.put(
        tx.db, branch.id, CounterStatus(now.number, CounterState.PAUSED, reason, now.agent, now.holder), tx.now
    )
    data = {"reason": reason, "after_customer": True}
    tx.record(branch, EventType.COUNTER_PAUSED, counter=now.number, data=data)


def taken_from_counter(tx: Transaction, branch: Branch, ticket: Ticket) -> None:
    """The same for a ticket that somebody takes from wherever it is; `ticket` is how it was before."""
    if ticket.state in AT_COUNTER and ticket.counter is not None:
        now, _ = counters.with_ticket(tx.db, branch.id, ticket.counter)
        customer_left(tx, branch, now)


def resume(tx: Transaction, branch: Branch, now: CounterStatus, reason: str) -> None:
    """Open the counter again as it was before its customer left: about to pause for that reason."""
    opened = CounterStatus(now.number, CounterState.OPEN, None, now.agent, now.holder)
    data = {"agent": now.agent, "holder": now.holder}
    tx.record(branch, EventType.COUNTER_OPENED, counter=now.number, data=data)
    pause_later(tx, branch, opened, reason)
