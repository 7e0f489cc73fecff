"""Return a ticket to the line: its open leg ends, and a new one begins."""

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
    """Return the ticket to the line of `service`, or of one counter alone; return its new state.

    The new leg's `queued_at` is the current time; the place in line is kept, or is the current time too. `reason` is
    logged if the system and not a person did this.
    """
    service = service or ticket.service
    leg = tickets.open_leg(tx.db, ticket.id, branch.id, ticket.business_day, service, tx.now)
    requeued = tickets.swap(
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
        requeued = tickets.write_leg(tx.db, requeued, ticket.leg_id, ended_at=tx.now, outcome=kind.value)
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
    return replace(requeued, legs=(*requeued.legs, leg))
