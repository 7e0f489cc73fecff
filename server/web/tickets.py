"""Tickets over HTTP: taking a number, following it, and actions of staff on a ticket by its number."""

from __future__ import annotations

from flask import Response

from server.actions import issuing
from server.actions.forecast import forecast_of
from server.actions.issuing import Issued
from server.actions.paper import printing
from server.actions.queue import moving
from server.contract import requests, shapes, views
from server.domain.errors import NotFound
from server.domain.people.customer_token import ticket_id_of
from server.domain.people.principal import Role
from server.domain.ticket import Ticket
from server.store.engines.transaction import Transaction
from server.store.tables import branches, tickets
from server.web.api import OPTIONAL_SECURITY, SECURITY, TICKETS, api, created, ok
from server.web.auth import client_address
from server.web.context import addresses, current_principal, web
from server.web.perform import perform, perform_on_ticket, reply


@api.post(
    "/branches/<slug>/tickets", tags=[TICKETS], security=OPTIONAL_SECURITY, responses=created(shapes.IssuedTicket)
)
def issue_ticket(path: requests.BranchPath, body: requests.Issue) -> Response:
    """Take a number."""
    principal, at = current_principal(), addresses()
    if principal.role is Role.ANONYMOUS:
        branch_id = web().store.read(lambda db: branches.get(db, path.slug)).id
        web().phone_pace.check(client_address(), branch_id, web().monotonic())

    def action(tx: Transaction) -> dict[str, int | None]:
        tx.made = issued = issuing.issue_ticket(
            tx,
            path.slug,
            principal,
            service=body.service,
            priority=body.priority,
            language=body.language,
            address=at.for_code,
            after_hours=body.after_hours,
            printer=body.printer,
        )
        return {"ticket": issued.ticket.id, "print_job": issued.print_job.id if issued.print_job else None}

    def answer(tx: Transaction, reference: dict[str, int | None]) -> shapes.IssuedTicket:
        ticket_id, job_id = reference["ticket"], reference["print_job"]
        assert ticket_id is not None
        issued: Issued | None = tx.made
        if issued is not None:
            ticket, branch, forecast = issued.ticket, issued.branch, issued.forecast
        else:  # a retry returns the ticket's current state
            ticket = tickets.get(tx.db, ticket_id)
            branch, _ = tx.standing(ticket.branch_id)
            forecast = forecast_of(tx, branch, ticket)
        return views.ticket_as(
            shapes.IssuedTicket,
            branch,
            ticket,
            forecast,
            token=at.token(ticket_id),
            url=at.of(branch, ticket_id),
            qr_url=at.for_code(branch, ticket_id),
            print_job=None if job_id is None else str(job_id),
        )

    return perform(action, answer, 201)


@api.post(
    "/branches/<slug>/phone-tickets/cancel",
    tags=[TICKETS],
    security=SECURITY,
    responses=ok(shapes.PhoneTicketsCancelled),
)
def cancel_phone_tickets(
    path: requests.BranchPath, query: requests.DryRun, body: requests.CancelPhoneTickets
) -> Response:
    """Cancel every waiting ticket that phones took in a span of time."""
    principal = current_principal()

    def action(tx: Transaction) -> dict[str, list[str]]:
        numbers = moving.cancel_phone_tickets(
            tx, path.slug, principal, since=body.since, until=body.until, reason=body.reason, dry_run=query.dry_run
        )
        return {"numbers": numbers}

    def answer(_tx: Transaction, reference: dict[str, list[str]]) -> shapes.PhoneTicketsCancelled:
        numbers = reference["numbers"]
        return shapes.PhoneTicketsCancelled(cancelled=len(numbers), numbers=numbers, dry_run=query.dry_run)

    return perform(action, answer, on_event_loop=False)


@api.get("/tickets/<token>", tags=[TICKETS], responses=ok(shapes.HolderTicket))
def get_ticket(path: requests.HolderPath) -> Response:
    """The customer's own ticket."""
    ticket_id = _own(path.token)

    def query(tx: Transaction) -> shapes.HolderTicket:
        ticket = tickets.get(tx.db, ticket_id)
        branch, seq = tx.standing(ticket.branch_id)
        forecast = forecast_of(tx, branch, ticket)
        return views.ticket_as(shapes.HolderTicket, branch, ticket, forecast, now=tx.now, seq=seq)

    now = web().clock()
    return reply(web().store.read(lambda db: query(Transaction(db, now))))


@api.post("/tickets/<token>/cancel", tags=[TICKETS], responses=ok(shapes.Ticket))
def cancel_own_ticket(path: requests.HolderPath, body: requests.Nothing) -> Response:  # noqa: ARG001
    """Cancel the customer's own ticket."""
    ticket_id = _own(path.token)

    def answer(tx: Transaction, ticket: Ticket) -> shapes.Ticket:
        branch, _ = tx.standing(ticket.branch_id)
        return views.ticket(branch, ticket, forecast_of(tx, branch, ticket))

    return perform_on_ticket(lambda tx: moving.cancel_own(tx, ticket_id), answer)


def _own(token: str) -> int:
    ticket_id = ticket_id_of(web().server_key, token)
    if ticket_id is None:
        raise NotFound("There is no such ticket.")
    return ticket_id


@api.post(
    "/branches/<slug>/tickets/<path:number>/cancel", tags=[TICKETS], security=SECURITY, responses=ok(shapes.DoneTicket)
)
def cancel_ticket(path: requests.TicketNumberPath, body: requests.Nothing) -> Response:  # noqa: ARG001
    """Cancel a waiting or parked ticket of today."""
    principal = current_principal()
    return perform_on_ticket(lambda tx: moving.cancel_by_number(tx, path.slug, principal, ticket_number=path.number))


@api.post(
    "/branches/<slug>/tickets/<path:number>/reinstate",
    tags=[TICKETS],
    security=SECURITY,
    responses=ok(shapes.DoneTicket),
)
def reinstate_ticket(path: requests.TicketNumberPath, body: requests.Reinstate) -> Response:
    """Return a no-show or cancelled ticket of today to the line, under its number."""
    principal = current_principal()
    return perform_on_ticket(
        lambda tx: moving.reinstate(tx, path.slug, principal, ticket_number=path.number, keep_place=body.keep_place),
    )


@api.post(
    "/branches/<slug>/tickets/<path:number>/transfer",
    tags=[TICKETS],
    security=SECURITY,
    responses=ok(shapes.DoneTicket),
)
def transfer_ticket(path: requests.TicketNumberPath, body: requests.Destination) -> Response:
    """Transfer an open ticket of today to another service or counter."""
    principal = current_principal()
    return perform_on_ticket(
        lambda tx: moving.transfer_by_number(
            tx,
            path.slug,
            principal,
            ticket_number=path.number,
            service=body.service,
            to_counter=body.counter,
            keep_place=body.keep_place,
            note=body.note,
        ),
    )


@api.post(
    "/branches/<slug>/tickets/<path:number>/reprint",
    tags=[TICKETS],
    security=SECURITY,
    responses=ok(shapes.DoneTicket),
)
def reprint_ticket(path: requests.TicketNumberPath, body: requests.Reprint) -> Response:
    """Print the ticket again; the paper is marked as a reprint."""
    principal, at = current_principal(), addresses()
    return perform_on_ticket(
        lambda tx: printing.reprint(
            tx, path.slug, principal, ticket_number=path.number, address=at.for_code, printer=body.printer
        ),
    )
