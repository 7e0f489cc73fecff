"""Print jobs over HTTP: claims and reports of print agents, and their state for kiosks and staff."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from flask import Response, make_response, request

from server.actions.paper import printing
from server.contract import papers, requests, views
from server.domain.errors import Forbidden
from server.domain.people.principal import Principal
from server.domain.printing.routes import JobState, Reason
from server.queries import snapshots
from server.serving.limits import CLIENT_GONE
from server.store.engines.transaction import Transaction
from server.store.tables import access, branch_snapshot, branches, print_jobs
from server.web import auth
from server.web.api import PRINTING, SECURITY, api, ok
from server.web.context import current_principal, web
from server.web.perform import perform, reply

_JOB = ok(papers.PrintJob)


@api.post("/print-jobs/claim", tags=[PRINTING], security=SECURITY, responses=ok(papers.ClaimedJob) | {"204": None})
def claim_print_job(body: requests.Claim) -> Response:
    """Lease the next job, waiting up to `wait` seconds for one; 204 if there is none.

    A client that has disconnected takes none. A job that the printer claimed before and did not start is offered again.
    """
    principal = current_principal()
    until = monotonic() + body.wait
    reports_job = "job" in body.model_fields_set
    with web().waiting_claims.waits(principal.device_id or 0, principal.token_id) as is_newest:
        anew = True
        while not _client_gone():
            job = web().store.write(
                lambda tx, anew=anew: printing.claim(tx, principal, anew=anew, reports_job=reports_job, kept=body.job),  # type: ignore[misc]
                lambda tx, job_id: _claimed(tx, job_id, principal),
                on_event_loop=True,
            )
            if job is not None:
                return reply(job)
            anew = False
            if not _wait_for_work(principal, until, is_newest):
                break
    return make_response("", 204)


def _wait_for_work(principal: Principal, until: float, is_newest: Callable[[], bool]) -> bool:
    """Wait for work for this printer; return False if none comes in time.

    It only reads: idle printers write nothing.
    """
    assert principal.branch_id is not None
    while True:
        wait_for_commit = web().subscribe_to_commits(principal.branch_id)
        now = web().clock()
        found, lapses = web().store.read(lambda db, now=now: printing.has_work(db, principal, now))  # type: ignore[misc]
        if found and is_newest():
            return monotonic() < until
        remaining = until - monotonic()
        if remaining <= 0 or web().stopping() or _client_gone():
            return False
        # a lease that lapses is no commit
        wait_for_commit(remaining if lapses is None else min(remaining, (lapses - now).total_seconds()))
        auth.authenticate()  # its token may have been revoked while it waited


def _client_gone() -> bool:
    """Whether the client has disconnected; only the WSGI server knows."""
    is_gone: Callable[[], bool] | None = request.environ.get(CLIENT_GONE)
    return is_gone is not None and is_gone()


def _claimed(tx: Transaction, job_id: int | None, principal: Principal) -> papers.ClaimedJob | None:
    if job_id is None or principal.device_id is None:
        return None
    job = print_jobs.get(tx.db, job_id)
    device = access.device_by_id(tx.db, principal.device_id)
    assert device is not None
    printers = access.printers(tx.db, job.branch_id, tx.clock)
    return views.claimed_job(branches.get_by_id(tx.db, job.branch_id), job, device, printers)


def job_answer(tx: Transaction, job_id: int) -> papers.PrintJob:
    """Return the job in its new state."""
    job = print_jobs.get(tx.db, job_id)
    printers = access.printers(tx.db, job.branch_id, tx.clock)
    return views.print_job(branches.get_by_id(tx.db, job.branch_id), job, printers)


def staff_job_answer(tx: Transaction, job_id: int) -> papers.StaffPrintJob:
    """Return the job in its new state, for staff."""
    job = print_jobs.get(tx.db, job_id)
    printers = access.printers(tx.db, job.branch_id, tx.now)
    return views.staff_print_job(branches.get_by_id(tx.db, job.branch_id), job, printers)


@api.post("/print-jobs/<id>/started", tags=[PRINTING], security=SECURITY, responses=_JOB)
def start_print_job(path: requests.JobPath, body: requests.Lease) -> Response:
    """Report that the first byte is about to be sent; if this is refused, do not print."""
    principal = current_principal()
    return perform(lambda tx: printing.start_job(tx, principal, path.id, body.lease), job_answer)


@api.post("/print-jobs/<id>/outcome", tags=[PRINTING], security=SECURITY, responses=_JOB)
def end_print_job(path: requests.JobPath, body: requests.Outcome) -> Response:
    """Report the outcome of the job."""
    principal = current_principal()
    state, reason = JobState(body.outcome), Reason(body.reason) if body.reason else None
    return perform(
        lambda tx: printing.record_outcome(tx, principal, path.id, body.lease, state, body.detail, reason), job_answer
    )


@api.get("/print-jobs/<id>", tags=[PRINTING], security=SECURITY, responses=ok(papers.AnyPrintJob))
def get_print_job(path: requests.JobPath) -> Response:
    """A print job, for its issuer and for staff, who also see its remarks."""
    principal = current_principal()

    def query(tx: Transaction) -> papers.PrintJob:
        job = printing.visible_job(tx.db, path.id, principal)
        if not principal.role.staff and job.issued_by != principal.id:
            raise Forbidden("Only the issuer of the ticket and staff may see its print job.")
        return staff_job_answer(tx, path.id) if principal.role.staff else job_answer(tx, path.id)

    now = web().clock()
    return reply(web().store.read(lambda db: query(Transaction(db, now))))


@api.post("/printers/status", tags=[PRINTING], security=SECURITY, responses=ok(papers.Printer))
def put_printer_status(body: requests.PrinterStatus) -> Response:
    """Report the printer's status; this also shows that its agent is running."""
    principal = current_principal()

    def answer(tx: Transaction, device_id: int) -> papers.Printer:
        assert principal.branch_id is not None
        snapshot = branch_snapshot.read(tx.db, branches.get_by_id(tx.db, principal.branch_id), tx.clock)
        return next(p for p in snapshots.printers(tx.db, snapshot) if p.id == str(device_id))

    status = body.model_dump(exclude={"job"})
    reports_job = "job" in body.model_fields_set
    return perform(
        lambda tx: printing.printer_status(tx, principal, status, reports_job=reports_job, job=body.job), answer
    )
