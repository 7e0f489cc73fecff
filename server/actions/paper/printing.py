"""The life of a print job: claim, start, outcome; and the end of jobs that no printer ended."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from server.actions.forecast import forecast_of
from server.actions.paper.print_content import queue_reprint
from server.actions.queue import day_end
from server.actions.queue.at_counter import permit
from server.domain.branch import Branch
from server.domain.device import Device
from server.domain.errors import NotFound, PrintJobConflict
from server.domain.history.events import EventType
from server.domain.people.principal import Principal
from server.domain.printing.print_job import PrintJob
from server.domain.printing.routes import (
    CLAIM_LEASE,
    POLICY,
    START_LEASE,
    JobState,
    Reason,
    Resolution,
    excluded_targets,
)
from server.domain.ticket import Ticket
from server.store.engines.store import Db
from server.store.engines.transaction import Transaction
from server.store.tables import access, print_jobs, tickets

_AGENT_SILENT = "the print agent was not heard for a minute; the paper may have come out"
_EVENTS = {
    JobState.STARTED: EventType.PRINT_STARTED,
    JobState.PRINTED: EventType.PRINT_PRINTED,
    JobState.NOT_SENT: EventType.PRINT_NOT_SENT,
    JobState.EXPIRED: EventType.PRINT_NOT_SENT,
    JobState.UNKNOWN: EventType.PRINT_UNKNOWN,
}


def claim(
    tx: Transaction, principal: Principal, *, anew: bool = False, reports_job: bool = False, kept: int | None = None
) -> int | None:
    """Lease the oldest job that this printer may print; return its id, None if there is none.

    A printer that is held, or sends its jobs to another, is offered nothing. `anew`: the agent has no job but `kept`,
    so jobs that the printer has claimed but not started are lost and offered again: in order if the agent reports its
    job (`reports_job`), else after unclaimed jobs. Raises NotFound for a token without a printer.
    """
    device = _device(tx, principal)
    if device.silent or device.seen_at is None:
        branch = tx.enter_id(device.branch_id)
        tx.record(branch, EventType.PRINTER_CHANGED, data={"printer": device.name, "connected": True})
    access.mark_seen(tx.db, device, tx.clock)
    elsewhere = excluded_targets(device.name, access.printers(tx.db, device.branch_id, tx.clock))
    if elsewhere is None:
        return None
    lost_by = device.id if anew else None
    job = print_jobs.next_for(
        tx.db, device.branch_id, elsewhere, tx.clock, lost_by=lost_by, kept=kept, lost_last=not reports_job
    )
    if job is None:
        return None
    lease = secrets.token_urlsafe(16)
    return job.id if print_jobs.claim(tx.db, job, device.id, lease, tx.clock + CLAIM_LEASE) else None


def has_work(db: Db, principal: Principal, now: datetime) -> tuple[bool, datetime | None]:
    """Whether a claim would return a job now, and when the next lease of another printer lapses. Writes nothing."""
    device = access.device_by_id(db, principal.device_id) if principal.device_id is not None else None
    if device is None:
        return False, None
    elsewhere = excluded_targets(device.name, access.printers(db, device.branch_id, now))
    found = elsewhere is not None and print_jobs.next_for(db, device.branch_id, elsewhere, now) is not None
    return found, None if found else print_jobs.next_lapse(db, device.branch_id, now)


def _device(tx: Transaction, principal: Principal) -> Device:
    device = access.device_by_id(tx.db, principal.device_id) if principal.device_id is not None else None
    if device is None:
        raise NotFound("This token belongs to no printer. Make one with `giliran token create --role printer`.")
    return device


def start_job(tx: Transaction, principal: Principal, job_id: int, lease: str) -> int:
    """Mark a job as started, just before its first byte is sent. Repeated with the same lease, nothing changes.

    Raises NotFound, and PrintJobConflict if the lease belongs to another claim or the job has expired.
    """
    job = _leased(tx, principal, job_id, lease)
    if job.state is JobState.STARTED:
        return job.id
    if job.state is not JobState.CLAIMED or job.expires_at <= tx.clock:
        raise PrintJobConflict(f"Print job {job_id} is {job.state.value}; do not print it.")
    # From now on the job belongs to this printer alone, whatever its target was.
    printer = _device(tx, principal).name
    _move(tx, job, JobState.STARTED, printer=printer, lease_expires_at=tx.clock + START_LEASE)
    return job.id


def record_outcome(
    tx: Transaction,
    principal: Principal,
    job_id: int,
    lease: str,
    state: JobState,
    detail: str | None,
    reason: Reason | None = None,
) -> int:
    """Record the outcome of a print job. Repeated with the same outcome, nothing changes.

    A late outcome still counts: the printer that had an unknown paper may report it printed or not sent, whatever
    people decided meanwhile. A trusted printer's paper that lacks only the proof is resolved as printed. Raises
    NotFound, and PrintJobConflict if the lease belongs to another claim or another outcome is recorded.
    """
    job = _leased(tx, principal, job_id, lease)
    if job.state is state or (job.state is JobState.EXPIRED and state is JobState.NOT_SENT):
        return job.id
    if job.state not in (JobState.CLAIMED, JobState.STARTED, JobState.UNKNOWN):
        raise PrintJobConflict(f"Print job {job_id} is {job.state.value} already.")
    if job.state is JobState.CLAIMED and state is not JobState.NOT_SENT:
        raise PrintJobConflict(f"Print job {job_id} was never started.")
    _move(tx, job, state, reason=reason, detail=detail)
    if state is JobState.UNKNOWN and reason is Reason.NO_PROOF and _device(tx, principal).trusted:
        settle(tx, job, Resolution.PRINTED, POLICY)
    return job.id


def visible_job(db: Db, job_id: int, principal: Principal) -> PrintJob:
    """Return the job.

    Raises NotFound if there is none, or if it is of a branch to which the principal does not belong: whether it exists
    is then not shown.
    """
    job = print_jobs.get(db, job_id)
    if not principal.belongs_to(job.branch_id):
        raise NotFound("There is no such print job.")
    return job


def _leased(tx: Transaction, principal: Principal, job_id: int, lease: str) -> PrintJob:
    branch_id = visible_job(tx.db, job_id, principal).branch_id
    # Lock the branch's row first: two servers may get the same request at once, and both would treat it as the first.
    tx.enter_id(branch_id, retired_too=True)
    job = print_jobs.get(tx.db, job_id)
    if job.lease is None or not secrets.compare_digest(job.lease.encode(), lease.encode()):
        raise PrintJobConflict(f"Print job {job_id} is no longer leased to this printer; do not print it.")
    return job


def _move(tx: Transaction, job: PrintJob, state: JobState, reason: Reason | None = None, **values: Any) -> None:
    branch = tx.enter_id(job.branch_id)
    # Use the time of the event, which entering the branch may have moved.
    time = "started_at" if state is JobState.STARTED else "ended_at"
    moved = print_jobs.put(tx.db, job, state, reason=reason, **values, **{time: tx.now})
    if moved.state is not state:
        raise PrintJobConflict(f"Print job {job.id} is {moved.state.value} by now.")
    ticket = tickets.get(tx.db, job.ticket_id)
    data = {
        "job": job.id,
        "printer": moved.printer,
        "reprint": job.reprint or None,
        "reason": reason,
        "detail": moved.detail,
    }
    tx.record(branch, _EVENTS[state], ticket, data={k: v for k, v in data.items() if v is not None})


def settle(tx: Transaction, job: PrintJob, resolution: Resolution, actor: str) -> None:
    """Resolve an unknown paper as printed or lost. Raises PrintJobConflict if it is resolved or known by now."""
    branch = tx.enter_id(job.branch_id)
    if not print_jobs.resolve(tx.db, job, resolution, actor, tx.now):
        current = print_jobs.get(tx.db, job.id)
        outcome = (
            f"taken for {current.resolution} by {current.resolved_by}" if current.resolution else current.state.value
        )
        raise PrintJobConflict(f"Print job {job.id} is {outcome} already.")
    data = {"job": job.id, "printer": job.printer, "resolution": resolution, "by": actor}
    tx.record(branch, EventType.PRINT_RESOLVED, tickets.get(tx.db, job.ticket_id), data=data)


def end_lapsed(tx: Transaction) -> int:
    """Expire jobs that no printer started in time; mark those of silent printers as unknown. Return how many."""
    lapsed = print_jobs.lapsed(tx.db, tx.clock)
    ended = 0
    for job in lapsed:
        tx.enter_id(job.branch_id)
        if print_jobs.get(tx.db, job.id) != job:
            continue  # another server, or the printer, got there first
        ended += 1
        if job.state is JobState.STARTED:
            _move(tx, job, JobState.UNKNOWN, detail=_AGENT_SILENT)
        else:
            _move(tx, job, JobState.EXPIRED, detail="no printer started it in time")
    return ended


def end_unprinted(tx: Transaction, branch_id: int) -> None:
    """End every open job of a closed branch: started jobs become unknown, others expire."""
    for job in print_jobs.list_open(tx.db, branch_id):
        state = JobState.UNKNOWN if job.state is JobState.STARTED else JobState.EXPIRED
        _move(tx, job, state, detail="the branch was closed for good")


def reprint(
    tx: Transaction,
    slug: str,
    principal: Principal,
    *,
    ticket_number: str,
    address: Callable[[Branch, int], str | None],
    printer: str | None,
) -> Ticket:
    """Print another paper of today's ticket; return the ticket.

    It is marked REPRINT unless certainly no earlier paper exists. A job that no printer has started is redirected to
    this printer instead, so that a ticket never has two papers under way. Raises NotFound, also if the branch has no
    printer.
    """
    branch = day_end.enter(tx, slug)
    permit(branch, principal)
    ticket = day_end.find_ticket(tx, branch, ticket_number)
    url, forecast = address(branch, ticket.id), forecast_of(tx, branch, ticket)
    job = queue_reprint(tx, branch, ticket, principal, url, forecast, printer=printer)
    if job is None:
        raise NotFound(f"Branch {slug} has no printer.")
    actor = principal.name or principal.id
    data = {"job": job.id, "printer": job.printer, "reprint": job.reprint, "by": actor}
    tx.record(branch, EventType.PRINT_QUEUED, ticket, data={k: v for k, v in data.items() if v is not None})
    return ticket


def resolve(
    tx: Transaction,
    principal: Principal,
    job_id: int,
    resolution: Resolution,
    *,
    print_again: bool,
    printer: str | None,
    address: Callable[[Branch, int], str | None],
) -> int:
    """Resolve an unknown paper as a person has found it, and print it again if asked to. Return the job's id.

    Repeated, nothing changes. Raises NotFound, and PrintJobConflict if the paper is known or resolved otherwise.
    """
    job = visible_job(tx.db, job_id, principal)
    branch = tx.enter_id(job.branch_id)
    if job.resolution is resolution and job.state is JobState.UNKNOWN:
        return job.id
    actor = principal.name or principal.id
    settle(tx, job, resolution, actor)
    audited = {"job": job.id, "number": job.content["number"], "resolution": resolution}
    access.write_audit(tx.db, tx.now, actor, "paper resolved", branch.id, audited)
    if print_again:
        number = tickets.get(tx.db, job.ticket_id).number
        reprint(tx, branch.slug, principal, ticket_number=number, address=address, printer=printer)
    return job.id


def printer_status(
    tx: Transaction, principal: Principal, status: dict[str, Any], *, reports_job: bool, job: int | None
) -> int:
    """Store a printer's status and the time of its contact; record an event if it changed. Return the device's id.

    An agent that reports its current job (`reports_job`; None: no job) extends the lease of that job alone: a job that
    an earlier agent started and never ended becomes unknown when its lease expires.
    """
    device = _device(tx, principal)
    access.set_device_status(tx.db, device.id, status, tx.clock)
    if not reports_job or job is not None:
        print_jobs.extend_leases(tx.db, device.id, tx.clock + START_LEASE, only=job)
    if device.status != status or device.silent or device.seen_at is None:
        branch = tx.enter_id(device.branch_id)
        tx.record(branch, EventType.PRINTER_CHANGED, data={"printer": device.name, "connected": True, **status})
    return device.id
