"""Print jobs: queued with the ticket, claimed under a lease, ended as printed, not sent or unknown."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, case, exists, func, or_, select, text, update

from server.domain.errors import NotFound
from server.domain.printing.print_job import Doubts, PrintJob
from server.domain.printing.routes import NO_PAPER, JobState, Reason, Resolution
from server.store.sql.compiled_statements import CompiledStatement, insertion
from server.store.sql.ids import NextId
from server.store.sql.schema import print_job, ticket

IS_OPEN = text("print_job.state IN ('queued','claimed','started')")


DOUBTS_LISTED = 50
"""Papers in doubt that screens list, the latest ones, beside their total. A printer that reports nothing leaves one
for every ticket."""


_INSERT = CompiledStatement(
    insertion(
        print_job, "id", "branch_id", "ticket_id", "printer", "issued_by", "state", "reprint", "content", "created_at",
        "expires_at",
    )
)  # fmt: skip
_NEW_ID = CompiledStatement(select(NextId(print_job).label("id")))


def new_id(db: Connection) -> int:
    """Return the id for a new job."""
    job_id: int = _NEW_ID.scalar(db)
    return job_id


def queue(
    db: Connection,
    *,
    job_id: int,
    branch_id: int,
    ticket_id: int,
    printer: str | None,
    issued_by: str,
    reprint: bool,
    content: dict[str, Any],
    now: datetime,
    expires_at: datetime,
) -> PrintJob:
    """Insert a job for the given printer, or for any printer of the branch; return it."""
    _INSERT.run(
        db,
        id=job_id,
        branch_id=branch_id,
        ticket_id=ticket_id,
        printer=printer,
        issued_by=issued_by,
        state=JobState.QUEUED.value,
        reprint=reprint,
        content=content,
        created_at=now,
        expires_at=expires_at,
    )
    return PrintJob(
        id=job_id, branch_id=branch_id, ticket_id=ticket_id, printer=printer, issued_by=issued_by,
        state=JobState.QUEUED, reprint=reprint, content=content, created_at=now, expires_at=expires_at,
    )  # fmt: skip


def get(db: Connection, job_id: int) -> PrintJob:
    """Return the job. Raises: NotFound if there is no such job."""
    row = db.execute(select(print_job).where(print_job.c.id == job_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such print job.")
    return _job(row)


def of_ticket(db: Connection, ticket_id: int) -> PrintJob | None:
    """Return the ticket's last job; None if it has none."""
    row = db.execute(
        select(print_job).where(print_job.c.ticket_id == ticket_id).order_by(print_job.c.id.desc()).limit(1)
    ).one_or_none()
    return _job(row) if row else None


def states_of(db: Connection, ticket_id: int) -> list[JobState]:
    """Return the states of all the ticket's jobs."""
    rows = db.execute(select(print_job.c.state).where(print_job.c.ticket_id == ticket_id))
    return [JobState(r.state) for r in rows]


def next_for(
    db: Connection,
    branch_id: int,
    excluded_targets: Collection[str],
    now: datetime,
    *,
    lost_by: int | None = None,
    kept: int | None = None,
    lost_last: bool = False,
) -> PrintJob | None:
    """Return the oldest job that a printer may claim: queued, or claimed and not started under a lapsed lease.

    `excluded_targets` are printers whose jobs this one must not take. `lost_by` is the id of a device whose earlier
    agent is gone: jobs which that agent claimed and did not start are offered too, except the job `kept`; with
    `lost_last`, they come after all others.
    """
    claimed = print_job.c.state == JobState.CLAIMED.value
    offered = [print_job.c.state == JobState.QUEUED.value, claimed & (print_job.c.lease_expires_at <= now)]
    order: list[Any] = [print_job.c.id]
    if lost_by is not None:
        lost = claimed & (print_job.c.claimed_by == lost_by)
        offered.append(lost if kept is None else lost & (print_job.c.id != kept))
        if lost_last:
            order.insert(0, case((or_(*offered[:2]), 0), else_=1))
    row = db.execute(
        select(print_job)
        .where(
            print_job.c.branch_id == branch_id,
            IS_OPEN,
            or_(print_job.c.printer.is_(None), print_job.c.printer.not_in(sorted(excluded_targets))),
            or_(*offered),
            print_job.c.expires_at > now,
        )
        .order_by(*order)
        .limit(1)
    ).one_or_none()
    return _job(row) if row else None


