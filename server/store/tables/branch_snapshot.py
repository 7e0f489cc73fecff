"""Reads a whole branch at one moment: the source of every screen's snapshot."""

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


_NO_EVENTS = 1 << 62
"""A seq after every event."""


@cache
def _all(services: int) -> MultiQuery:
    """Return the queries for a snapshot of a branch with this number of services."""
    return MultiQuery(
        MANY_ROWS,
        moment=branches.MOMENT,
        counters=counters.EVERY,
        tickets=tickets.OPEN_TICKETS,
        legs=tickets.LEGS_AT_COUNTERS,
        calls=tickets.CALLS,
        ordinals=_ORDINALS,
        news=event_log.LATEST,
        **({"served": places.recent_service_times(services)} if services else {}),
    )


def read(db: Connection, branch: Branch, now: datetime) -> BranchSnapshot:
    """Return the branch at `now`. It is consistent with its seq, since `db` is one read transaction."""
    return _read(db, branch, now, _NO_EVENTS, 0)[0]


def read_with_events(
    db: Connection, branch_id: int, now: datetime, seq: int, limit: int
) -> tuple[BranchSnapshot, list[Event]]:
    """Return the branch at `now`, and at most the last `limit` events after `seq`, oldest first.

    Raises: NotFound if there is no such branch.
    """
    return _read(db, branches.cached_plan(db, branch_id), now, seq, limit)


def _read(db: Connection, branch: Branch, now: datetime, seq: int, limit: int) -> tuple[BranchSnapshot, list[Event]]:
    clock = now
    while True:
        day = business_day.today(branch, now)
        rows = _rows(db, branch, day, seq, limit)
        (moment,) = rows["moment"]
        # no time that an action has written lies after the time a screen shows
        now = max(clock, moment.last_at)
        if moment.revision != branch.revision:
            branch = branches.plan(db, branch.id, moment.revision)
        elif business_day.today(branch, now) == day:
            break
    trouble = fault(clock, moment.last_at if moment.seq else None)
    carries = moment.carried_until is not None and moment.carried_until > now
    # the day end runs up to a second late: until then, the wall display still shows the previous day
    day_has_ended = moment.expired_to is None or moment.expired_to >= day
    snapshot = BranchSnapshot(
        branch=branch,
        seq=moment.seq,
        now=now,
        clock=clock,
        counters=tuple(counters.counter_of(row) for row in rows["counters"]),
        tickets=tuple(tickets.open_tickets(rows["tickets"], rows["legs"])),
        calls=tuple(
            tickets.last_calls(
                db,
                branch.id,
                rows["calls"],
                first_day(day, carries or not day_has_ended),
                now - CALLS_SINCE,
                CALLS_SHOWN,
            )
        ),
        served={branch.called_services[row.which].code: (row.micros / 1e6, row.n) for row in rows.get("served", ())},
        ordinals={row.service: row.last for row in rows["ordinals"]},
        clock_trouble=ClockTrouble(trouble, clock, moment.last_at) if trouble else None,
        left_out={row.service: row.left_out for row in rows["ordinals"]},
        carries=carries,
        last_turn=branches.day_turn_of(moment.last_turn) if moment.last_turn else None,
    )
    return snapshot, [event_log.event_of(row) for row in reversed(rows["news"])]


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
