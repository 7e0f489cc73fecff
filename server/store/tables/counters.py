"""The present state of counters: open, paused or closed, by whom, and with which ticket."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, or_, select, update

from server.domain.counter import CounterState, CounterStatus
from server.domain.history.events import EventType
from server.domain.ticket import Ticket
from server.store.sql.compiled_statements import CompiledStatement, MultiQuery
from server.store.sql.schema import branch, counter, event, ticket
from server.store.tables import tickets

_COLUMNS = (
    counter.c.number,
    counter.c.state,
    counter.c.reason,
    counter.c.agent,
    counter.c.holder,
    counter.c.pause_after,
)
_WITH_TICKET = MultiQuery(
    state=select(*_COLUMNS).where(
        counter.c.branch_id == bindparam("branch_id"), counter.c.number == bindparam("counter")
    ),
    **tickets.AT_COUNTER,
)
EVERY = (
    select(*_COLUMNS)
    .where(counter.c.branch_id == bindparam("branch_id"), ~counter.c.retired)
    .order_by(counter.c.number)
)
_EVERY = CompiledStatement(EVERY)
STAFFED = select(counter.c.number, counter.c.state).where(
    counter.c.branch_id == bindparam("branch_id"), ~counter.c.retired, counter.c.state != CounterState.CLOSED.value
)
"""The counters that are open or paused."""


def with_ticket(db: Connection, branch_id: int, number: int) -> tuple[CounterStatus, Ticket | None]:
    """Return the counter's state and the ticket called or served there. The caller has checked that it exists."""
    rows = _WITH_TICKET.rows(db, branch_id=branch_id, counter=number)
    return counter_of(rows["state"][0]), tickets.ticket_of_rows(rows)


def list_active(db: Connection, branch_id: int) -> list[CounterStatus]:
    """Return the branch's counters that are not retired, by number."""
    return [counter_of(r) for r in _EVERY.rows(db, branch_id=branch_id)]


def used_between(db: Connection, branch_id: int, since: datetime, until: datetime) -> set[int]:
    """Return the numbers of the counters with an event of staff from `since` until before `until`."""
    rows = db.execute(
        select(event.c.counter)
        .where(
            event.c.branch_id == branch_id,
            event.c.counter.is_not(None),
            event.c.counter.in_(select(counter.c.number).where(counter.c.branch_id == branch_id)),
            event.c.at >= since,
            event.c.at < until,
            event.c.type.not_in([EventType.EXPIRED.value, EventType.CARRIED.value]),
        )
        .distinct()
    )
    return {r.counter for r in rows}


def held_by(db: Connection, holder: str) -> list[tuple[int, int]]:
    """Return (branch id, number) of the counters that a principal holds."""
    rows = db.execute(
        select(counter.c.branch_id, counter.c.number)
        .join(branch, branch.c.id == counter.c.branch_id)
        .where(counter.c.holder == holder, ~branch.c.retired)
    )
    return [(r.branch_id, r.number) for r in rows]


def retired_but_in_use(db: Connection) -> list[tuple[int, int]]:
    """Return (branch id, number) of retired counters that are still open or held, or have or await a ticket."""
    same_branch = ticket.c.branch_id == counter.c.branch_id
    rows = db.execute(
        select(counter.c.branch_id, counter.c.number)
        .join(branch, branch.c.id == counter.c.branch_id)
        .where(
            counter.c.retired,
            ~branch.c.retired,
            or_(
                counter.c.state != CounterState.CLOSED.value,
                counter.c.holder.is_not(None),
                exists().where(same_branch, ticket.c.counter == counter.c.number, tickets.IS_AT_COUNTER),
                exists().where(same_branch, ticket.c.for_counter == counter.c.number, tickets.IS_MOVED),
            ),
        )
        .order_by(counter.c.branch_id, counter.c.number)
    )
    return [(r.branch_id, r.number) for r in rows]


def put(db: Connection, branch_id: int, state: CounterStatus, at: datetime) -> None:
    """Write the counter's state, changed at `at`."""
    db.execute(
        update(counter)
        .where(counter.c.branch_id == branch_id, counter.c.number == state.number)
        .values(
            state=state.state.value,
            reason=state.reason,
            pause_after=state.pause_after,
            agent=state.agent,
            holder=state.holder,
            changed_at=at,
        )
    )


def counter_of(row: Any) -> CounterStatus:
    """Build the counter's state from a row of EVERY."""
    return CounterStatus(row.number, CounterState(row.state), row.reason, row.agent, row.holder, row.pause_after)
