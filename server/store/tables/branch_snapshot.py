"""A branch at one moment, read whole: the picture that every screen's snapshot is made of."""

from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, select

from server.domain.branch import Branch
from server.domain.branch_snapshot import CALLS_SHOWN, CALLS_SINCE, BranchSnapshot, ClockTrouble
from server.domain.calendar import business_day
from server.domain.calendar.clock_jump import fault
from server.domain.history.events import Event
from server.domain.queue.carrying import first_day
from server.store.sql.compiled_statements import MANY_ROWS, MultiQuery
from server.store.sql.schema import number_series
from server.store.tables import branches, counters, event_log, places, tickets

_ORDINALS = select(number_series.c.service, number_series.c.last, number_series.c.left_out).where(
    number_series.c.branch_id == bindparam("branch_id"), number_series.c.business_day == bindparam("business_day")
)


_FROM_NOW_ON = 1 << 62


@cache
def _all(services: int) -> MultiQuery:
    """Everything that a floor with so many services is made of."""
    return MultiQuery(
        MANY_ROWS,
        moment=branches.MOMENT,
        counters=counters.EVERY,
        tickets=tickets.OPEN_TICKETS,
        legs=tickets.LEGS_AT_COUNTERS,
        calls=tickets.CALLS,
        ordinals=_ORDINALS,
        news=event_log.LATEST,
        **({"served": places.served_each(services)} if services else {}),
    )


def read(db: Connection, branch: Branch, now: datetime) -> BranchSnapshot:
    """The floor at `now`, consistent with its seq since `db` is one read transaction."""
    return _read(db, branch, now, _FROM_NOW_ON, 0)[0]


def read_with_news(
    db: Connection, branch_id: int, now: datetime, seq: int, limit: int
) -> tuple[BranchSnapshot, list[Event]]:
    """(the floor at `now`, at most the last `limit` events that led to it from `seq`). Raises NotFound."""
    return _read(db, branches.known(db, branch_id), now, seq, limit)


def _read(db: Connection, branch: Branch, now: datetime, seq: int, limit: int) -> tuple[BranchSnapshot, list[Event]]:
    clock = now
    while True:
        day = business_day.today(branch, now)
        found = _rows(db, branch, day, seq, limit)
        (moment,) = found["moment"]
        # times stamped by actions never lie ahead of what a screen calls now
        now = max(clock, moment.last_at)
        if moment.revision != branch.revision:
            branch = branches.plan(db, branch.id, moment.revision)
        elif business_day.today(branch, now) == day:
            break
    trouble = fault(clock, moment.last_at if moment.seq else None)
    carries = moment.carried_until is not None and moment.carried_until > now
    # until the turn has been looked at, which takes a second, the wall goes on with the day before
    turned = moment.expired_to is None or moment.expired_to >= day
    seen = BranchSnapshot(
        branch=branch,
        seq=moment.seq,
        now=now,
        clock=clock,
        counters=tuple(counters.now_of(row) for row in found["counters"]),
        tickets=tuple(tickets.open_tickets(found["tickets"], found["legs"])),
        calls=tuple(
            tickets.last_calls(
                db, branch.id, found["calls"], first_day(day, carries or not turned), now - CALLS_SINCE, CALLS_SHOWN
            )
        ),
        served={branch.called_services[row.which].code: (row.micros / 1e6, row.n) for row in found.get("served", ())},
        ordinals={row.service: row.last for row in found["ordinals"]},
        clock_trouble=ClockTrouble(trouble, clock, moment.last_at) if trouble else None,
        left_out={row.service: row.left_out for row in found["ordinals"]},
        carries=carries,
        last_turn=branches.turn_of(moment.last_turn) if moment.last_turn else None,
    )
    return seen, [event_log.event_of(row) for row in reversed(found["news"])]


def _rows(db: Connection, branch: Branch, day: date, seq: int, limit: int) -> dict[str, list[Any]]:
    services = {f"service_{n}": service.code for n, service in enumerate(branch.called_services)}
    return _all(len(services)).rows(
        db,
        branch_id=branch.id,
        business_day=day,
        before=tickets.AFTER_ALL,
        limit=tickets.CALLS_AT_ONCE,
        seq=seq,
        news=limit,
        **services,
    )
