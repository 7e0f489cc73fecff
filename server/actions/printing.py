"""Print jobs as a printer lives them: claim, started, outcome; and what becomes of those nobody ended."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from server.actions.at_counter import permit
from server.actions.outlook import prospect_of
from server.actions.paper import queue_paper
from server.domain import business_day
from server.domain.branch import Branch
from server.domain.errors import NotFound, PrintJobConflict
from server.domain.events import EventType
from server.domain.principal import Principal
from server.domain.printing import CLAIM_LEASE, START_LEASE, JobState
from server.store import access, print_jobs, tickets
from server.store.print_jobs import PrintJob
from server.store.transaction import Transaction

_EVENTS = {
    JobState.STARTED: EventType.PRINT_STARTED,
    JobState.PRINTED: EventType.PRINT_PRINTED,
    JobState.NOT_SENT: EventType.PRINT_NOT_SENT,
    JobState.EXPIRED: EventType.PRINT_NOT_SENT,
    JobState.UNKNOWN: EventType.PRINT_UNKNOWN,
}


def claim(tx: Transaction, principal: Principal) -> int | None:
    """Lease the oldest paper that this printer may print; its id, or None when there is none."""
    device = access.device_by_id(tx.db, principal.device_id) if principal.device_id is not None else None
    if device is None:
        raise NotFound("This token belongs to no printer. Make one with `giliran token create --role printer`.")
    access.seen(tx.db, device.id, tx.now)
    job = print_jobs.next_for(tx.db, device.branch_id, device.name, tx.now)
    if job is None:
        return None
    lease = secrets.token_urlsafe(16)
    return print_jobs.claim(tx.db, job, device.id, lease, tx.now + CLAIM_LEASE).id


def started(tx: Transaction, principal: Principal, job_id: int, lease: str) -> int:
    """The first byte is about to leave. Said again under the same lease, nothing changes.

    Raises PrintJobConflict where the lease is no longer the job's, or its time is over.
    """
    job = _leased(tx, principal, job_id, lease)
    if job.state is JobState.STARTED:
        return job.id
    if job.state is not JobState.CLAIMED or job.expires_at <= tx.now:
        raise PrintJobConflict(f"Print job {job_id} is {job.state.value}; do not print it.")
    _move(tx, job, JobState.STARTED, started_at=tx.now, lease_expires_at=tx.now + START_LEASE)
    return job.id


def outcome(tx: Transaction, principal: Principal, job_id: int, lease: str, state: JobState, detail: str | None) -> int:
    """What is known of the paper now. The same outcome again changes nothing; proof that comes late still counts.

    Raises PrintJobConflict where the lease is no longer the job's, or another outcome stands.
    """
    job = _leased(tx, principal, job_id, lease)
    if job.state is state or (job.state is JobState.EXPIRED and state is JobState.NOT_SENT):
        return job.id
    late_proof = job.state is JobState.UNKNOWN
    if job.state not in (JobState.CLAIMED, JobState.STARTED) and not late_proof:
        raise PrintJobConflict(f"Print job {job_id} is {job.state.value} already.")
    if job.state is JobState.CLAIMED and state is not JobState.NOT_SENT:
        raise PrintJobConflict(f"Print job {job_id} was never started.")
    _move(tx, job, state, ended_at=tx.now, detail=detail)
    return job.id


def _leased(tx: Transaction, principal: Principal, job_id: int, lease: str) -> PrintJob:
    job = print_jobs.get(tx.db, job_id)
    if job.branch_id != principal.branch_id:
        raise NotFound("There is no such print job.")
    if job.lease is None or not secrets.compare_digest(job.lease.encode(), lease.encode()):
        raise PrintJobConflict(f"Print job {job_id} is no longer leased to this printer; do not print it.")
    return job


def _move(tx: Transaction, job: PrintJob, state: JobState, **values: Any) -> None:
    branch = tx.enter_id(job.branch_id)
    now = print_jobs.put(tx.db, job, state, **values)
    if now.state is not state:
        raise PrintJobConflict(f"Print job {job.id} is {now.state.value} by now.")
    ticket = tickets.get(tx.db, job.ticket_id)
    data = {"job": job.id, "printer": job.printer, "reprint": job.reprint or None, "detail": values.get("detail")}
    tx.record(branch, _EVENTS[state], ticket, data={k: v for k, v in data.items() if v is not None})


def end_lapsed(tx: Transaction) -> int:
    """Expire jobs that nobody started in time; call unknown those whose printer fell silent. Returns how many."""
    lapsed = print_jobs.lapsed(tx.db, tx.now)
    for job in lapsed:
        if job.state is JobState.STARTED:
            _move(tx, job, JobState.UNKNOWN, ended_at=tx.now, detail="the printer fell silent")
        else:
            _move(tx, job, JobState.EXPIRED, ended_at=tx.now, detail="no printer started it in time")
    return len(lapsed)


def reprint(
    tx: Transaction,
    slug: str,
    principal: Principal,
    *,
    ticket_number: str,
    address: Callable[[Branch, int], str],
    printer: str | None,
) -> int:
    """A second paper of today's ticket, marked as one; returns the ticket's id. Raises NotFound without a printer."""
    branch = tx.enter(slug)
    permit(branch, principal)
    ticket = tickets.find(tx.db, branch, business_day.today(branch, tx.now), ticket_number)
    job = queue_paper(
        tx,
        branch,
        ticket,
        principal,
        address(branch, ticket.id),
        prospect_of(tx, branch, ticket),
        reprint=True,
        printer=printer,
    )
    if job is None:
        raise NotFound(f"Branch {slug} has no printer.")
    tx.record(branch, EventType.PRINT_QUEUED, ticket, data={"job": job.id, "reprint": True})
    return ticket.id


def printer_status(tx: Transaction, principal: Principal, status: dict[str, Any]) -> int:
    """What a printer says of itself, and that it lives; told on when that has changed. Returns the device's id."""
    device = access.device_by_id(tx.db, principal.device_id) if principal.device_id is not None else None
    if device is None:
        raise NotFound("This token belongs to no printer. Make one with `giliran token create --role printer`.")
    access.set_device_status(tx.db, device.id, status, tx.now)
    print_jobs.lengthen(tx.db, device.id, tx.now + START_LEASE)
    if device.status != status:
        branch = tx.enter_id(device.branch_id)
        tx.record(branch, EventType.PRINTER_CHANGED, data={"printer": device.name, **status})
    return device.id
