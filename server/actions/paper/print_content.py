"""The words on a ticket's paper, and the job that prints them."""

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
from server.store.tables.places import ForNumber


def first_paper(
    tx: Transaction,
    branch: Branch,
    ticket: Ticket,
    principal: Principal,
    url: str | None,
    forecast: WaitForecast,
    known: ForNumber,
    *,
    printer: str | None = None,
) -> PrintJob | None:
    """Queue a new ticket's paper for the named printer, else the kiosk's own, else any of the branch.

    None for who joins by phone, and where the branch has no printer at all.
    """
    if not known.printers or principal.role is Role.ANONYMOUS:
        return None  # who joined by phone stands at no printer, and the host name that a stranger sent stays off paper
    if printer is None and known.own_printer in known.printers:
        printer = known.own_printer
    return _queue(tx, branch, ticket, principal, url, forecast, printer, job_id=known.job_id)


def paper_again(
    tx: Transaction,
    branch: Branch,
    ticket: Ticket,
    principal: Principal,
    url: str | None,
    forecast: WaitForecast,
    *,
    printer: str | None = None,
) -> PrintJob | None:
    """Queue the ticket's paper once more, for the named printer, else the asking device's own, else any of the branch.

    It is marked as a second one if an earlier paper came out or may have; an earlier one that no printer has begun is
    sent here instead. None where the branch has no printer at all. Raises NotFound for a printer that it does not have.
    """
    there = access.printer_names(tx.db, branch.id)
    if not there:
        return None
    if printer is not None:
        refuse_unknown_printer(branch, printer, there)
    if printer is None and principal.device_id is not None:
        device = access.device_by_id(tx.db, principal.device_id)
        printer = device.printer if device and device.printer in there else None
    last = print_jobs.of_ticket(tx.db, ticket.id)
    if last is not None and last.state in UNSTARTED:
        content = words(branch, ticket, url, forecast, reprint=last.reprint)
        return print_jobs.redirect(tx.db, last, printer=printer, content=content, expires_at=tx.clock + START_WITHIN)
    reprint = last is not None and needs_reprint_mark(print_jobs.states_of(tx.db, ticket.id))
    return _queue(
        tx, branch, ticket, principal, url, forecast, printer, job_id=print_jobs.new_id(tx.db), reprint=reprint
    )


def refuse_unknown_printer(branch: Branch, printer: str, there: Collection[str]) -> None:
    """Raise NotFound where the branch has no printer of that name."""
    if printer not in there:
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
        content=words(branch, ticket, url, forecast, reprint=reprint),
        now=tx.now,
        expires_at=tx.clock + START_WITHIN,
    )


def words(branch: Branch, ticket: Ticket, url: str | None, forecast: WaitForecast, *, reprint: bool) -> dict[str, Any]:
    """The ticket in the customer's language, as the printer draws it."""
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
    """Where the ticket stands, also on a second paper that is printed when it no longer waits."""
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
    """How long it will take, or why nobody can say; None for the next one, and for a ticket that does not wait."""
    if forecast.estimate is not None and forecast.ahead > 0:
        return texts.wait(language, forecast.estimate.low, forecast.estimate.high)
    if forecast.staffing in (None, Staffing.OPEN):
        return None
    return texts.say(language, f"common.staffing_{forecast.staffing.value}")
