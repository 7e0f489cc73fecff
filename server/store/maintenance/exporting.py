"""Exports the history row by row for other programs, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, Select, select

from server.domain.calendar import business_day
from server.domain.errors import NotFound
from server.store.sql.schema import branch, event, leg, ticket
from server.store.tables import branches, slugs

ExportKind: TypeAlias = Literal["tickets", "legs", "events"]

COLUMNS: dict[ExportKind, dict[str, Any]] = {
    "tickets": {
        "branch": branch.c.slug,
        "id": ticket.c.id,
        "business_day": ticket.c.business_day,
        "number": ticket.c.number,
        "service": ticket.c.service,
        "priority": ticket.c.priority,
        "state": ticket.c.state,
        "language": ticket.c.language,
        "issued_at": ticket.c.issued_at,
        "ended_at": ticket.c.ended_at,
        "counter": ticket.c.counter,
        "issued_by": ticket.c.origin,
        "note": ticket.c.note,
        "channel": ticket.c.channel,
    },
    "legs": {
        "branch": branch.c.slug,
        "ticket": leg.c.ticket_id,
        "business_day": leg.c.business_day,
        "number": ticket.c.number,
        "service": leg.c.service,
        "counter": leg.c.counter,
        "queued_at": leg.c.queued_at,
        "called_at": leg.c.called_at,
        "started_at": leg.c.started_at,
        "ended_at": leg.c.ended_at,
        "outcome": leg.c.outcome,
        "recalls": leg.c.recalls,
    },
    "events": {
        "branch": branch.c.slug,
        "seq": event.c.seq,
        "at": event.c.at,
        "type": event.c.type,
        "ticket": event.c.ticket_id,
        "number": event.c.number,
        "service": event.c.service,
        "counter": event.c.counter,
        "data": event.c.data,
    },
}
"""The source of each exported column. Times are UTC. A ticket's `service` is its present or last one."""


def rows(
    db: Connection, kind: ExportKind, slug: str | None = None, first: date | None = None, last: date | None = None
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of `COLUMNS[kind]`, branch by branch, oldest first; retired branches are included.

    `first` and `last` are business days of each branch, inclusive.

    Raises: NotFound if there is no branch with this slug.
    """
    if slug is not None and branches.id_of(db, slug) is None:
        slug = slugs.current_slug(db, slug) or slug
    query = select(branch.c.slug, branch.c.id)
    branch_rows = db.execute(query.where(branch.c.slug == slug) if slug is not None else query).all()
    if slug is not None and not branch_rows:
        raise NotFound(f"There is no branch {slug[:64]!r}.")
    for _slug, branch_id in sorted((r.slug, r.id) for r in branch_rows):
        for row in db.execute(_select(db, kind, branch_id, first, last).execution_options(yield_per=1000)):
            yield tuple(row)


def _select(db: Connection, kind: ExportKind, branch_id: int, first: date | None, last: date | None) -> Select[Any]:
    statement = select(*(column.label(name) for name, column in COLUMNS[kind].items()))
    if kind == "events":
        statement = statement.join_from(event, branch, event.c.branch_id == branch.c.id).order_by(event.c.seq)
        plan = branches.get_by_id(db, branch_id)
        if first is not None:
            statement = statement.where(event.c.at >= business_day.day_bounds(first, plan)[0])
        if last is not None:
            statement = statement.where(event.c.at < business_day.day_bounds(last, plan)[1])
        return statement.where(event.c.branch_id == branch_id)
    table = ticket if kind == "tickets" else leg
    if kind == "tickets":
        statement = statement.join_from(ticket, branch, ticket.c.branch_id == branch.c.id)
    else:
        statement = statement.join_from(leg, ticket, ticket.c.id == leg.c.ticket_id).join(
            branch, branch.c.id == leg.c.branch_id
        )
    if first is not None:
        statement = statement.where(table.c.business_day >= first)
    if last is not None:
        statement = statement.where(table.c.business_day <= last)
    return statement.where(table.c.branch_id == branch_id).order_by(table.c.id)
