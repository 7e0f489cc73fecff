"""What a print agent says over HTTP, and what a kiosk or staff ask about a paper."""

from __future__ import annotations

from time import monotonic

from flask import Response, make_response

from server.actions import printing
from server.contract import requests, shapes, snapshots, views
from server.domain.errors import Forbidden, NotFound
from server.domain.principal import Principal
from server.domain.printing import JobState
from server.store import access, branches, floor, print_jobs
from server.store.transaction import Transaction
from server.web.api import PRINTING, SECURITY, api, ok
from server.web.context import principal, web
from server.web.perform import perform, reply

_JOB = ok(shapes.PrintJob)
_LOOK_AGAIN = 2.0
"""Seconds after which a waiting claim looks again by itself: a lease may have lapsed meanwhile."""


@api.post("/print-jobs/claim", tags=[PRINTING], security=SECURITY, responses=ok(shapes.ClaimedJob) | {"204": None})
def claim_print_job(body: requests.Claim) -> Response:
    """Lease the next paper, waiting up to `wait` seconds for one; 204 when there is none."""
    who = principal()
    until = monotonic() + body.wait
    while True:
        job = web().store.write(lambda tx: printing.claim(tx, who), lambda tx, job_id: _claimed(tx, job_id, who))
        left = until - monotonic()
        if job is not None:
            return reply(job)
        if left <= 0 or web().stopping():
            return make_response("", 204)
        assert who.branch_id is not None
        web().wait_for_commit(who.branch_id, min(left, _LOOK_AGAIN))


def _claimed(tx: Transaction, job_id: int | None, who: Principal) -> shapes.ClaimedJob | None:
    if job_id is None or who.device_id is None:
        return None
    job = print_jobs.get(tx.db, job_id)
    device = access.device_by_id(tx.db, who.device_id)
    assert device is not None
    return views.claimed_job(branches.get_by_id(tx.db, job.branch_id), job, device)


def _job(tx: Transaction, job_id: int) -> shapes.PrintJob:
    job = print_jobs.get(tx.db, job_id)
    return views.print_job(branches.get_by_id(tx.db, job.branch_id), job)


@api.post("/print-jobs/<id>/started", tags=[PRINTING], security=SECURITY, responses=_JOB)
def start_print_job(path: requests.JobPath, body: requests.Lease) -> Response:
    """The first byte is about to leave; a refusal means: do not print."""
    who = principal()
    return perform(lambda tx: printing.started(tx, who, path.id, body.lease), _job)


@api.post("/print-jobs/<id>/outcome", tags=[PRINTING], security=SECURITY, responses=_JOB)
def end_print_job(path: requests.JobPath, body: requests.Outcome) -> Response:
    """What is known of the paper."""
    who = principal()
    return perform(lambda tx: printing.outcome(tx, who, path.id, body.lease, JobState(body.outcome), body.detail), _job)


@api.get("/print-jobs/<id>", tags=[PRINTING], security=SECURITY, responses=_JOB)
def get_print_job(path: requests.JobPath) -> Response:
    """A paper, for the one who issued it and for staff."""
    who = principal()

    def query(tx: Transaction) -> shapes.PrintJob:
        job = print_jobs.get(tx.db, path.id)
        if who.branch_id is not None and job.branch_id != who.branch_id:
            raise NotFound("There is no such print job.")
        if not who.role.staff and job.issued_by != who.id:
            raise Forbidden("Only the one who issued the ticket, and staff, may ask about its paper.")
        return _job(tx, path.id)

    now = web().clock()
    return reply(web().store.read(lambda db: query(Transaction(db, now))))


@api.post("/printers/status", tags=[PRINTING], security=SECURITY, responses=ok(shapes.Printer))
def put_printer_status(body: requests.PrinterStatus) -> Response:
    """What the printer says of itself; also the sign that its agent lives."""
    who = principal()

    def answer(tx: Transaction, device_id: int) -> shapes.Printer:
        assert who.branch_id is not None
        seen = floor.read(tx.db, branches.get_by_id(tx.db, who.branch_id), tx.now)
        return next(p for p in snapshots.printers(tx.db, seen) if p.id == str(device_id))

    return perform(lambda tx: printing.printer_status(tx, who, body.model_dump()), answer)