def next_lapse(db: Connection, branch_id: int, now: datetime) -> datetime | None:
    """When the next lease of a claimed job of the branch lapses, after `now`; None where there is none."""
    lease, claimed = print_job.c.lease_expires_at, JobState.CLAIMED.value
    query = select(func.min(lease)).where(
        print_job.c.branch_id == branch_id, IS_OPEN, print_job.c.state == claimed, lease > now
    )
    found: datetime | None = db.execute(query).scalar_one()
    return found


def claim(db: Connection, job: PrintJob, device_id: int, lease: str, until: datetime) -> bool:
    """Lease the job to a printer; older leases become invalid. Return False if another claim was first."""
    result = db.execute(
        update(print_job)
        .where(
            print_job.c.id == job.id,
            print_job.c.state == job.state.value,
            print_job.c.lease.is_not_distinct_from(job.lease),
        )
        .values(state=JobState.CLAIMED.value, claimed_by=device_id, lease=lease, lease_expires_at=until)
    )
    return result.rowcount == 1


def put(db: Connection, job: PrintJob, state: JobState, *, reason: Reason | None = None, **values: Any) -> PrintJob:
    """Compare-and-swap the job from its known state and lease to `state`; return the stored job, changed or not."""
    db.execute(
        update(print_job)
        .where(
            print_job.c.id == job.id,
            print_job.c.state == job.state.value,
            print_job.c.lease.is_not_distinct_from(job.lease),
        )
        .values(state=state.value, unknown_reason=None if reason is None else reason.value, **values)
    )
    return get(db, job.id)


def release_claims(db: Connection, device_id: int) -> None:
    """Put jobs that a printer has claimed and not started back into the queue; their leases become invalid."""
    db.execute(
        update(print_job)
        .where(IS_OPEN, print_job.c.state == JobState.CLAIMED.value, print_job.c.claimed_by == device_id)
        .values(state=JobState.QUEUED.value, claimed_by=None, lease=None, lease_expires_at=None)
    )


def redirect(
    db: Connection,
    job: PrintJob,
    *,
    printer: str | None,
    content: dict[str, Any],
    expires_at: datetime,
) -> PrintJob:
    """Queue an unstarted job again, for this printer or any; older leases become invalid. Return the stored job."""
    return put(
        db,
        job,
        JobState.QUEUED,
        printer=printer,
        content=content,
        expires_at=expires_at,
        claimed_by=None,
        lease=None,
        lease_expires_at=None,
    )


def resolve(db: Connection, job: PrintJob, resolution: Resolution, resolved_by: str, now: datetime) -> bool:
    """Settle an unknown paper; return False if it is no longer unknown or already settled."""
    result = db.execute(
        update(print_job)
        .where(
            print_job.c.id == job.id,
            print_job.c.state == JobState.UNKNOWN.value,
            print_job.c.resolution.is_(None),
        )
        .values(resolution=resolution.value, resolved_by=resolved_by, resolved_at=now)
    )
    return result.rowcount == 1


def extend_leases(db: Connection, device_id: int, until: datetime, only: int | None = None) -> None:
    """Extend the leases of jobs that a printer has started; with `only`, of that job alone."""
    statement = update(print_job).where(
        IS_OPEN, print_job.c.state == JobState.STARTED.value, print_job.c.claimed_by == device_id
    )
    if only is not None:
        statement = statement.where(print_job.c.id == only)
    db.execute(statement.values(lease_expires_at=until))


def lapsed(db: Connection, now: datetime) -> list[PrintJob]:
    """Return jobs that expired before they were started, and started jobs whose lease has lapsed."""
    rows = db.execute(
        select(print_job)
        .where(
            IS_OPEN,
            or_(
                print_job.c.state.in_([JobState.QUEUED.value, JobState.CLAIMED.value])
                & (print_job.c.expires_at <= now),
                (print_job.c.state == JobState.STARTED.value) & (print_job.c.lease_expires_at <= now),
            ),
        )
        # servers that sweep at the same time lock branches in one order: no deadlock
        .order_by(print_job.c.branch_id, print_job.c.id)
    )
    return [_job(r) for r in rows]


