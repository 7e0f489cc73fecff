"""A branch at one moment, read whole: the picture that every screen's snapshot is made of."""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection, select

from server.domain import business_day
from server.domain.branch import Branch
from server.domain.clock import fault
from server.domain.floor import CALLS_SHOWN, CALLS_SINCE, ClockTrouble, Floor
from server.domain.ticket import AT_COUNTER, OPEN, Ticket
from server.store import branches, counters, tickets
from server.store.schema import number_series


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
        tuple(_with_history(db, t) for t in tickets.open_tickets(db, branch.id, OPEN)),
        tuple(tickets.last_calls(db, branch.id, day, now - CALLS_SINCE, CALLS_SHOWN)),
        {s.code: tickets.lately_served(db, branch.id, s.code) for s in branch.active_services},
        _ordinals(db, branch.id, day),
        ClockTrouble(trouble, clock, last_at) if trouble else None,
    )


def _with_history(db: Connection, ticket: Ticket) -> Ticket:
    """A ticket at a counter with all its legs: who serves it sees where it has been. There are as many as counters."""
    return replace(ticket, legs=tickets.legs_of(db, ticket.id)) if ticket.state in AT_COUNTER else ticket


def _ordinals(db: Connection, branch_id: int, day: date) -> dict[str, int]:
    rows = db.execute(
        select(number_series.c.service, number_series.c.last).where(
            number_series.c.branch_id == branch_id, number_series.c.business_day == day
        )
    )
    return {r.service: r.last for r in rows}
