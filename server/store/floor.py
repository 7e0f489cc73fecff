"""A branch at one moment, read whole: the picture that every screen's snapshot is made of."""

from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, select

from server.domain import business_day
from server.domain.branch import Branch
from server.domain.clock import fault
from server.domain.floor import CALLS_SHOWN, CALLS_SINCE, ClockTrouble, Floor
from server.store import branches, counters, places, tickets
from server.store.prepared import Together
from server.store.schema import number_series

_ORDINALS = select(number_series.c.service, number_series.c.last).where(
    number_series.c.branch_id == bindparam("branch_id"), number_series.c.business_day == bindparam("business_day")
)


@cache
def _all(services: int) -> Together:
    """Everything that a floor with so many services is made of."""
    return Together(
        moment=branches.MOMENT,
        counters=counters.EVERY,
        tickets=tickets.OPEN_TICKETS,
        legs=tickets.LEGS_AT_COUNTERS,
        calls=tickets.CALLS,
        ordinals=_ORDINALS,
        **({"served": places.served_each(services)} if services else {}),
    )


def read(db: Connection, branch: Branch, now: datetime) -> Floor:
    """The floor at `now`, consistent with its seq since `db` is one read transaction."""
    day = business_day.today(branch, now)
    found = _rows(db, branch, day)
    (moment,) = found["moment"]
    trouble = fault(now, moment.last_at if moment.seq else None)
    # times stamped by deeds never lie ahead of what a screen calls now
    clock, now = now, max(now, moment.last_at)
    if business_day.today(branch, now) != day:
        day = business_day.today(branch, now)
        found = _rows(db, branch, day)
    return Floor(
        branch,
        moment.seq,
        now,
        tuple(counters.now_of(row) for row in found["counters"]),
        tuple(tickets.open_tickets(found["tickets"], found["legs"])),
        tuple(tickets.last_calls(db, branch.id, found["calls"], day, now - CALLS_SINCE, CALLS_SHOWN)),
        {branch.active_services[row.which].code: (row.micros / 1e6, row.n) for row in found.get("served", ())},
        {row.service: row.last for row in found["ordinals"]},
        ClockTrouble(trouble, clock, moment.last_at) if trouble else None,
    )


def _rows(db: Connection, branch: Branch, day: date) -> dict[str, list[Any]]:
    services = {f"service_{n}": service.code for n, service in enumerate(branch.active_services)}
    return _all(len(services)).rows(
        db,
        branch_id=branch.id,
        business_day=day,
        before=tickets.AFTER_ALL,
        limit=tickets.CALLS_AT_ONCE,
        **services,
    )
