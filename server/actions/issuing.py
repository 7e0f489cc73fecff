"""Issuing a ticket: number, leg and paper in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from server.actions.paper.print_content import queue_first_paper, refuse_unknown_printer
from server.actions.queue import day_end
from server.actions.queue.at_counter import permit
from server.domain.branch import Branch
from server.domain.calendar import business_day
from server.domain.calendar.opening import local, numbers_next_day, opening
from server.domain.errors import Forbidden, Invalid, NoNumbersNow, NumbersHeld, ServiceClosed
from server.domain.history.events import EventType
from server.domain.people.principal import Principal, Role
from server.domain.printing.print_job import PrintJob
from server.domain.queue import numbering
from server.domain.queue.policy import place_of
from server.domain.ticket import Channel, Ticket
from server.domain.waits.forecast import WaitForecast, forecast
from server.store.engines.transaction import Transaction
from server.store.tables import places, tickets

_CHANNELS = {Role.ANONYMOUS: Channel.PHONE, Role.KIOSK: Channel.KIOSK, Role.API: Channel.API}


@dataclass(frozen=True)
class Issued:
    """A new ticket, its wait forecast, and its print job; None if nothing is printed."""

    branch: Branch
    ticket: Ticket
    forecast: WaitForecast
    print_job: PrintJob | None


def issue_ticket(
    tx: Transaction,
    slug: str,
    principal: Principal,
    *,
    service: str,
    priority: str | None,
    language: str | None,
    address: Callable[[Branch, int], str | None],
    after_hours: bool = False,
    printer: str | None = None,
) -> Issued:
    """Issue the next number of the service, with its first leg and its print job.

    `address(branch, ticket id)` returns the URL of the code on the paper; None: the paper has no code. `after_hours`
    allows a number outside the hours: an agent may do so until the branch closes, a supervisor at any time; it is
    logged. `printer` is the printer that staff chose. Raises Invalid, ServiceClosed, QuotaReached, NumbersExhausted,
    NotFound for an unknown branch or printer, or Forbidden if the principal may not take a number.
    """
    branch = day_end.enter(tx, slug)
    permit(branch, principal)
    channel = _CHANNELS.get(principal.role, Channel.STAFF)
    if channel is Channel.PHONE and not branch.join_by_phone:
        raise Forbidden(f"Branch {slug} gives numbers at its kiosk, not over the web.")
    if printer is not None and channel not in (Channel.STAFF, Channel.API):
        raise Forbidden("Only staff and programs choose the printer of a ticket.")
    requested = branch.service(service)
    code = branch.priority(priority)
    if language is not None and language not in branch.languages:
        raise Invalid(f"Branch {slug} does not speak {language!r}; it speaks {', '.join(branch.languages)}.")
    if requested.retired:
        raise ServiceClosed(f"Service {service} is no longer offered.")
    late = _late(branch, tx.now, principal, allowed=after_hours)
    day = business_day.today(branch, tx.now)
    place = place_of(branch, service, code, tx.now)
    numbers = places.issue_context(
        tx.db, branch.id, day, place, principal.device_id, other_days=tx.carried_until(branch) is not None
    )
    if printer is not None:
        refuse_unknown_printer(branch, printer, numbers.printers)
    try:
        ordinal = numbering.next_ordinal(
            requested, numbers.last, left_out=numbers.left_out, still_open=numbers.still_open
        )
        if channel is Channel.PHONE:
            numbering.check_phone_share(requested, branch.phone_share, numbers.phones)
    except NumbersHeld:
        raise  # free again when a customer of another day is finished; that time is unknown
    except NoNumbersNow as refused:
        refused.opens_at = numbers_next_day(branch, tx.now)
        raise
    phones = numbers.phones + (1 if channel is Channel.PHONE else 0)
    skipped = ordinal - (requested.first_number if numbers.last is None else numbers.last + 1)
    left_out = numbers.left_out + skipped
    tickets.advance_series(tx.db, branch.id, service, day, ordinal, phones=phones, left_out=left_out)
    ticket = tickets.issue(
        tx.db,
        ticket_id=numbers.ticket_id,
        leg_id=numbers.leg_id,
        branch_id=branch.id,
        day=day,
        number=numbering.ticket_number(requested, ordinal),
        service=service,
        priority=code,
        language=language or branch.languages[0],
        now=tx.now,
        origin=principal.id,
        channel=channel,
    )
    data: dict[str, Any] = {
        "priority": code,
        "channel": channel.value,
        "day": day.isoformat(),
        "language": ticket.language,
        "issued_by": principal.id,
    }
    if skipped:
        data["left_out"] = skipped
    if late:
        data["after_hours"] = True
    tx.record(branch, EventType.ISSUED, ticket, data=data)
    wait_forecast = forecast(branch, place, numbers.line_context, tx.now)
    job = queue_first_paper(
        tx, branch, ticket, principal, address(branch, ticket.id), wait_forecast, numbers, printer=printer
    )
    return Issued(branch, ticket, wait_forecast, job)


def _late(branch: Branch, now: datetime, principal: Principal, *, allowed: bool) -> bool:
    """Whether staff allow the number outside the hours for numbers.

    Raises ServiceClosed outside the hours without that permission, Forbidden if the principal may not give it.
    """
    if allowed and not principal.role.includes(Role.AGENT):
        raise Forbidden("Only staff may give out a number outside the hours for numbers.")
    state = opening(branch, now)
    if state.no_numbers is None:
        return False
    if allowed and (state.open or principal.role.includes(Role.SUPERVISOR)):
        return True
    if allowed:
        raise Forbidden(f"Branch {branch.slug} is closed; a supervisor may still give out a number.")
    next_opening = f" It opens at {local(branch, state.opens_at)}." if state.opens_at else ""
    if state.closes_at is None:
        raise ServiceClosed(f"Branch {branch.slug} is closed now.{next_opening}", state.opens_at)
    raise ServiceClosed(
        f"Branch {branch.slug} closes at {local(branch, state.closes_at)} and gives out no more new numbers."
        f"{next_opening}",
        state.opens_at,
        state.closes_at,
    )
