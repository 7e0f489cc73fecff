"""The text of a ticket's paper, and its print job."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from server import texts
from server.domain.branch import Branch
from server.domain.errors import NotFound
from server.domain.people.principal import Principal, Role
from server.domain.printing.print_job import PrintJob
from server.domain.printing.routes import START_WITHIN, UNSTARTED, needs_reprint_mark
from server.domain.ticket import AT_COUNTER, State, Ticket
from server.domain.waits.forecast import Staffing, WaitForecast
from server.store.engines.transaction import Transaction
from server.store.tables import access, print_jobs
from server.store.tables.places import IssueContext


def queue_first_paper(
    tx: Transaction,
    branch: Branch,
    ticket: Ticket,
    principal: Principal,
    url: str | None,
    forecast: WaitForecast,
    numbers: IssueContext,
    *,
    printer: str | None = None,
) -> PrintJob | None:
    """Queue a new ticket's paper for the given printer, else the kiosk's own, else any printer of the branch.

    Returns None for a customer who joins by phone, and if the branch has no printer.
    """
    if not numbers.printers or principal.role is Role.ANONYMOUS:
        return None  # phone customers are at no printer, and a Host header sent by a stranger must not be printed
    if printer is None and numbers.own_printer in numbers.printers:
        printer = numbers.own_printer
    return _queue(tx, branch, ticket, principal, url, forecast, printer, job_id=numbers.job_id)


def queue_reprint(
    tx: Transaction,
    branch: Branch,
    ticket: Ticket,
    principal: Principal,
    url: str | None,
    forecast: WaitForecast,
    *,
    printer: str | None = None,
) -> PrintJob | None:
    """Queue the ticket's paper again, for the given printer, else the device's own, else any printer of the branch.

    It is marked as a reprint if an earlier paper came out or may have; an earlier job that no printer has started is
    redirected instead. Returns None if the branch has no printer. Raises NotFound for an unknown printer.
    """
    printers = access.printer_names(tx.db, branch.id)
    if not printers:
        return None
    if printer is not None:
        refuse_unknown_printer(branch, printer, printers)
    if printer is None and principal.device_id is not None:
        device = access.device_by_id(tx.db, principal.device_id)
        printer = device.printer if device and device.printer in printers else None
    last = print_jobs.of_ticket(tx.db, ticket.id)
    if last is not None and last.state in UNSTARTED:
        content = ticket_content(branch, ticket, url, forecast, reprint=last.reprint)
        return print_jobs.redirect(tx.db, last, printer=printer, content=content, expires_at=tx.clock + START_WITHIN)
    reprint = last is not None and needs_reprint_mark(print_jobs.states_of(tx.db, ticket.id))
    return _queue(
        tx, branch, ticket, principal, url, forecast, printer, job_id=print_jobs.new_id(tx.db), reprint=reprint
    )


def refuse_unknown_printer(branch: Branch, printer: str, printers: Collection[str]) -> None:
    """Raise NotFound if the branch has no printer of that name."""
    if printer not in printers:
        raise NotFound(f"There is no printer {printer!r} in branch {branch.slug}.")


def _queue(
    tx: Transaction,
    branch: Branch,
    ticket: Ticket,
    principal: Principal,
    url: str | None,
    forecast: WaitForecast,
    printer: str | None,
    *,
    job_id: int,
    reprint: bool = False,
) -> PrintJob:
    return print_jobs.queue(
        tx.db,
        job_id=job_id,
        branch_id=branch.id,
        ticket_id=ticket.id,
        printer=printer,
        issued_by=principal.id,
        reprint=reprint,
        content=ticket_content(branch, ticket, url, forecast, reprint=reprint),
        now=tx.now,
        expires_at=tx.clock + START_WITHIN,
    )


def ticket_content(
    branch: Branch, ticket: Ticket, url: str | None, forecast: WaitForecast, *, reprint: bool
) -> dict[str, Any]:
    """Return the texts that the printer draws, in the customer's language."""
    language = ticket.language
    priority = branch.priority_name(ticket.priority)
    return {
        "language": language,
        "branch": texts.pick(branch.name, language),
        "label": texts.say(language, "print.label"),
        "number": ticket.number,
        "service": texts.pick(branch.service(ticket.service).name, language),
        "priority": texts.pick(priority, language) if priority else None,
        "ahead": _place(branch, ticket, forecast),
        "wait": _wait(language, forecast),
        "issued": texts.date_and_time(language, ticket.issued_at.astimezone(branch.zone)),
        "url": url,
        "scan": texts.say(language, "print.scan"),
        "note": texts.say(language, "print.keep"),
        "reprint": texts.say(language, "print.reprint") if reprint else None,
    }


def _place(branch: Branch, ticket: Ticket, forecast: WaitForecast) -> str:
    """The ticket's place in line, or its state on a reprint when it is no longer waiting."""
    language = ticket.language
    if ticket.state in AT_COUNTER:
        names = branch.counter_name(ticket.counter) or {}
        counter = texts.pick(texts.counter_names(names, ticket.counter or 0, [language]), language)
        return texts.say(language, "print.go_to", counter=counter)
    if ticket.state is State.PARKED:
        return texts.say(language, "print.parked")
    if ticket.state is not State.WAITING:
        return texts.say(language, "print.ended")
    if forecast.ahead > 0:
        return texts.say(language, "common.ahead", n=forecast.ahead)
    return texts.say(language, "common.next" if forecast.staffing is Staffing.OPEN else "common.first")


def _wait(language: str, forecast: WaitForecast) -> str | None:
    """The expected wait, or why it is unknown; None for the next ticket, and for one that is not waiting."""
    if forecast.estimate is not None and forecast.ahead > 0:
        return texts.wait(language, forecast.estimate.low, forecast.estimate.high)
    if forecast.staffing in (None, Staffing.OPEN):
        return None
    return texts.say(language, f"common.staffing_{forecast.staffing.value}")
