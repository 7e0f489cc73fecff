"""What a report is made of: legs and issues of a span of business days, keyed as asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, func, select

from server.domain import measures
from server.domain.branch import Branch
from server.domain.measures import LegRecord, Row
from server.store.schema import leg, ticket

By = Literal["counter", "service", "hour", "day"]


def report(db: Connection, branch: Branch, first: date, last: date, by: By) -> list[Row]:
    """The rows of business days `first` to `last` (included), by counter, service, hour or day.

    Hours and days are the branch's own; a ticket counts as issued in the hour it was issued, a leg in the hour it was
    queued. Legs that nobody called have no counter, so that report counts what was called and no issues.
    """
    legs = db.execute(
        select(
            leg.c.service,
            leg.c.counter,
            leg.c.business_day,
            leg.c.queued_at,
            leg.c.called_at,
            leg.c.started_at,
            leg.c.ended_at,
            leg.c.outcome,
        ).where(leg.c.branch_id == branch.id, leg.c.business_day.between(first, last), leg.c.called_at.is_not(None))
    )
    hour = _hours(branch)
    keys: dict[By, Callable[[str, int | None, date, datetime], str]] = {
        "counter": lambda service, counter, day, at: str(counter),  # noqa: ARG005
        "service": lambda service, counter, day, at: service,  # noqa: ARG005
        "hour": lambda service, counter, day, at: hour(at),  # noqa: ARG005
        "day": lambda service, counter, day, at: day.isoformat(),  # noqa: ARG005
    }
    key = keys[by]
    records = [
        LegRecord(
            key(r.service, r.counter, r.business_day, r.queued_at),
            r.queued_at,
            r.called_at,
            r.started_at,
            r.ended_at,
            r.outcome,
            branch.service(r.service).target_wait,
        )
        for r in legs
    ]
    if by == "counter":
        issued = []
    else:
        # its first leg tells the service that a ticket was issued for, wherever it has been sent since
        any_leg = leg.alias()
        first_leg = select(func.min(any_leg.c.id)).where(any_leg.c.ticket_id == ticket.c.id).scalar_subquery()
        tickets = db.execute(
            select(ticket.c.business_day, ticket.c.issued_at, leg.c.service)
            .join_from(ticket, leg, leg.c.id == first_leg)
            .where(ticket.c.branch_id == branch.id, ticket.c.business_day.between(first, last))
        )
        issued = [key(r.service, None, r.business_day, r.issued_at) for r in tickets]
    rows = measures.report(records, issued)
    if by == "hour":
        # a night's hours stand in the order in which they came
        rows.sort(key=lambda row: (int(row.key[:2]) - branch.day_start.hour) % 24)
    return rows


def _hours(branch: Branch) -> Callable[[datetime], str]:
    zone = branch.zone
    return lambda at: f"{at.astimezone(zone):%H}:00"
