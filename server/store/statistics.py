"""What a report is made of: legs and issues of a span of business days, keyed as asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    String,
    Table,
    and_,
    bindparam,
    func,
    select,
    type_coerce,
)

from server.domain import measures
from server.domain.branch import Branch
from server.domain.measures import SECOND, LegRecord, Row
from server.store.schema import leg, ticket

By = Literal["counter", "service", "hour", "day"]
QUARTER = 900
"""Seconds. Zones differ from UTC, and change by how much, by whole quarters of an hour."""

AT_ONCE = 2000
"""Rows that are fetched together."""


def report(db: Connection, branch: Branch, first: date, last: date, by: By) -> list[Row]:
    """The rows of business days `first` to `last` (included), by counter, service, hour or day.

    Hours and days are the branch's own; a ticket counts as issued in the hour it was issued, a leg in the hour it was
    queued. Legs that nobody called have no counter, so that report counts what was called and no issues.
    """
    shown = _hours(branch) if by == "hour" else str
    span = {"branch": branch.id, "first": first, "last": last}
    rows = measures.report(_called(db, branch, by, span, shown), _issued(db, by, span, shown))
    if by == "hour":
        # a night's hours stand in the order in which they came
        rows.sort(key=lambda row: (int(row.key[:2]) - branch.day_start.hour) % 24)
    return rows


def _called(
    db: Connection, branch: Branch, by: By, span: dict[str, Any], shown: Callable[[Any], str]
) -> Iterator[LegRecord]:
    """The called legs, with times as the database keeps them."""
    targets = {s.code: int(s.target_wait.total_seconds() * SECOND) for s in branch.services}
    for some in db.execute(_legs(by), span).partitions(AT_ONCE):
        for key, queued_at, called_at, started_at, ended_at, outcome, service in some:
            yield LegRecord(shown(key), queued_at, called_at, started_at, ended_at, outcome, targets[service])


def _issued(db: Connection, by: By, span: dict[str, Any], shown: Callable[[Any], str]) -> Counter[str]:
    """How many tickets of each key were issued; none by counter."""
    counted: Counter[str] = Counter()
    if by != "counter":
        for key, count in db.execute(_tickets(by), span):
            counted[shown(key)] += count
    return counted


# Statements are made once: making one takes as long as reading a hundred legs.


@cache
def _legs(by: By) -> Select[Any]:
    keys: dict[By, ColumnElement[Any]] = {
        "counter": leg.c.counter,
        "service": leg.c.service,
        "day": type_coerce(leg.c.business_day, String),
        "hour": _micros(leg.c.queued_at) // (QUARTER * SECOND),
    }
    times = (leg.c.queued_at, leg.c.called_at, leg.c.started_at, leg.c.ended_at)
    called = select(keys[by], *map(_micros, times), leg.c.outcome, leg.c.service)
    return called.where(_of_span(leg), leg.c.called_at.is_not(None))


@cache
def _tickets(by: By) -> Select[Any]:
    keys: dict[By, ColumnElement[Any]] = {
        "service": leg.c.service,
        "day": type_coerce(ticket.c.business_day, String),
        "hour": _micros(ticket.c.issued_at) // (QUARTER * SECOND),
    }
    key = keys[by].label("key")
    issued = select(key, func.count()).where(_of_span(ticket)).group_by(key)
    if by == "service":
        # its first leg tells the service that a ticket was issued for, wherever it has been sent since
        any_leg = leg.alias()
        first_leg = select(func.min(any_leg.c.id)).where(any_leg.c.ticket_id == ticket.c.id).scalar_subquery()
        issued = issued.join_from(ticket, leg, leg.c.id == first_leg)
    return issued


def _of_span(table: Table) -> ColumnElement[bool]:
    days = table.c.business_day.between(bindparam("first"), bindparam("last"))
    return and_(table.c.branch_id == bindparam("branch"), days)


def _micros(column: ColumnElement[Any]) -> ColumnElement[int]:
    return type_coerce(column, BigInteger)


def _hours(branch: Branch) -> Callable[[int], str]:
    """The branch's hour of a quarter, counted from 1970 UTC."""
    zone = branch.zone

    @cache
    def hour(quarter: int) -> str:
        return f"{datetime.fromtimestamp(quarter * QUARTER, UTC).astimezone(zone):%H}:00"

    return hour
