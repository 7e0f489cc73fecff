"""Print jobs: queued with the ticket, claimed under a lease, ended with what is known of the paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, or_, select, text, update

from server.domain.errors import NotFound
from server.domain.printing import JobState
from server.store.schema import print_job

IS_OPEN = text("print_job.state IN ('queued','claimed','started')")


@dataclass(frozen=True)
class PrintJob:
    """One paper to print. `printer` None: any of the branch; `content` is the ticket in words."""

    id: int
    branch_id: int
    ticket_id: int
    printer: str | None
    issued_by: str
    state: JobState
    reprint: bool
    content: dict[str, Any]
    created_at: datetime
    expires_at: datetime
    claimed_by: int | None = None
    lease: str | None = None
    lease_expires_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    detail: str | None = None


_INSERT = insert(print_job).returning(print_job.c.id)


def queue(
    db: Connection,
    *,
    branch_id: int,
    ticket_id: int,
    printer: str | None,
    issued_by: str,
    reprint: bool,
    content: dict[str, Any],
    now: datetime,
    expires_at: datetime,
) -> PrintJob:
    """A new job, for the printer named or any of the branch."""
    values = {
        "branch_id": branch_id,
        "ticket_id": ticket_id,
        "printer": printer,
        "issued_by": issued_by,
        "state": JobState.QUEUED.value,
        "reprint": reprint,
        "content": content,
        "created_at": now,
        "expires_at": expires_at,
    }
    job_id: int = db.execute(_INSERT, values).scalar_one()
    return PrintJob(
        job_id, branch_id, ticket_id, printer, issued_by, JobState.QUEUED, reprint, content, now, expires_at
    )


def get(db: Connection, job_id: int) -> PrintJob:
    """The job. Raises NotFound."""
    row = db.execute(select(print_job).where(print_job.c.id == job_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such print job.")
    return _job(row)


def of_ticket(db: Connection, ticket_id: int) -> PrintJob | None:
    """The ticket's last job."""
    row = db.execute(
        select(print_job).where(print_job.c.ticket_id == ticket_id).order_by(print_job.c.id.desc()).limit(1)
    ).one_or_none()
    return _job(row) if row else None


def next_for(db: Connection, branch_id: int, printer: str, now: datetime) -> PrintJob | None:
    """The oldest job that a printer may claim: queued, or claimed under a lease that has lapsed unstarted."""
    row = db.execute(
        select(print_job)
        .where(
            print_job.c.branch_id == branch_id,
            IS_OPEN,
            or_(print_job.c.printer.is_(None), print_job.c.printer == printer),
            or_(
                print_job.c.state == JobState.QUEUED.value,
                (print_job.c.state == JobState.CLAIMED.value) & (print_job.c.lease_expires_at <= now),
            ),
            print_job.c.expires_at > now,
        )
        .order_by(print_job.c.id)
        .limit(1)
    ).one_or_none()
    return _job(row) if row else None


def claim(db: Connection, job: PrintJob, device_id: int, lease: str, until: datetime) -> PrintJob:
    """Lease the job to a printer; a fresh lease makes every older one worthless."""
    db.execute(
        update(print_job)
        .where(print_job.c.id == job.id)
        .values(
            state=JobState.CLAIMED.value,
            claimed_by=device_id,
            lease=lease,
            lease_expires_at=until,
        )
    )
    return get(db, job.id)


def put(db: Connection, job: PrintJob, state: JobState, **values: Any) -> PrintJob:
    """Compare-and-swap from the state we know; returns the job as it truly is now."""
    db.execute(
        update(print_job)
        .where(print_job.c.id == job.id, print_job.c.state == job.state.value)
        .values(state=state.value, **values)
    )
    return get(db, job.id)


def lengthen(db: Connection, device_id: int, until: datetime) -> None:
    """The printer lives: what it has started stays its own until then."""
    db.execute(
        update(print_job)
        .where(IS_OPEN, print_job.c.state == JobState.STARTED.value, print_job.c.claimed_by == device_id)
        .values(lease_expires_at=until)
    )


def lapsed(db: Connection, now: datetime) -> list[PrintJob]:
    """Jobs whose time is over: never started and expired, or started under a lease that has lapsed."""
    rows = db.execute(
        select(print_job).where(
            IS_OPEN,
            or_(
                print_job.c.state.in_([JobState.QUEUED.value, JobState.CLAIMED.value])
                & (print_job.c.expires_at <= now),
                (print_job.c.state == JobState.STARTED.value) & (print_job.c.lease_expires_at <= now),
            ),
        )
    )
    return [_job(r) for r in rows]


def unresolved(db: Connection, branch_id: int, since: datetime) -> dict[str | None, list[str]]:
    """Printer → the numbers since a moment of which nobody knows whether their paper came out.

    A later paper of the same ticket settles the doubt.
    """
    later = print_job.alias("later")
    rows = db.execute(
        select(print_job.c.printer, print_job.c.content)
        .where(
            print_job.c.branch_id == branch_id,
            print_job.c.state == JobState.UNKNOWN.value,
            print_job.c.created_at >= since,
            ~exists().where(later.c.ticket_id == print_job.c.ticket_id, later.c.id > print_job.c.id),
        )
        .order_by(print_job.c.id)
    )
    numbers: dict[str | None, list[str]] = {}
    for row in rows:
        numbers.setdefault(row.printer, []).append(row.content["number"])
    return numbers


def _job(row: Row[Any]) -> PrintJob:
    return PrintJob(
        row.id, row.branch_id, row.ticket_id, row.printer, row.issued_by, JobState(row.state), row.reprint, row.content,
        row.created_at, row.expires_at, row.claimed_by, row.lease, row.lease_expires_at, row.started_at, row.ended_at,
        row.detail,
    )  # fmt: skip
