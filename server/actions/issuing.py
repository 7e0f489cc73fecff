"""Issuing a ticket: number, leg and paper in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.actions.at_counter import permit
from server.actions.outlook import prospect_of
from server.actions.paper import queue_paper
from server.domain import business_day, numbering
from server.domain.branch import Branch
from server.domain.errors import Forbidden, Invalid, ServiceClosed
from server.domain.events import EventType
from server.domain.principal import Principal, Role
from server.domain.ticket import Ticket
from server.store import tickets
from server.store.print_jobs import PrintJob
from server.store.transaction import Transaction


@dataclass(frozen=True)
class Issued:
    """A new ticket and its print job; None where the branch has no printer."""

    ticket: Ticket
    print_job: PrintJob | None


def issue_ticket(
    tx: Transaction,
    slug: str,
    principal: Principal,
    *,
    service: str,
    priority: str | None,
    language: str | None,
    address: Callable[[Branch, int], str],
) -> Issued:
    """The next number of the service, waiting, with its first leg and its paper.

    `address(branch, ticket id)` is what the code on the paper points to. Raises Invalid, ServiceClosed, QuotaReached,
    NumbersExhausted, or Forbidden where the branch does not let the one who asks take a number.
    """
    branch = tx.enter(slug)
    permit(branch, principal)
    if principal.role is Role.ANONYMOUS and not branch.join_by_phone:
        raise Forbidden(f"Branch {slug} gives numbers at its kiosk, not over the web.")
    wanted = branch.service(service)
    code = branch.priority(priority)
    if language is not None and language not in branch.languages:
        raise Invalid(f"Branch {slug} does not speak {language!r}; it speaks {', '.join(branch.languages)}.")
    if wanted.retired:
        raise ServiceClosed(f"Service {service} is no longer offered.")
    if not business_day.is_open(branch, tx.now):
        opens, _ = business_day.next_change(branch, tx.now)
        when = f" It opens at {opens.astimezone(branch.zone):%Y-%m-%d %H:%M}." if opens else ""
        raise ServiceClosed(f"Branch {slug} is closed now.{when}")
    day = business_day.today(branch, tx.now)
    ordinal = numbering.next_ordinal(wanted, tickets.last_ordinal(tx.db, branch.id, service, day))
    tickets.advance_series(tx.db, branch.id, service, day, ordinal)
    ticket = tickets.issue(
        tx.db,
        branch_id=branch.id,
        day=day,
        number=numbering.ticket_number(wanted, ordinal),
        service=service,
        priority=code,
        language=language or branch.languages[0],
        now=tx.now,
        origin=principal.id,
    )
    tx.record(branch, EventType.ISSUED, ticket, data={"priority": code})
    job = queue_paper(tx, branch, ticket, principal, address(branch, ticket.id), prospect_of(tx, branch, ticket))
    return Issued(ticket, job)
