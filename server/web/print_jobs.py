"""What a print agent says over HTTP, and what a kiosk or staff ask about a paper."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from flask import Response, make_response, request

from server.actions.paper import printing
from server.contract import papers, requests, views
from server.domain.errors import Forbidden, NotFound
from server.domain.people.principal import Principal
from server.domain.printing.routes import JobState, Reason
from server.queries import snapshots
from server.serving.limits import CLIENT_GONE
from server.store.engines.transaction import Transaction
from server.store.tables import access, branch_snapshot, branches, print_jobs
from server.web import auth
from server.web.api import PRINTING, SECURITY, api, ok
from server.web.context import principal, web
from server.web.perform import perform, reply

_JOB = ok(papers.PrintJob)


@api.post("/print-jobs/claim", tags=[PRINTING], security=SECURITY, responses=ok(papers.ClaimedJob) | {"204": None})
def claim_print_job(body: requests.Claim) -> Response:
    """Lease the next paper, waiting up to `wait` seconds for one; 204 when there is none.

    Whoever has hung up meanwhile takes none. What the printer claimed before and did not start is offered again.
    """
    who = principal()
    until = monotonic() + body.wait
    tells_job = "job" in body.model_fields_set
    with web().waiting_claims.waits(who.device_id or 0, who.token_id) as is_newest:
        anew = True
        while not _client_gone():
            job = web().store.write(
                lambda tx, anew=anew: printing.claim(tx, who, anew=anew, tells_job=tells_job, kept=body.job),  # type: ignore[misc]
                lambda tx, job_id: _claimed(tx, job_id, who),
                on_event_loop=True,
            )
            if job is not None:
                return reply(job)
            anew = False
            if not _work_comes(who, until, is_newest):
                break
    return make_response("", 204)


def _work_comes(who: Principal, until: float, is_newest: Callable[[], bool]) -> bool:
    """Wait for work for this printer; False when there is none in time. It only looks: idle printers write nothing."""
    assert who.branch_id is not None
    while True:
        wait_for_commit = web().subscribe_to_commits(who.branch_id)
        now = web().clock()
        there, lapses = web().store.read(lambda db, now=now: printing.work_for(db, who, now))  # type: ignore[misc]
        if there and is_newest():
            return monotonic() < until
        left = until - monotonic()
        if left <= 0 or web().stopping() or _client_gone():
            return False
        # a lease that lapses is no commit
        wait_for_commit(left if lapses is None else min(left, (lapses - now).total_seconds()))
        auth.authenticate()  # its token may have been revoked while it waited


def _client_gone() -> bool:
    """Whether whoever asks has hung up; only the server of connections knows that."""
    gone: Callable[[], bool] | None = request.environ.get(CLIENT_GONE)
    return gone is not None and gone()


def _claimed(tx: Transaction, job_id: int | None, who: Principal) -> papers.ClaimedJob | None:
    if job_id is None or who.device_id is None:
        return None
    job = print_jobs.get(tx.db, job_id)
    device = access.device_by_id(tx.db, who.device_id)
    assert device is not None
    printers = access.printers(tx.db, job.branch_id, tx.clock)
    return views.claimed_job(branches.get_by_id(tx.db, job.branch_id), job, device, printers)


def job_answer(tx: Transaction, job_id: int) -> papers.PrintJob:
    """The paper as it is after the action."""
    job = print_jobs.get(tx.db, job_id)
    printers = access.printers(tx.db, job.branch_id, tx.clock)
    return views.print_job(branches.get_by_id(tx.db, job.branch_id), job, printers)


def staff_job_answer(tx: Transaction, job_id: int) -> papers.StaffPrintJob:
    """The same for staff."""
    job = print_jobs.get(tx.db, job_id)
    printers = access.printers(tx.db, job.branch_id, tx.now)
    return views.staff_print_job(branches.get_by_id(tx.db, job.branch_id), job, printers)


@api.post("/print-jobs/<id>/started", tags=[PRINTING], security=SECURITY, responses=_JOB)
def start_print_job(path: requests.JobPath, body: requests.Lease) -> Response:
    """The first byte is about to leave; a refusal means: do not print."""
    who = principal()
    return perform(lambda tx: printing.started(tx, who, path.id, body.lease), job_answer)


@api.post("/print-jobs/<id>/outcome", tags=[PRINTING], security=SECURITY, responses=_JOB)
def end_print_job(path: requests.JobPath, body: requests.Outcome) -> Response:
    """What is known of the paper."""
    who = principal()
    state, reason = JobState(body.outcome), Reason(body.reason) if body.reason else None
    return perform(lambda tx: printing.outcome(tx, who, path.id, body.lease, state, body.detail, reason), job_answer)


@api.get("/print-jobs/<id>", tags=[PRINTING], security=SECURITY, responses=ok(papers.AnyPrintJob))
def get_print_job(path: requests.JobPath) -> Response:
    """A paper, for the one who issued it and for staff, who see what was written about it too."""
    who = principal()

    def query(tx: Transaction) -> papers.PrintJob:
        job = print_jobs.get(tx.db, path.id)
        if not who.belongs_to(job.branch_id):
            raise NotFound("There is no such print job.")
        if not who.role.staff and job.issued_by != who.id:
            raise Forbidden("Only the one who issued the ticket, and staff, may ask about its paper.")
        return staff_job_answer(tx, path.id) if who.role.staff else job_answer(tx, path.id)

    now = web().clock()
    return reply(web().store.read(lambda db: query(Transaction(db, now))))


@api.post("/printers/status", tags=[PRINTING], security=SECURITY, responses=ok(papers.Printer))
def put_printer_status(body: requests.PrinterStatus) -> Response:
    """What the printer says of itself; also the sign that its agent lives."""
    who = principal()

    def answer(tx: Transaction, device_id: int) -> papers.Printer:
        assert who.branch_id is not None
        seen = branch_snapshot.read(tx.db, branches.get_by_id(tx.db, who.branch_id), tx.clock)
        return next(p for p in snapshots.printers(tx.db, seen) if p.id == str(device_id))

    status = body.model_dump(exclude={"job"})
    tells_job = "job" in body.model_fields_set
    return perform(lambda tx: printing.printer_status(tx, who, status, tells_job=tells_job, job=body.job), answer)
