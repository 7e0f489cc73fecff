"""Deadlines of print jobs, printers and sessions: the next one, and corrections after the clock was set back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select, update

from server.domain.device import PRINTER_SEEN_WITHIN
from server.domain.printing.routes import CLAIM_LEASE, START_LEASE, START_WITHIN, JobState
from server.store.sql.schema import device, print_job, session
from server.store.tables import access
from server.store.tables.print_jobs import IS_OPEN


def earliest(db: Connection, now: datetime) -> datetime | None:
    """Return the first moment after `now` at which a print job, a lease, a printer's presence or a session ends."""
    expires, lease, started = print_job.c.expires_at, print_job.c.lease_expires_at, JobState.STARTED.value
    moments = [
        db.execute(select(func.min(ends)).where(*conditions)).scalar_one()
        for ends, conditions in (
            (expires, (IS_OPEN, print_job.c.state != started, expires > now)),
            (lease, (IS_OPEN, print_job.c.state == started, lease > now)),
            (session.c.expires_at, (session.c.revoked_at.is_(None), session.c.expires_at > now)),
        )
    ]
    moments += [moment + PRINTER_SEEN_WITHIN for moment in access.printers_heard_after(db, now - PRINTER_SEEN_WITHIN)]
    return min((moment for moment in moments if moment is not None), default=None)


def shorten(db: Connection, now: datetime) -> int:
    """Restart deadlines that a clock ahead of `now` has written; return the number of rows changed.

    This covers print jobs and their leases, sessions, and when devices were last seen. Otherwise a dead printer would
    count as alive, and keep its jobs from other printers, until the clock reaches the old time.
    """
    expires, lease, state = print_job.c.expires_at, print_job.c.lease_expires_at, print_job.c.state
    changes = [
        update(print_job).where(IS_OPEN, expires > now + START_WITHIN).values(expires_at=now + START_WITHIN),
        update(device).where(device.c.seen_at > now).values(seen_at=now),
    ]
    for leased, length in ((JobState.CLAIMED, CLAIM_LEASE), (JobState.STARTED, START_LEASE)):
        late_jobs = update(print_job).where(IS_OPEN, state == leased.value, lease > now + length)
        changes.append(late_jobs.values(lease_expires_at=now + length))
    for row in db.execute(select(session).where(session.c.created_at > now, session.c.revoked_at.is_(None))):
        values = {"created_at": now, "expires_at": now + (row.expires_at - row.created_at)}
        changes.append(update(session).where(session.c.id == row.id).values(**values))
    return sum(db.execute(change).rowcount for change in changes)
