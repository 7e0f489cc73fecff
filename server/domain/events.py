"""What has happened, in the past tense. The event log is the truth; rows and statistics follow from it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from server.domain.ticket import State


class EventType(StrEnum):
    """The public names of what happens."""

    ISSUED = "issued"
    CALLED = "called"
    RECALLED = "recalled"
    STARTED = "started"
    FINISHED = "finished"
    NO_SHOW = "no_show"
    PARKED = "parked"
    PUT_BACK = "put_back"
    TRANSFERRED = "transferred"
    CANCELLED = "cancelled"
    REINSTATED = "reinstated"
    EXPIRED = "expired"
    CARRIED = "carried"
    UNDONE = "undone"
    COUNTER_OPENED = "counter_opened"
    COUNTER_PAUSED = "counter_paused"
    COUNTER_CLOSED = "counter_closed"
    NOTICE_CHANGED = "notice_changed"
    BRANCH_CHANGED = "branch_changed"
    BRANCH_OPENED = "branch_opened"
    LAST_TICKET = "last_ticket"
    BRANCH_CLOSED = "branch_closed"
    DAY_STARTED = "day_started"
    CLOCK_CONFIRMED = "clock_confirmed"
    PRINT_QUEUED = "print_queued"
    PRINT_STARTED = "print_started"
    PRINT_PRINTED = "print_printed"
    PRINT_NOT_SENT = "print_not_sent"
    PRINT_UNKNOWN = "print_unknown"
    PRINT_RESOLVED = "print_resolved"
    PRINTER_CHANGED = "printer_changed"


@dataclass(frozen=True)
class Event:
    """One line of a branch's log; `seq` increases strictly within the branch."""

    seq: int
    type: EventType
    at: datetime
    ticket_id: int | None = None
    number: str | None = None
    service: str | None = None
    counter: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RebuiltLeg:
    """A leg as the log tells it."""

    service: str
    counter: int | None
    queued_at: datetime
    called_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None


@dataclass(frozen=True)
class RebuiltTicket:
    """A ticket as the log tells it: the check on every row and report."""

    number: str
    state: State
    issued_at: datetime
    ended_at: datetime | None = None
    legs: tuple[RebuiltLeg, ...] = ()


_ENDS = {
    EventType.FINISHED: (State.SERVED, "served"),
    EventType.NO_SHOW: (State.NO_SHOW, "no_show"),
    EventType.PARKED: (State.PARKED, "parked"),
    EventType.CANCELLED: (State.CANCELLED, "cancelled"),
    EventType.EXPIRED: (State.EXPIRED, "expired"),
}
NO_CHANGE = frozenset({EventType.RECALLED, EventType.CARRIED})
"""What happens to a ticket and leaves it in its state."""
_OVER = {State.SERVED, State.NO_SHOW, State.CANCELLED, State.EXPIRED}


def rebuild(events: Iterable[Event]) -> dict[int, RebuiltTicket]:
    """Every ticket (id → ticket) and leg from the log alone, events in seq order."""
    tickets: dict[int, RebuiltTicket] = {}
    before: dict[int, list[RebuiltTicket]] = {}
    for event in events:
        if event.ticket_id is None or event.type.startswith("print"):
            continue
        ticket = tickets.get(event.ticket_id)
        if event.type is EventType.UNDONE:
            tickets[event.ticket_id] = before[event.ticket_id].pop()
            continue
        if ticket is None:
            assert event.number is not None and event.service is not None
            leg = RebuiltLeg(event.service, None, event.at)
            tickets[event.ticket_id] = RebuiltTicket(event.number, State.WAITING, event.at, None, (leg,))
            continue
        if event.type in NO_CHANGE:
            continue  # undo goes back past it, to before the call
        before.setdefault(event.ticket_id, []).append(ticket)
        tickets[event.ticket_id] = _after(ticket, event)
    return tickets


def _after(ticket: RebuiltTicket, event: Event) -> RebuiltTicket:
    legs, last = list(ticket.legs), ticket.legs[-1]
    if event.type is EventType.CALLED:
        if last.ended_at is not None:  # taken back from park: the next leg begins with the call
            last = RebuiltLeg(event.service or last.service, None, event.at)
            legs.append(last)
        started = event.at if event.data.get("start_on_call") else None
        legs[-1] = replace(last, counter=event.counter, called_at=event.at, started_at=started)
        return replace(ticket, state=State.CALLED, legs=tuple(legs))
    if event.type is EventType.STARTED:
        legs[-1] = replace(last, started_at=last.started_at or event.at)
        return replace(ticket, state=State.SERVING, legs=tuple(legs))
    if event.type in _ENDS:
        state, outcome = _ENDS[event.type]
        if last.ended_at is None:
            legs[-1] = replace(last, ended_at=event.at, outcome=outcome)
        return replace(ticket, state=state, legs=tuple(legs), ended_at=event.at if state in _OVER else None)
    # put back, transferred, reinstated: one leg ends where it is open, the next begins
    if last.ended_at is None:
        legs[-1] = replace(last, ended_at=event.at, outcome=event.type.value)
    legs.append(RebuiltLeg(event.service or last.service, None, event.at))
    return replace(ticket, state=State.WAITING, legs=tuple(legs), ended_at=None)
