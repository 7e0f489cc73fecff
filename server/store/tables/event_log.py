"""Reads of the append-only event log. `Transaction` writes it, together with the action."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from server.domain.history.events import Event, EventType
from server.store.sql.compiled_statements import CompiledStatement
from server.store.sql.schema import event

_COLUMNS = (
    event.c.seq, event.c.type, event.c.at, event.c.ticket_id, event.c.number, event.c.service, event.c.counter,
    event.c.data,
)  # fmt: skip
_SINCE = select(*_COLUMNS).where(event.c.branch_id == bindparam("branch_id"), event.c.seq > bindparam("seq"))
_AFTER = CompiledStatement(_SINCE.order_by(event.c.seq).limit(bindparam("limit")))
LATEST = _SINCE.order_by(event.c.seq.desc()).limit(bindparam("news"))
"""The last events after a seq, newest first."""


def event_of(row: Any) -> Event:
    """Build the event from a row of LATEST."""
    return Event(row.seq, EventType(row.type), row.at, row.ticket_id, row.number, row.service, row.counter, row.data)


def after(db: Connection, branch_id: int, seq: int, limit: int) -> list[Event]:
    """Return up to `limit` events of the branch after `seq`, oldest first."""
    return [event_of(r) for r in _AFTER.rows(db, branch_id=branch_id, seq=seq, limit=limit)]


def at_counter(db: Connection, branch_id: int, counter: int, since: datetime) -> list[Event]:
    """Return the counter's events since a moment, newest first."""
    rows = db.execute(
        select(*_COLUMNS)
        .where(event.c.branch_id == branch_id, event.c.counter == counter, event.c.at >= since)
        .order_by(event.c.seq.desc())
    )
    return [event_of(r) for r in rows]


def of_ticket(db: Connection, ticket_id: int) -> list[Event]:
    """Return the events of one ticket, oldest first."""
    rows = db.execute(select(*_COLUMNS).where(event.c.ticket_id == ticket_id).order_by(event.c.seq))
    return [event_of(r) for r in rows]
