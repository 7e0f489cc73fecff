"""A branch at one moment, read whole: the picture that every screen's snapshot is made of."""

from datetime import date, datetime

from sqlalchemy import Connection, bindparam, select

from server.domain import business_day
from server.domain.branch import Branch
from server.domain.clock import fault
from server.domain.floor import CALLS_SHOWN, CALLS_SINCE, ClockTrouble, Floor
from server.store import branches, counters, tickets
from server.store.prepared import Prepared
from server.store.schema import number_series

_ORDINALS = Prepared(
    select(number_series.c.service, number_series.c.last).where(
        number_series.c.branch_id == bindparam("branch_id"), number_series.c.business_day == bindparam("business_day")
    )
)


def read(db: Connection, branch: Branch, now: datetime) -> Floor:
    """The floor at `now`, consistent with its seq since `db` is one read transaction."""
    seq = branches.seq_of(db, branch.id)
    # times stamped by deeds never lie ahead of what a screen calls now
    last_at = branches.last_at(db, branch.id)
    trouble = fault(now, last_at if seq else None)
    clock, now = now, max(now, last_at)
    day = business_day.today(branch, now)
    return Floor(
        branch,
        seq,
        now,
        tuple(counters.every(db, branch.id)),
        tuple(tickets.open_tickets(db, branch.id)),
        tuple(tickets.last_calls(db, branch.id, day, now - CALLS_SINCE, CALLS_SHOWN)),
        {s.code: tickets.lately_served(db, branch.id, s.code) for s in branch.active_services},
        _ordinals(db, branch.id, day),
        ClockTrouble(trouble, clock, last_at) if trouble else None,
    )


def _ordinals(db: Connection, branch_id: int, day: date) -> dict[str, int]:
    return {r.service: r.last for r in _ORDINALS.rows(db, branch_id=branch_id, business_day=day)}