def list_open(db: Connection, branch_id: int) -> list[PrintJob]:
    """Return the branch's jobs that have not ended."""
    rows = db.execute(select(print_job).where(print_job.c.branch_id == branch_id, IS_OPEN).order_by(print_job.c.id))
    return [_job(r) for r in rows]


def waiting(db: Connection, branch_id: int, now: datetime) -> dict[str | None, int]:
    """Return the number of jobs not started yet, by target printer; None stands for any printer."""
    return {r.printer: r.n for r in _WAITING.rows(db, branch_id=branch_id, now=now)}


def doubts(db: Connection, branch_id: int, first: date) -> Doubts:
    """Return the papers in doubt of tickets from business day `first` on."""
    counts = {r.claimed_by: r.n for r in _COUNT_DOUBTS.rows(db, branch_id=branch_id, first=first)}
    rows = _LATEST_DOUBTS.rows(db, branch_id=branch_id, first=first, limit=DOUBTS_LISTED) if counts else []
    return Doubts(counts, tuple(_job(r) for r in reversed(rows)))


def of_days(
    db: Connection,
    branch_id: int,
    first: date,
    *,
    state: JobState | None = None,
    in_doubt: bool = False,
    numbers: Collection[str] | None = None,
    before: int | None = None,
    limit: int,
) -> list[PrintJob]:
    """Return the jobs of tickets from business day `first` on, newest first.

    `before` is the id at which the previous page ended.
    """
    statement = _of_days(select(print_job), branch_id, first)
    if state is not None:
        statement = statement.where(print_job.c.state == state.value)
    if in_doubt:
        statement = statement.where(_in_doubt())
    if numbers is not None:
        statement = statement.where(ticket.c.number.in_(sorted(numbers)))
    if before is not None:
        statement = statement.where(print_job.c.id < before)
    return [_job(r) for r in db.execute(statement.order_by(print_job.c.id.desc()).limit(limit))]


def _of_days(statement: Select[Any], branch_id: Any, first: Any) -> Select[Any]:
    # tickets have an index by day, so a long history does not slow this down
    return statement.join(ticket, ticket.c.id == print_job.c.ticket_id).where(
        ticket.c.branch_id == branch_id, ticket.c.business_day >= first
    )


def _in_doubt() -> Any:
    later = print_job.alias("later")
    return and_(
        print_job.c.state == JobState.UNKNOWN.value,
        print_job.c.resolution.is_(None),
        # a later paper settles it, unless that one certainly was not printed
        ~exists().where(
            later.c.ticket_id == print_job.c.ticket_id,
            later.c.id > print_job.c.id,
            *(later.c.state != s.value for s in NO_PAPER),
        ),
    )


_DAY_PARAMETERS: tuple[Any, Any] = bindparam("branch_id"), bindparam("first")
_COUNT_DOUBTS = CompiledStatement(
    _of_days(select(print_job.c.claimed_by, func.count().label("n")), *_DAY_PARAMETERS)
    .where(_in_doubt())
    .group_by(print_job.c.claimed_by)
)
_LATEST_DOUBTS = CompiledStatement(
    _of_days(select(print_job), *_DAY_PARAMETERS)
    .where(_in_doubt())
    .order_by(print_job.c.id.desc())
    .limit(bindparam("limit"))
)
_WAITING = CompiledStatement(
    select(print_job.c.printer, func.count().label("n"))
    .where(
        print_job.c.branch_id == bindparam("branch_id"),
        IS_OPEN,
        print_job.c.state != JobState.STARTED.value,
        print_job.c.expires_at > bindparam("now"),
    )
    .group_by(print_job.c.printer)
)


def _job(row: Any) -> PrintJob:
    return PrintJob(
        id=row.id, branch_id=row.branch_id, ticket_id=row.ticket_id, printer=row.printer,
        issued_by=row.issued_by, state=JobState(row.state), reprint=row.reprint, content=row.content,
        created_at=row.created_at, expires_at=row.expires_at, claimed_by=row.claimed_by, lease=row.lease,
        lease_expires_at=row.lease_expires_at, started_at=row.started_at, ended_at=row.ended_at,
        detail=row.detail, resolution=Resolution(row.resolution) if row.resolution else None,
        resolved_by=row.resolved_by, resolved_at=row.resolved_at,
        reason=Reason(row.unknown_reason) if row.unknown_reason else None,
    )  # fmt: skip
