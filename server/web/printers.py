"""Printers and print jobs for people: hold, redirect and resolve; and the kiosk's view of its printer."""

from __future__ import annotations

from flask import Response

from server.actions.paper import printers, printing
from server.contract import papers, requests, views
from server.domain.errors import NotFound
from server.domain.printing.routes import JobState, Resolution, can_print
from server.queries import snapshots
from server.store.engines.store import Db
from server.store.engines.transaction import Transaction
from server.store.tables import access, branch_snapshot, branches, print_jobs, tickets
from server.web.api import PRINTING, SECURITY, api, ok
from server.web.branch import watched_branch
from server.web.context import addresses, current_principal, web
from server.web.perform import perform, reply
from server.web.print_jobs import staff_job_answer


@api.put("/branches/<slug>/printers/<path:name>", tags=[PRINTING], security=SECURITY, responses=ok(papers.Printer))
def route_printer(path: requests.PrinterPath, body: requests.RoutePrinter) -> Response:
    """Hold or release a printer, or redirect its jobs. Jobs that it has started stay with it."""
    principal = current_principal()
    sends = "sends_to" in body.model_fields_set

    def action(tx: Transaction) -> int:
        return printers.route(tx, path.slug, principal, path.name, held=body.held, sends=sends, to=body.sends_to)

    def answer(tx: Transaction, device_id: int) -> papers.Printer:
        snapshot = branch_snapshot.read(tx.db, branches.get(tx.db, path.slug), tx.clock)
        return next(p for p in snapshots.printers(tx.db, snapshot) if p.id == str(device_id))

    return perform(action, answer)


@api.get("/branches/<slug>/print-jobs", tags=[PRINTING], security=SECURITY, responses=ok(papers.PrintJobs))
def list_print_jobs(path: requests.BranchPath, query: requests.PapersQuery) -> Response:
    """The print jobs of today's tickets, newest first."""
    principal, now = current_principal(), web().clock()

    def read(db: Db) -> papers.PrintJobs:
        branch = watched_branch(db, path.slug, principal)
        first_day = branches.first_day(db, branch, now)
        jobs = print_jobs.of_days(
            db,
            branch.id,
            first_day,
            state=JobState(query.state) if query.state else None,
            in_doubt=query.unresolved,
            numbers=None if query.number is None else tickets.numbers_like(db, branch, first_day, query.number),
            before=query.before,
            limit=query.limit,
        )
        routes = access.printers(db, branch.id, now)
        return papers.PrintJobs(print_jobs=[views.staff_print_job(branch, job, routes) for job in jobs])

    return reply(web().store.read(read))


@api.post("/print-jobs/<id>/resolve", tags=[PRINTING], security=SECURITY, responses=ok(papers.StaffPrintJob))
def resolve_print_job(path: requests.JobPath, body: requests.Resolve) -> Response:
    """Resolve an unknown paper as printed, or as lost and perhaps printed again."""
    principal, at = current_principal(), addresses()

    def action(tx: Transaction) -> int:
        return printing.resolve(
            tx,
            principal,
            path.id,
            Resolution(body.resolution),
            print_again=body.print_again,
            printer=body.printer,
            address=at.for_code,
        )

    def answer(tx: Transaction, job_id: int) -> papers.StaffPrintJob:
        # A retry skips the action's checks, and the account may have lost its access meanwhile.
        printing.visible_job(tx.db, job_id, principal)
        return staff_job_answer(tx, job_id)

    return perform(action, answer)


@api.get("/kiosk", tags=[PRINTING], security=SECURITY, responses=ok(papers.Kiosk))
def get_kiosk() -> Response:
    """The printing and codes that this kiosk can offer."""
    principal, now, at = current_principal(), web().clock(), addresses()

    def read(db: Db) -> papers.Kiosk:
        device = access.device_by_id(db, principal.device_id) if principal.device_id is not None else None
        if device is None:
            raise NotFound("This token belongs to no kiosk.")
        routes = access.printers(db, device.branch_id, now)
        branch = branches.get_by_id(db, device.branch_id)
        return papers.Kiosk(
            name=device.name,
            branch=branch.slug,
            printer=device.printer,
            prints=can_print(device.printer, routes) if routes else None,
            codes=at.base(branch.public_url).no_code is None,
        )

    return reply(web().store.read(read))
