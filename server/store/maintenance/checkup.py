"""What the doctor asks of the database; nothing is changed."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select, union

from server.domain.history.events import Event, EventType
from server.domain.history.rebuilding import rebuild
from server.domain.printing.routes import JobState
from server.store.sql.schema import device, event, print_job, ticket, token
from server.store.tables import tickets
from server.store.tables.print_jobs import IS_OPEN


@dataclass(frozen=True)
class DeviceSeen:
    """A device, when it was last heard of, what it said, and how many live tokens it has.

    A printer is heard of whenever its agent asks for work, a kiosk when it issues a number; of a display
    something is written down only where several servers may work (`seen_at`, else None).
    """

    role: str
    name: str
    status: dict[str, Any] | None
    seen_at: datetime | None
    held: bool
    tokens: int
    paper: int | None = None


def devices(db: Connection, branch_id: int) -> list[DeviceSeen]:
    """The branch's devices that are not retired, by role and name."""
    live = select(token.c.device_id, token.c.id).where(token.c.branch_id == branch_id, token.c.revoked_at.is_(None))
    owned: dict[int, list[int]] = {}
    for row in db.execute(live):
        owned.setdefault(row.device_id, []).append(row.id)
    rows = db.execute(select(device).where(device.c.branch_id == branch_id, ~device.c.retired)).all()
    return [
        DeviceSeen(
            r.role,
            r.name,
            r.status,
            _last_issued(db, branch_id, owned.get(r.id, [])) if r.role == "kiosk" else r.seen_at,
            r.held,
            len(owned.get(r.id, [])),
            r.paper,
        )
        for r in sorted(rows, key=lambda r: (r.role, r.name))
    ]


def _last_issued(db: Connection, branch_id: int, token_ids: list[int]) -> datetime | None:
    found: datetime | None = db.execute(
        select(func.max(ticket.c.issued_at)).where(
            ticket.c.branch_id == branch_id, ticket.c.origin.in_([f"token:{i}" for i in token_ids])
        )
    ).scalar_one()
    return found


def open_jobs(db: Connection, branch_id: int, now: datetime) -> tuple[int, int]:
    """(print jobs that are not ended, those of them whose time is over)."""
    rows = db.execute(
        select(print_job.c.state, print_job.c.expires_at).where(print_job.c.branch_id == branch_id, IS_OPEN)
    ).all()
    return len(rows), sum(1 for r in rows if r.state != JobState.STARTED and r.expires_at <= now)


def not_as_logged(db: Connection, branch_id: int, day: date) -> list[str]:
    """Numbers of the day's tickets, and of those carried into it, whose rows are not what the event log tells."""
    its = ticket.c.branch_id == branch_id
    of_day = union(
        select(ticket.c.id).where(its, ticket.c.business_day == day), select(ticket.c.id).where(its, tickets.IS_OPEN)
    )
    rows = db.execute(
        select(event).where(event.c.branch_id == branch_id, event.c.ticket_id.in_(of_day)).order_by(event.c.seq)
    )
    told = rebuild(
        Event(r.seq, EventType(r.type), r.at, r.ticket_id, r.number, r.service, r.counter, r.data) for r in rows
    )
    wrong = []
    for ticket_id in db.execute(of_day).scalars():
        true, log = tickets.get(db, ticket_id), told.get(ticket_id)
        legs = [
            (
                x.service, x.counter, x.queued_at, x.called_at, x.started_at, x.ended_at, x.outcome, x.recalls,
                x.called_seq,
            )
            for x in true.legs
        ]  # fmt: skip
        if log is None or (log.number, log.state, log.issued_at, log.ended_at, [astuple(leg) for leg in log.legs]) != (
            true.number, true.state, true.issued_at, true.ended_at, legs,
        ):  # fmt: skip
            wrong.append(true.number)
    return wrong
