"""Deadlines after the clock was set back: whatever waits for a moment waits for it no longer than it was given."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from server.domain.printing.routes import CLAIM_LEASE, START_LEASE, START_WITHIN, JobState
from server.store.sql.schema import device, print_job, session
from server.store.tables.print_jobs import IS_OPEN


def shorten(db: Connection, now: datetime) -> int:
    """Count anew from `now` what was written by a clock that was ahead of it; returns how many rows that were.

    Print jobs and their leases, sessions, and when devices were last heard: else a printer that died would be taken
    for alive, and its papers kept from others, until the clock is again where it was.
    """
    expires, lease, state = print_job.c.expires_at, print_job.c.lease_expires_at, print_job.c.state
    changes = [
        update(print_job).where(IS_OPEN, expires > now + START_WITHIN).values(expires_at=now + START_WITHIN),
        update(device).where(device.c.seen_at > now).values(seen_at=now),
    ]
    for leased, length in ((JobState.CLAIMED, CLAIM_LEASE), (JobState.STARTED, START_LEASE)):
        late = update(print_job).where(IS_OPEN, state == leased.value, lease > now + length)
        changes.append(late.values(lease_expires_at=now + length))
    for row in db.execute(select(session).where(session.c.created_at > now, session.c.revoked_at.is_(None))):
        values = {"created_at": now, "expires_at": now + (row.expires_at - row.created_at)}
        changes.append(update(session).where(session.c.id == row.id).values(**values))
    return sum(db.execute(change).rowcount for change in changes)
