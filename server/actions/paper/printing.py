"""Print jobs as a printer lives them: claim, started, outcome; and what becomes of those nobody ended."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from server.actions.forecast import forecast_of
from server.actions.paper.print_content import paper_again
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
    tx: Transaction, principal: Principal, *, anew: bool = False, tells_job: bool = False, kept: int | None = None
) -> int | None:
    """Lease the oldest paper that this printer may print; its id, or None when there is none.

    A printer that is held, or sends its jobs on, is offered nothing. `anew`: an agent that has nothing but the job
    `kept` asks, so what the printer has claimed and not started is lost to it, and offered again: in its turn where the
    agent tells what it has (`tells_job`), else after what nobody has claimed.
    """
    device = _device(tx, principal)
    if device.silent or device.seen_at is None:
        branch = tx.enter_id(device.branch_id)
        tx.record(branch, EventType.PRINTER_CHANGED, data={"printer": device.name, "connected": True})
    access.seen(tx.db, device, tx.clock)
    elsewhere = excluded_targets(device.name, access.printers(tx.db, device.branch_id, tx.clock))
    if elsewhere is None:
        return None
    lost_by = device.id if anew else None
    job = print_jobs.next_for(
        tx.db, device.branch_id, elsewhere, tx.clock, lost_by=lost_by, kept=kept, lost_last=not tells_job
    )
    if job is None:
        return None
    lease = secrets.token_urlsafe(16)
    return job.id if print_jobs.claim(tx.db, job, device.id, lease, tx.clock + CLAIM_LEASE) else None


def work_for(db: Db, principal: Principal, now: datetime) -> tuple[bool, datetime | None]:
    """Whether a claim would find something now, and when the next lease of another printer lapses. Writes nothing."""
    device = access.device_by_id(db, principal.device_id) if principal.device_id is not None else None
    if device is None:
        return False, None
    elsewhere = excluded_targets(device.name, access.printers(db, device.branch_id, now))
    there = elsewhere is not None and print_jobs.next_for(db, device.branch_id, elsewhere, now) is not None
    return there, None if there else print_jobs.next_lapse(db, device.branch_id, now)


def _device(tx: Transaction, principal: Principal) -> Device:
    device = access.device_by_id(tx.db, principal.device_id) if principal.device_id is not None else None
    if device is None:
        raise NotFound("This token belongs to no printer. Make one with `giliran token create --role printer`.")
    return device


def started(tx: Transaction, principal: Principal, job_id: int, lease: str) -> int:
    """The first byte is about to leave. Said again under the same lease, nothing changes.

    Raises PrintJobConflict where the lease is no longer the job's, or its time is over.
    """
    job = _leased(tx, principal, job_id, lease)
    if job.state is JobState.STARTED:
        return job.id
    if job.state is not JobState.CLAIMED or job.expires_at <= tx.clock:
        raise PrintJobConflict(f"Print job {job_id} is {job.state.value}; do not print it.")
    # whomever it was meant for: from here on it is this printer's alone
    printer = _device(tx, principal).name
    _move(tx, job, JobState.STARTED, printer=printer, lease_expires_at=tx.clock + START_LEASE)
    return job.id


def outcome(
    tx: Transaction,
    principal: Principal,
    job_id: int,
    lease: str,
    state: JobState,
    detail: str | None,
    reason: Reason | None = None,
) -> int:
    """What is known of the paper now. The same outcome again changes nothing.

    Knowledge that comes late still counts: an unknown paper becomes printed or not sent by the word of the printer
    that had it, whatever people took it for meanwhile. A trusted printer's paper that lacks nothing but its proof is
    taken for printed. Raises PrintJobConflict where the lease is no longer the job's, or another outcome stands.
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


def _leased(tx: Transaction, principal: Principal, job_id: int, lease: str) -> PrintJob:
    branch_id = print_jobs.get(tx.db, job_id).branch_id
    if not principal.belongs_to(branch_id):
        raise NotFound("There is no such print job.")
    # the branch's row first: the same request may reach two servers at once, and each would take it for the first
    tx.enter_id(branch_id, retired_too=True)
    job = print_jobs.get(tx.db, job_id)
    if job.lease is None or not secrets.compare_digest(job.lease.encode(), lease.encode()):
        raise PrintJobConflict(f"Print job {job_id} is no longer leased to this printer; do not print it.")
    return job


