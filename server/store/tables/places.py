"""Reads the context of a place in line, and what issuing a number needs, each in one round trip."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    Subquery,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
    union_all,
)

from server.domain.counter import CounterState
from server.domain.queue.policy import Place
from server.domain.waits.forecast import LineContext
from server.store.sql.compiled_statements import MultiQuery, Query
from server.store.sql.ids import NextId
from server.store.sql.schema import Instant, device, leg, number_series, print_job, ticket
from server.store.tables import counters
from server.store.tables.tickets import IN_LINE, IS_OPEN

RECENT_CUSTOMERS = 30
"""How many of a service's last customers the forecast uses."""


@dataclass(frozen=True)
class IssueContext:
    """What issuing a number needs."""

    last: int | None
    """The last ordinal issued in the series today; None before the first."""
    phones: int
    """How many numbers of the series phones have taken today."""
    left_out: int
    """How many ordinals up to the last were skipped, since open tickets of another day had these numbers."""
    still_open: frozenset[str]
    """The numbers of open tickets of other days."""
    ticket_id: int
    leg_id: int
    job_id: int
    """The ids for the new ticket, its first leg and its print job."""
    line_context: LineContext
    printers: frozenset[str]
    """The names of the branch's printers."""
    own_printer: str | None
    """The printer of the device that issues the ticket; None if it has none."""


def line_context(db: Connection, branch_id: int, place: Place) -> LineContext:
    """Return the context of a place in line."""
    rows = _line_context_query(len(place.services), len(place.limits)).rows(db, **_parameters(branch_id, place))
    return _line_context_of(place, rows)


def issue_context(
    db: Connection, branch_id: int, day: date, place: Place, device_id: int | None, *, other_days: bool
) -> IssueContext:
    """Return what issuing a number at `place` needs; `device_id` is the device that issues it, if any.

    `other_days` is true if there may be open tickets of other business days; only then are their numbers read.
    """
    rows = _issue_query(len(place.services), len(place.limits), other_days).rows(
        db, **_parameters(branch_id, place), business_day=day, device_id=device_id
    )
    (ids,) = rows["ids"]
    last, devices = rows["last"], rows["devices"]
    return IssueContext(
        last=last[0].last if last else None, phones=last[0].phones if last else 0,
        left_out=last[0].left_out if last else 0,
        still_open=frozenset(row.number for row in rows.get("still_open", ())), ticket_id=ids.ticket,
        leg_id=ids.leg, job_id=ids.print_job, line_context=_line_context_of(place, rows),
        printers=frozenset(d.name for d in devices if d.role == "printer"),
        own_printer=next((d.printer for d in devices if d.id == device_id), None),
    )  # fmt: skip


def recent_service_times(services: int) -> CompoundSelect[*tuple[Any, ...]]:
    """Return the query for (which, micros, n) of services, given as parameters `service_0`, `service_1`, ….

    `which` is the service's index, `micros` the total time of its last customers, `n` how many they are.
    """
    queries = [(n, _recent_times(f"service_{n}")) for n in range(services)]
    return union_all(*(select(literal(n).label("which"), *_sum(times)).select_from(times) for n, times in queries))


def _parameters(branch_id: int, place: Place) -> dict[str, Any]:
    values: dict[str, Any] = {"branch_id": branch_id, "service": place.service, "ticket_id": place.ticket_id}
    values |= {f"service_{n}": service for n, service in enumerate(place.services)}
    for n, (priority, limit) in enumerate(place.limits.items()):
        values |= {f"priority_{n}": priority, f"place_at_{n}": limit}
    return values


def _line_context_of(place: Place, rows: dict[str, list[Any]]) -> LineContext:
    (served,) = rows["served"]
    before = dict.fromkeys(place.services, 0)
    for row in rows["before"]:
        before[place.services[row.which]] += row.n
    return LineContext(
        before,
        {row.number for row in rows["staffed"] if row.state == CounterState.OPEN.value},
        {row.number for row in rows["staffed"] if row.state == CounterState.PAUSED.value},
        (served.micros / 1e6, served.n),
    )


@cache
def _line_context_query(services: int, classes: int) -> MultiQuery:
    return MultiQuery(**_line_context_queries(services, classes))


@cache
def _issue_query(services: int, classes: int, other_days: bool) -> MultiQuery:
    still_open = select(ticket.c.number).where(
        ticket.c.branch_id == bindparam("branch_id"), IS_OPEN, ticket.c.business_day != bindparam("business_day")
    )
    return MultiQuery(
        **_line_context_queries(services, classes),
        **({"still_open": still_open} if other_days else {}),
        last=select(number_series.c.last, number_series.c.phones, number_series.c.left_out).where(
            number_series.c.branch_id == bindparam("branch_id"),
            number_series.c.service == bindparam("service"),
            number_series.c.business_day == bindparam("business_day"),
        ),
        ids=select(*(NextId(table).label(table.name) for table in (ticket, leg, print_job))),
        devices=select(device.c.id, device.c.role, device.c.name, device.c.printer).where(
            device.c.branch_id == bindparam("branch_id"),
            ~device.c.retired,
            or_(device.c.role == "printer", device.c.id == bindparam("device_id")),
        ),
    )


def _line_context_queries(services: int, classes: int) -> dict[str, Query]:
    """Return the queries for a place among this number of services and priority classes."""
    return {
        "before": _before(services, classes),
        "staffed": counters.STAFFED,
        "served": select(*_sum(times := _recent_times("service"))).select_from(times),
    }


def _before(services: int, classes: int) -> CompoundSelect[*tuple[Any, ...]]:
    """Return the query that counts tickets before the place, a row for each (service, class).

    Each row reads one range of the index of lines.
    """

    def placed_before(n: int, m: int) -> Select[int, int]:
        place = tuple_(bindparam(f"place_at_{m}", type_=Instant), bindparam("ticket_id", type_=BigInteger))
        return select(literal(n).label("which"), func.count().label("n")).where(
            ticket.c.branch_id == bindparam("branch_id"),
            IN_LINE,
            ticket.c.service == bindparam(f"service_{n}"),
            ticket.c.priority == bindparam(f"priority_{m}"),
            tuple_(ticket.c.place_at, ticket.c.id) < place,
        )

    return union_all(*(placed_before(n, m) for n in range(services) for m in range(classes)))


def _recent_times(service: str) -> Subquery:
    """Return the query for call-to-end times, in microseconds, of a service's last customers.

    `service` is the name of the parameter that holds the service.
    """
    return (
        # plain numbers, since only their sum is used
        select((cast(leg.c.ended_at, BigInteger) - cast(leg.c.called_at, BigInteger)).label("micros"))
        .where(
            leg.c.branch_id == bindparam("branch_id"),
            leg.c.service == bindparam(service),
            leg.c.ended_at.is_not(None),
            text("leg.outcome = 'served'"),
        )
        .order_by(leg.c.ended_at.desc())
        .limit(RECENT_CUSTOMERS)
        .subquery()
    )


def _sum(times: Subquery) -> tuple[ColumnElement[int], ColumnElement[int]]:
    # PostgreSQL's sum of integers is a decimal
    return cast(func.coalesce(func.sum(times.c.micros), 0), BigInteger).label("micros"), func.count().label("n")
