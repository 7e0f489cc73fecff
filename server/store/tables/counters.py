"""Counters as they are now."""

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
    now=select(*_COLUMNS).where(
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
"""The counters that are open or on a break."""


def with_ticket(db: Connection, branch_id: int, number: int) -> tuple[CounterStatus, Ticket | None]:
    """(the counter now, the ticket that is called or served there); the caller has checked that it exists."""
    found = _WITH_TICKET.rows(db, branch_id=branch_id, counter=number)
    return now_of(found["now"][0]), tickets.one_of(found)


def every(db: Connection, branch_id: int) -> list[CounterStatus]:
    """All counters of a branch that are not retired, by number."""
    return [now_of(r) for r in _EVERY.rows(db, branch_id=branch_id)]


def used_between(db: Connection, branch_id: int, since: datetime, until: datetime) -> set[int]:
    """The counters at which somebody did something in that time, the end excluded."""
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
    """(branch id, number) of the counters that a principal holds."""
    rows = db.execute(
        select(counter.c.branch_id, counter.c.number)
        .join(branch, branch.c.id == counter.c.branch_id)
        .where(counter.c.holder == holder, ~branch.c.retired)
    )
    return [(r.branch_id, r.number) for r in rows]


def left_behind(db: Connection) -> list[tuple[int, int]]:
    """(branch id, number) of the retired counters that still are open or held, or hold or await a ticket."""
    its = ticket.c.branch_id == counter.c.branch_id
    rows = db.execute(
        select(counter.c.branch_id, counter.c.number)
        .join(branch, branch.c.id == counter.c.branch_id)
        .where(
            counter.c.retired,
            ~branch.c.retired,
            or_(
                counter.c.state != CounterState.CLOSED.value,
                counter.c.holder.is_not(None),
                exists().where(its, ticket.c.counter == counter.c.number, tickets.IS_AT_COUNTER),
                exists().where(its, ticket.c.for_counter == counter.c.number, tickets.IS_MOVED),
            ),
        )
        .order_by(counter.c.branch_id, counter.c.number)
    )
    return [(r.branch_id, r.number) for r in rows]


def put(db: Connection, branch_id: int, now: CounterStatus, at: datetime) -> None:
    """Write what happens at the counter now."""
    db.execute(
        update(counter)
        .where(counter.c.branch_id == branch_id, counter.c.number == now.number)
        .values(
            state=now.state.value,
            reason=now.reason,
            pause_after=now.pause_after,
            agent=now.agent,
            holder=now.holder,
            changed_at=at,
        )
    )


def now_of(row: Any) -> CounterStatus:
    """The counter of a row of EVERY."""
    return CounterStatus(row.number, CounterState(row.state), row.reason, row.agent, row.holder, row.pause_after)
