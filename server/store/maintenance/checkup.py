"""Reads of the database for the doctor; nothing is changed."""

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
class DeviceActivity:
    """A device, when it was last active, the status it reported, and how many live tokens it has.

    A printer is active when its agent asks for work, a kiosk when it issues a number. A display's `seen_at` is
    written only if several servers may share the database; otherwise it is None.
    """

    role: str
    name: str
    status: dict[str, Any] | None
    seen_at: datetime | None
    held: bool
    tokens: int
    paper: int | None = None


def devices(db: Connection, branch_id: int) -> list[DeviceActivity]:
    """Return the branch's devices that are not retired, sorted by role and name."""
    live_tokens = select(token.c.device_id, token.c.id).where(
        token.c.branch_id == branch_id, token.c.revoked_at.is_(None)
    )
    token_ids: dict[int, list[int]] = {}
    for row in db.execute(live_tokens):
        token_ids.setdefault(row.device_id, []).append(row.id)
    rows = db.execute(select(device).where(device.c.branch_id == branch_id, ~device.c.retired)).all()
    return [
        DeviceActivity(
            r.role,
            r.name,
            r.status,
            _last_issued(db, branch_id, token_ids.get(r.id, [])) if r.role == "kiosk" else r.seen_at,
            r.held,
            len(token_ids.get(r.id, [])),
            r.paper,
        )
        for r in sorted(rows, key=lambda r: (r.role, r.name))
    ]


def _last_issued(db: Connection, branch_id: int, token_ids: list[int]) -> datetime | None:
    moment: datetime | None = db.execute(
        select(func.max(ticket.c.issued_at)).where(
            ticket.c.branch_id == branch_id, ticket.c.origin.in_([f"token:{i}" for i in token_ids])
        )
    ).scalar_one()
    return moment


def open_jobs(db: Connection, branch_id: int, now: datetime) -> tuple[int, int]:
    """Return (number of print jobs that have not ended, number of those that have expired)."""
    rows = db.execute(
        select(print_job.c.state, print_job.c.expires_at).where(print_job.c.branch_id == branch_id, IS_OPEN)
    ).all()
    return len(rows), sum(1 for r in rows if r.state != JobState.STARTED and r.expires_at <= now)


def tickets_unlike_log(db: Connection, branch_id: int, day: date) -> list[str]:
    """Return the numbers of the day's tickets, and of open ones, whose rows differ from the event log."""
    of_branch = ticket.c.branch_id == branch_id
    of_day = union(
        select(ticket.c.id).where(of_branch, ticket.c.business_day == day),
        select(ticket.c.id).where(of_branch, tickets.IS_OPEN),
    )
    rows = db.execute(
        select(event).where(event.c.branch_id == branch_id, event.c.ticket_id.in_(of_day)).order_by(event.c.seq)
    )
    rebuilt = rebuild(
        Event(r.seq, EventType(r.type), r.at, r.ticket_id, r.number, r.service, r.counter, r.data) for r in rows
    )
    numbers = []
    for ticket_id in db.execute(of_day).scalars():
        stored, logged = tickets.get(db, ticket_id), rebuilt.get(ticket_id)
        legs = [
            (
                x.service, x.counter, x.queued_at, x.called_at, x.started_at, x.ended_at, x.outcome, x.recalls,
                x.called_seq,
            )
            for x in stored.legs
        ]  # fmt: skip
        if logged is None or (
            logged.number, logged.state, logged.issued_at, logged.ended_at, [astuple(leg) for leg in logged.legs],
        ) != (stored.number, stored.state, stored.issued_at, stored.ended_at, legs):  # fmt: skip
            numbers.append(stored.number)
    return numbers
