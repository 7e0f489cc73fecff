"""Printers and papers as people see them: hold, send elsewhere, settle a doubt; and what a kiosk may promise."""

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
from server.web.context import addresses, principal, web
from server.web.perform import perform, reply
from server.web.print_jobs import staff_job_answer


@api.put("/branches/<slug>/printers/<path:name>", tags=[PRINTING], security=SECURITY, responses=ok(papers.Printer))
def route_printer(path: requests.PrinterPath, body: requests.RoutePrinter) -> Response:
    """Hold a printer, or send its jobs to another, and back. What it has begun stays with it."""
    who = principal()
    sends = "sends_to" in body.model_fields_set

    def action(tx: Transaction) -> int:
        return printers.route(tx, path.slug, who, path.name, held=body.held, sends=sends, to=body.sends_to)

    def answer(tx: Transaction, device_id: int) -> papers.Printer:
        seen = branch_snapshot.read(tx.db, branches.get(tx.db, path.slug), tx.clock)
        return next(p for p in snapshots.printers(tx.db, seen) if p.id == str(device_id))

    return perform(action, answer)


@api.get("/branches/<slug>/print-jobs", tags=[PRINTING], security=SECURITY, responses=ok(papers.PrintJobs))
def list_print_jobs(path: requests.BranchPath, query: requests.PapersQuery) -> Response:
    """The papers of today's tickets, newest first."""
    who, now = principal(), web().clock()

    def read(db: Db) -> papers.PrintJobs:
        branch = watched_branch(db, path.slug, who)
        first_day = branches.first_day(db, branch, now)
        found = print_jobs.of_days(
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
        return papers.PrintJobs(print_jobs=[views.staff_print_job(branch, job, routes) for job in found])

    return reply(web().store.read(read))


@api.post("/print-jobs/<id>/resolve", tags=[PRINTING], security=SECURITY, responses=ok(papers.StaffPrintJob))
def resolve_print_job(path: requests.JobPath, body: requests.Resolve) -> Response:
    """Somebody has looked: an unknown paper came out, or was lost and is perhaps printed again."""
    who, at = principal(), addresses()

    def action(tx: Transaction) -> int:
        return printing.resolve(
            tx,
            who,
            path.id,
            Resolution(body.resolution),
            print_again=body.print_again,
            printer=body.printer,
            address=at.for_code,
        )

    def answer(tx: Transaction, job_id: int) -> papers.StaffPrintJob:
        # a retry is answered without the action, and its account may work elsewhere by now
        if not who.belongs_to(print_jobs.get(tx.db, job_id).branch_id):
            raise NotFound("There is no such print job.")
        return staff_job_answer(tx, job_id)

    return perform(action, answer)


@api.get("/kiosk", tags=[PRINTING], security=SECURITY, responses=ok(papers.Kiosk))
def get_kiosk() -> Response:
    """What the kiosk that asks may promise of paper."""
    who, now, at = principal(), web().clock(), addresses()

    def read(db: Db) -> papers.Kiosk:
        device = access.device_by_id(db, who.device_id) if who.device_id is not None else None
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
