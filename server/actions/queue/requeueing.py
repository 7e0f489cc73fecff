"""A ticket goes into the line again: its open leg ends, where it has one, and the next begins."""

from __future__ import annotations

from dataclasses import replace

from server.domain.branch import Branch
from server.domain.history.events import EventType
from server.domain.ticket import State, Ticket
from server.store.engines.transaction import Transaction
from server.store.tables import tickets


def queue_again(
    tx: Transaction,
    branch: Branch,
    ticket: Ticket,
    kind: EventType,
    *,
    counter: int | None = None,
    service: str | None = None,
    for_counter: int | None = None,
    keep_place: bool = True,
    note: str | None = None,
    reason: str | None = None,
    **values: object,
) -> Ticket:
    """Let the ticket wait, in the line of `service` or before one counter alone; returns it as it is then.

    `queued_at` of the new leg is now; the place in line is kept, or is taken anew. `reason` says in the log why the
    system did this and not a person.
    """
    service = service or ticket.service
    leg = tickets.open_leg(tx.db, ticket.id, branch.id, ticket.business_day, service, tx.now)
    again = tickets.swap(
        tx.db,
        ticket,
        State.WAITING,
        service=service,
        counter=None,
        for_counter=for_counter,
        leg_id=leg.id,
        place_at=ticket.place_at if keep_place else tx.now,
        note=note or ticket.note,
        **values,
    )
    if ticket.leg_id is not None:
        again = tickets.write_leg(tx.db, again, ticket.leg_id, ended_at=tx.now, outcome=kind.value)
    data = {
        "from": ticket.state.value,
        "for_counter": for_counter,
        "keep_place": keep_place,
        "note": note,
        "reason": reason,
    }
    tx.record(
        branch, kind, ticket, service=service, counter=counter, data={k: v for k, v in data.items() if v is not None}
    )
    return replace(again, legs=(*again.legs, leg))