def _move(tx: Transaction, job: PrintJob, state: JobState, reason: Reason | None = None, **values: Any) -> None:
    branch = tx.enter_id(job.branch_id)
    # the time of the event, which entering the branch may have moved
    time = "started_at" if state is JobState.STARTED else "ended_at"
    now = print_jobs.put(tx.db, job, state, reason=reason, **values, **{time: tx.now})
    if now.state is not state:
        raise PrintJobConflict(f"Print job {job.id} is {now.state.value} by now.")
    ticket = tickets.get(tx.db, job.ticket_id)
    data = {
        "job": job.id,
        "printer": now.printer,
        "reprint": job.reprint or None,
        "reason": reason,
        "detail": now.detail,
    }
    tx.record(branch, _EVENTS[state], ticket, data={k: v for k, v in data.items() if v is not None})


def settle(tx: Transaction, job: PrintJob, resolution: Resolution, by: str) -> None:
    """Take an unknown paper for printed or lost. Raises PrintJobConflict where it is settled, or known, by now."""
    branch = tx.enter_id(job.branch_id)
    if not print_jobs.resolve(tx.db, job, resolution, by, tx.now):
        now = print_jobs.get(tx.db, job.id)
        said = f"taken for {now.resolution} by {now.resolved_by}" if now.resolution else now.state.value
        raise PrintJobConflict(f"Print job {job.id} is {said} already.")
    data = {"job": job.id, "printer": job.printer, "resolution": resolution, "by": by}
    tx.record(branch, EventType.PRINT_RESOLVED, tickets.get(tx.db, job.ticket_id), data=data)


def end_lapsed(tx: Transaction) -> int:
    """Expire jobs that nobody started in time; call unknown those whose printer fell silent. Returns how many."""
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
    """End every open job of a branch where nobody prints any more: none came out, or what was begun is unknown."""
    for job in print_jobs.every_open(tx.db, branch_id):
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
    """Another paper of today's ticket; returns the ticket. Raises NotFound without a printer.

    It says REPRINT unless it is certain that no earlier one exists. A paper that no printer has begun yet is no
    earlier one: it is sent to this printer instead, so that one ticket never has two papers on their way.
    """
    branch = day_end.enter(tx, slug)
    permit(branch, principal)
    ticket = day_end.find_ticket(tx, branch, ticket_number)
    url, forecast = address(branch, ticket.id), forecast_of(tx, branch, ticket)
    job = paper_again(tx, branch, ticket, principal, url, forecast, printer=printer)
    if job is None:
        raise NotFound(f"Branch {slug} has no printer.")
    by = principal.name or principal.id
    data = {"job": job.id, "printer": job.printer, "reprint": job.reprint, "by": by}
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
    """Somebody has looked: an unknown paper came out, or did not, and is then perhaps printed again. The job's id.

    Said again, nothing changes. Raises NotFound, or PrintJobConflict where the paper is known or otherwise settled.
    """
    job = print_jobs.get(tx.db, job_id)
    if not principal.belongs_to(job.branch_id):
        raise NotFound("There is no such print job.")
    branch = tx.enter_id(job.branch_id)
    if job.resolution is resolution and job.state is JobState.UNKNOWN:
        return job.id
    by = principal.name or principal.id
    settle(tx, job, resolution, by)
    audited = {"job": job.id, "number": job.content["number"], "resolution": resolution}
    access.write_audit(tx.db, tx.now, by, "paper resolved", branch.id, audited)
    if print_again:
        number = tickets.get(tx.db, job.ticket_id).number
        reprint(tx, branch.slug, principal, ticket_number=number, address=address, printer=printer)
    return job.id


def printer_status(
    tx: Transaction, principal: Principal, status: dict[str, Any], *, tells_job: bool, job: int | None
) -> int:
    """What a printer says of itself, and that it lives; told on when that has changed. Returns the device's id.

    An agent that tells which job it has under way (`tells_job`; None: none) keeps that one alone: what an agent before
    it has started and never ended is unknown when its lease lapses.
    """
    device = _device(tx, principal)
    access.set_device_status(tx.db, device.id, status, tx.clock)
    if not tells_job or job is not None:
        print_jobs.lengthen(tx.db, device.id, tx.clock + START_LEASE, only=job)
    if device.status != status or device.silent or device.seen_at is None:
        branch = tx.enter_id(device.branch_id)
        tx.record(branch, EventType.PRINTER_CHANGED, data={"printer": device.name, "connected": True, **status})
    return device.id
