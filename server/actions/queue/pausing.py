"""Pause a counter when its customer leaves."""

from __future__ import annotations

from dataclasses import replace

from server.domain.branch import Branch
from server.domain.counter import CounterState, CounterStatus
from server.domain.history.events import EventType
from server.domain.ticket import AT_COUNTER, Ticket
from server.store.engines.transaction import Transaction
from server.store.tables import counters


def pause_later(tx: Transaction, branch: Branch, counter: CounterStatus, reason: str) -> None:
    """Plan a pause for when the customer leaves; if the same pause is planned already, nothing changes."""
    if counter.pause_after == reason:
        return
    counters.put(tx.db, branch.id, replace(counter, pause_after=reason), tx.now)
    tx.record(branch, EventType.COUNTER_PAUSING, counter=counter.number, data={"reason": reason})


def customer_left(tx: Transaction, branch: Branch, counter: CounterStatus) -> None:
    """Pause the counter if a pause is planned. `counter` is its status with the customer."""
    reason = counter.pause_after
    if reason is None:
        return
    counters.put(
        tx.db,
        branch.id,
        CounterStatus(counter.number, CounterState.PAUSED, reason, counter.agent, counter.holder),
        tx.now,
    )
    data = {"reason": reason, "after_customer": True}
    tx.record(branch, EventType.COUNTER_PAUSED, counter=counter.number, data=data)


def taken_from_counter(tx: Transaction, branch: Branch, ticket: Ticket) -> None:
    """Apply a planned pause when a ticket is removed from any counter; `ticket` is its previous state."""
    if ticket.state in AT_COUNTER and ticket.counter is not None:
        counter, _ = counters.with_ticket(tx.db, branch.id, ticket.counter)
        customer_left(tx, branch, counter)


def resume(tx: Transaction, branch: Branch, counter: CounterStatus, reason: str) -> None:
    """Reopen the counter as it was before its customer left, with the pause planned again for that reason."""
    opened = CounterStatus(counter.number, CounterState.OPEN, None, counter.agent, counter.holder)
    data = {"agent": counter.agent, "holder": counter.holder}
    tx.record(branch, EventType.COUNTER_OPENED, counter=counter.number, data=data)
    pause_later(tx, branch, opened, reason)
