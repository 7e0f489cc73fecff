"""Report rows: legs and issued tickets of a range of business days, grouped by one key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    String,
    Table,
    and_,
    bindparam,
    func,
    select,
    type_coerce,
)

from server.domain.branch import Branch
from server.domain.history import measures
from server.domain.history.measures import SECOND, Row
from server.store.sql.compiled_statements import CompiledStatement
from server.store.sql.schema import leg, ticket

By = Literal["counter", "service", "hour", "day"]
QUARTER = 900
"""Seconds in a quarter of an hour. Offsets from UTC, and their changes, are whole quarters."""


def report(db: Connection, branch: Branch, first: date, last: date, by: By) -> list[Row]:
    """Return the rows of business days `first` to `last` (inclusive), by counter, service, hour or day.

    Hours and days are in the branch's timezone. A ticket counts in the hour in which it was issued, a leg in the hour
    in which it was queued. A leg that was never called has no counter, so the report by counter counts calls only and
    no issued tickets.
    """
    span = {"branch": branch.id, "first": first, "last": last}
    rows = measures.report(
        _legs(by).raw_rows(db, **span),
        {} if by == "counter" else dict(_tickets(by).raw_rows(db, **span)),
        {s.code: int(s.target_wait.total_seconds() * SECOND) for s in branch.services},
        _hours(branch) if by == "hour" else str,
    )
    if by == "hour":
        # hours after midnight come last, in the order of the business day
        rows.sort(key=lambda row: (int(row.key[:2]) - branch.day_start.hour) % 24)
    return rows


# Statements are built once: building one takes as long as reading a hundred legs.


@cache
def _legs(by: By) -> CompiledStatement:
    """Return the statement for called legs in the columns of `LegRecord`; times are in microseconds."""
    keys: dict[By, ColumnElement[Any]] = {
        "counter": leg.c.counter,
        "service": leg.c.service,
        "day": type_coerce(leg.c.business_day, String),
        "hour": _micros(leg.c.queued_at) // (QUARTER * SECOND),
    }
    times = (leg.c.queued_at, leg.c.called_at, leg.c.started_at, leg.c.ended_at)
    called = select(keys[by].label("key"), *(_micros(t).label(t.name) for t in times), leg.c.outcome, leg.c.service)
    return CompiledStatement(called.where(_of_span(leg), leg.c.called_at.is_not(None)))


@cache
def _tickets(by: By) -> CompiledStatement:
    """Return the statement for (key, number of tickets issued); there is none by counter."""
    keys: dict[By, ColumnElement[Any]] = {
        "service": leg.c.service,
        "day": type_coerce(ticket.c.business_day, String),
        "hour": _micros(ticket.c.issued_at) // (QUARTER * SECOND),
    }
    key = keys[by].label("key")
    issued = select(key, func.count().label("count")).where(_of_span(ticket)).group_by(key)
    if by == "service":
        # the first leg has the service for which the ticket was issued, also after a transfer
        any_leg = leg.alias()
        first_leg = select(func.min(any_leg.c.id)).where(any_leg.c.ticket_id == ticket.c.id).scalar_subquery()
        issued = issued.join_from(ticket, leg, leg.c.id == first_leg)
    return CompiledStatement(issued)


def _of_span(table: Table) -> ColumnElement[bool]:
    days = table.c.business_day.between(bindparam("first"), bindparam("last"))
    return and_(table.c.branch_id == bindparam("branch"), days)


def _micros(column: ColumnElement[Any]) -> ColumnElement[int]:
    return type_coerce(column, BigInteger)


def _hours(branch: Branch) -> Callable[[int], str]:
    """Return the function from a quarter of an hour, counted from 1970 UTC, to the branch's local hour."""
    zone = branch.zone

    @cache
    def hour(quarter: int) -> str:
        return f"{datetime.fromtimestamp(quarter * QUARTER, UTC).astimezone(zone):%H}:00"

    return hour
