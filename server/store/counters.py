"""Counters as they are now."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from server.domain.counter import CounterNow, CounterState
from server.store.prepared import Prepared
from server.store.schema import counter

_COLUMNS = (counter.c.number, counter.c.state, counter.c.reason, counter.c.agent, counter.c.holder)
_ONE = Prepared(
    select(*_COLUMNS).where(counter.c.branch_id == bindparam("branch_id"), counter.c.number == bindparam("number"))
)
EVERY = (
    select(*_COLUMNS)
    .where(counter.c.branch_id == bindparam("branch_id"), ~counter.c.retired)
    .order_by(counter.c.number)
)
_EVERY = Prepared(EVERY)
OPEN = select(counter.c.number).where(
    counter.c.branch_id == bindparam("branch_id"), ~counter.c.retired, counter.c.state == CounterState.OPEN.value
)


def get(db: Connection, branch_id: int, number: int) -> CounterNow:
    """The counter now; the caller has checked that it exists."""
    return now_of(_ONE.row(db, branch_id=branch_id, number=number))


def every(db: Connection, branch_id: int) -> list[CounterNow]:
    """All counters of a branch that are not retired, by number."""
    return [now_of(r) for r in _EVERY.rows(db, branch_id=branch_id)]


def held_by(db: Connection, holder: str) -> list[tuple[int, int]]:
    """(branch id, number) of the counters that a principal holds."""
    rows = db.execute(select(counter.c.branch_id, counter.c.number).where(counter.c.holder == holder))
    return [(r.branch_id, r.number) for r in rows]


def put(db: Connection, branch_id: int, now: CounterNow, at: datetime) -> None:
    """Write what happens at the counter now."""
    db.execute(
        update(counter)
        .where(counter.c.branch_id == branch_id, counter.c.number == now.number)
        .values(state=now.state.value, reason=now.reason, agent=now.agent, holder=now.holder, changed_at=at)
    )


def now_of(row: Any) -> CounterNow:
    """The counter of a row of EVERY."""
    return CounterNow(row.number, CounterState(row.state), row.reason, row.agent, row.holder)
