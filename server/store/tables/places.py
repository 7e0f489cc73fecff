"""What surrounds a place in line, and what a new number needs to know besides: each read at one go."""

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

LATELY = 30
"""The last customers of a service by whom the next one's wait is judged."""


@dataclass(frozen=True)
class ForNumber:
    """What a new number needs to know."""

    last: int | None
    """The last ordinal given out in its series today; None before the first."""
    phones: int
    """How many numbers of the series phones have taken today."""
    left_out: int
    """How many ordinals up to it were left out, since open tickets of another day had these numbers."""
    still_open: frozenset[str]
    """The numbers of open tickets of other days."""
    ticket_id: int
    leg_id: int
    job_id: int
    """The ids of its ticket, its first leg and its paper."""
    line_context: LineContext
    printers: frozenset[str]
    """The names of the branch's printers."""
    own_printer: str | None
    """The printer beside the device that asks; None where it has none."""


def line_context(db: Connection, branch_id: int, place: Place) -> LineContext:
    """What surrounds a place in line."""
    found = _around(len(place.services), len(place.limits)).rows(db, **_values(branch_id, place))
    return _around_of(place, found)


def for_number(
    db: Connection, branch_id: int, day: date, place: Place, device_id: int | None, *, other_days: bool
) -> ForNumber:
    """What a number that is given out now, at `place`, needs to know; `device_id` is the device that asks, if one.

    `other_days` is whether there may be open tickets of other business days, whose numbers are looked for then alone.
    """
    found = _for_number(len(place.services), len(place.limits), other_days).rows(
        db, **_values(branch_id, place), business_day=day, device_id=device_id
    )
    (ids,) = found["ids"]
    last, devices = found["last"], found["devices"]
    return ForNumber(
        last=last[0].last if last else None, phones=last[0].phones if last else 0,
        left_out=last[0].left_out if last else 0,
        still_open=frozenset(row.number for row in found.get("still_open", ())), ticket_id=ids.ticket,
        leg_id=ids.leg, job_id=ids.print_job, line_context=_around_of(place, found),
        printers=frozenset(d.name for d in devices if d.role == "printer"),
        own_printer=next((d.printer for d in devices if d.id == device_id), None),
    )  # fmt: skip


def served_each(services: int) -> CompoundSelect[*tuple[Any, ...]]:
    """(which, micros, n) of so many services, the parameters `service_0`, `service_1`, …, in one statement."""
    each = [(n, _lately(f"service_{n}")) for n in range(services)]
    return union_all(*(select(literal(n).label("which"), *_sum(one)).select_from(one) for n, one in each))


def _values(branch_id: int, place: Place) -> dict[str, Any]:
    values: dict[str, Any] = {"branch_id": branch_id, "service": place.service, "ticket_id": place.ticket_id}
    values |= {f"service_{n}": service for n, service in enumerate(place.services)}
    for n, (priority, limit) in enumerate(place.limits.items()):
        values |= {f"priority_{n}": priority, f"place_at_{n}": limit}
    return values


def _around_of(place: Place, found: dict[str, list[Any]]) -> LineContext:
    (served,) = found["served"]
    before = dict.fromkeys(place.services, 0)
    for row in found["before"]:
        before[place.services[row.which]] += row.n
    return LineContext(
        before,
        {row.number for row in found["staffed"] if row.state == CounterState.OPEN.value},
        {row.number for row in found["staffed"] if row.state == CounterState.PAUSED.value},
        (served.micros / 1e6, served.n),
    )


@cache
def _around(services: int, classes: int) -> MultiQuery:
    return MultiQuery(**_surroundings(services, classes))


@cache
def _for_number(services: int, classes: int, other_days: bool) -> MultiQuery:
    still_open = select(ticket.c.number).where(
        ticket.c.branch_id == bindparam("branch_id"), IS_OPEN, ticket.c.business_day != bindparam("business_day")
    )
    return MultiQuery(
        **_surroundings(services, classes),
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


def _surroundings(services: int, classes: int) -> dict[str, Query]:
    """The statements for a place among so many services and priority classes."""
    return {
        "before": _before(services, classes),
        "staffed": counters.STAFFED,
        "served": select(*_sum(lately := _lately("service"))).select_from(lately),
    }


def _before(services: int, classes: int) -> CompoundSelect[*tuple[Any, ...]]:
    """How many are placed before, a row for each (service, class): each is one stretch of the index of lines."""

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


def _lately(service: str) -> Subquery:
    """How long the last customers of a service kept a counter busy; the service is the parameter of that name."""
    return (
        # as plain numbers: nobody asks for each customer's time, only for their sum
        select((cast(leg.c.ended_at, BigInteger) - cast(leg.c.called_at, BigInteger)).label("micros"))
        .where(
            leg.c.branch_id == bindparam("branch_id"),
            leg.c.service == bindparam(service),
            leg.c.ended_at.is_not(None),
            text("leg.outcome = 'served'"),
        )
        .order_by(leg.c.ended_at.desc())
        .limit(LATELY)
        .subquery()
    )


def _sum(lately: Subquery) -> tuple[ColumnElement[int], ColumnElement[int]]:
    # PostgreSQL's sum of whole numbers is a decimal one
    return cast(func.coalesce(func.sum(lately.c.micros), 0), BigInteger).label("micros"), func.count().label("n")
