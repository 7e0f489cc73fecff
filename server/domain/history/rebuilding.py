"""Everything that follows from the event log, made again from the log alone: the check on every row and report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from server.domain.history.events import NO_CHANGE, Event, EventType
from server.domain.ticket import OPEN, State


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
    recalls: int = 0
    called_seq: int | None = None


@dataclass(frozen=True)
class RebuiltTicket:
    """A ticket as the log tells it. What earlier releases did not write into the log is None in `issue`."""

    number: str
    state: State
    issued_at: datetime
    ended_at: datetime | None = None
    legs: tuple[RebuiltLeg, ...] = ()
    service: str = ""
    place_at: datetime | None = None
    counter: int | None = None
    for_counter: int | None = None
    note: str | None = None
    issue: IssueData | None = None


@dataclass(frozen=True)
class IssueData:
    """What the event of a ticket's issue says besides."""

    service: str
    priority: str | None
    channel: str | None
    language: str | None
    issued_by: str | None
    business_day: date | None
    left_out: int


@dataclass(frozen=True)
class RebuiltCounter:
    """A counter as the log tells it. Earlier releases did not write into the log who holds it."""

    state: str = "closed"
    reason: str | None = None
    agent: str | None = None
    holder: str | None = None
    holder_known: bool = True
    changed_at: datetime | None = None
    pause_after: str | None = None


@dataclass(frozen=True)
class RebuiltPaper:
    """A print job as the log tells it; one that the log does not name is queued, or claimed."""

    state: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    resolution: str | None = None
    resolved_by: str | None = None
    reason: str | None = None


_ENDS = {
    EventType.FINISHED: (State.SERVED, "served"),
    EventType.NO_SHOW: (State.NO_SHOW, "no_show"),
    EventType.PARKED: (State.PARKED, "parked"),
    EventType.CANCELLED: (State.CANCELLED, "cancelled"),
    EventType.EXPIRED: (State.EXPIRED, "expired"),
}
_OVER = {State.SERVED, State.NO_SHOW, State.CANCELLED, State.EXPIRED}
_PAPERS = {
    EventType.PRINT_STARTED: "started",
    EventType.PRINT_PRINTED: "printed",
    EventType.PRINT_NOT_SENT: "not_sent",
    EventType.PRINT_UNKNOWN: "unknown",
}


class Impossible(ValueError):
    """The log tells something that cannot have happened; `seq` is the event's."""

    def __init__(self, event: Event) -> None:
        super().__init__(f"event {event.seq} ({event.type.value}) cannot follow the events before it")
        self.seq = event.seq


def rebuild(events: Iterable[Event]) -> dict[int, RebuiltTicket]:
    """Every ticket (id → ticket) and leg from the log alone, a branch's events in seq order.

    Raises Impossible where an event cannot follow the ones before it.
    """
    tickets: dict[int, RebuiltTicket] = {}
    before: dict[int, list[RebuiltTicket]] = {}
    for event in events:
        if event.type is EventType.CLOCK_CONFIRMED:
            _place_no_later(tickets, event.at)
        if event.ticket_id is None or event.type.startswith("print"):
            continue
        ticket = tickets.get(event.ticket_id)
        try:
            if ticket is None:
                tickets[event.ticket_id] = _issued(event)
            elif event.type is EventType.UNDONE:
                tickets[event.ticket_id] = _undone(before[event.ticket_id].pop(), ticket, event)
            elif event.type in NO_CHANGE:
                # undo goes back past it, to before the call
                tickets[event.ticket_id] = _unchanged(ticket, event)
            else:
                before.setdefault(event.ticket_id, []).append(ticket)
                tickets[event.ticket_id] = _after(ticket, event)
        except (KeyError, IndexError, TypeError, ValueError):
            raise Impossible(event) from None
    return tickets


def rebuild_papers(events: Iterable[Event]) -> dict[int, RebuiltPaper]:
    """Every print job (id → job) that the log tells of, events in seq order. Raises Impossible."""
    papers: dict[int, RebuiltPaper] = {}
    for event in events:
        if event.type not in _PAPERS and event.type is not EventType.PRINT_RESOLVED:
            continue
        try:
            job = int(event.data["job"])
            known = papers.get(job, RebuiltPaper("queued"))
            if event.type is EventType.PRINT_RESOLVED:
                papers[job] = replace(known, resolution=event.data["resolution"], resolved_by=event.data["by"])
            elif event.type is EventType.PRINT_STARTED:
                papers[job] = replace(known, state="started", started_at=event.at)
            else:
                reason = event.data.get("reason") if event.type is EventType.PRINT_UNKNOWN else None
                papers[job] = replace(known, state=_PAPERS[event.type], ended_at=event.at, reason=reason)
        except (KeyError, TypeError, ValueError):
            raise Impossible(event) from None
    return papers


def counter_after(known: RebuiltCounter, event: Event) -> RebuiltCounter:
    """The counter after one of its own events."""
    if event.type is EventType.COUNTER_OPENED:
        holder_known = "holder" in event.data
        return RebuiltCounter(
            "open", None, event.data.get("agent"), event.data.get("holder"), holder_known, event.at
        )  # fmt: skip
    if event.type is EventType.COUNTER_PAUSING:
        return replace(known, pause_after=event.data.get("reason"), changed_at=event.at)
    if event.type is EventType.COUNTER_PAUSED:
        reason = event.data.get("reason")
        return replace(known, state="paused", reason=reason, changed_at=event.at, pause_after=None)
    if event.type is EventType.COUNTER_CLOSED:
        return RebuiltCounter(changed_at=event.at)
    return known


def _place_no_later(tickets: dict[int, RebuiltTicket], at: datetime) -> None:
    """A clock that was set back was confirmed: places that were taken later than now are taken now."""
    for ticket_id, ticket in tickets.items():
        if ticket.state in OPEN and ticket.place_at is not None and ticket.place_at > at:
            tickets[ticket_id] = replace(ticket, place_at=at)


def _issued(event: Event) -> RebuiltTicket:
    if event.type is not EventType.ISSUED or event.number is None or event.service is None:
        raise Impossible(event)
    data = event.data
    day = data.get("day")
    issue = IssueData(
        event.service,
        data.get("priority"),
        data.get("channel"),
        data.get("language"),
        data.get("issued_by"),
        date.fromisoformat(day) if day is not None else None,
        int(data.get("left_out", 0)),
    )
    leg = RebuiltLeg(event.service, None, event.at)
    return RebuiltTicket(
        event.number, State.WAITING, event.at, None, (leg,), event.service, event.at, issue=issue,
    )  # fmt: skip


def _undone(before: RebuiltTicket, ticket: RebuiltTicket, event: Event) -> RebuiltTicket:
    """The ticket before the event that is taken back. What undo does not touch stays as it is."""
    restored = replace(before, place_at=ticket.place_at)
    if event.data["verb"] != EventType.CALLED.value:
        last = replace(before.legs[-1], recalls=ticket.legs[-1].recalls, called_seq=ticket.legs[-1].called_seq)
        restored = replace(restored, legs=(*before.legs[:-1], last))
    if "for_counter" in event.data:
        restored = replace(restored, for_counter=event.data["for_counter"])
    return restored


def _unchanged(ticket: RebuiltTicket, event: Event) -> RebuiltTicket:
    if event.type is not EventType.RECALLED:
        return ticket
    last = replace(ticket.legs[-1], recalls=event.data["recalls"], called_seq=event.seq)
    return replace(ticket, legs=(*ticket.legs[:-1], last))


def _after(ticket: RebuiltTicket, event: Event) -> RebuiltTicket:
    legs, last = list(ticket.legs), ticket.legs[-1]
    if event.type is EventType.CALLED:
        if last.ended_at is not None:  # taken back from park: the next leg begins with the call
            last = RebuiltLeg(event.service or last.service, None, event.at)
            legs.append(last)
        started = event.at if event.data.get("start_on_call") else None
        legs[-1] = replace(
            last, counter=event.counter, called_at=event.at, started_at=started, called_seq=event.seq
        )  # fmt: skip
        return replace(ticket, state=State.CALLED, counter=event.counter, legs=tuple(legs))
    if event.type is EventType.STARTED:
        legs[-1] = replace(last, started_at=last.started_at or event.at)
        return replace(ticket, state=State.SERVING, legs=tuple(legs))
    if event.type in _ENDS:
        state, outcome = _ENDS[event.type]
        if last.ended_at is None:
            legs[-1] = replace(last, ended_at=event.at, outcome=outcome)
        note = ticket.note
        if event.type is EventType.PARKED:
            note = event.data.get("reason") or note
        ended = event.at if state in _OVER else None
        return replace(ticket, state=state, legs=tuple(legs), ended_at=ended, note=note)
    if event.type not in (EventType.PUT_BACK, EventType.TRANSFERRED, EventType.REINSTATED):
        raise Impossible(event)
    # one leg ends where it is open, the next begins
    if last.ended_at is None:
        legs[-1] = replace(last, ended_at=event.at, outcome=event.type.value)
    legs.append(RebuiltLeg(event.service or last.service, None, event.at))
    return replace(
        ticket,
        state=State.WAITING,
        legs=tuple(legs),
        ended_at=None,
        service=event.service or ticket.service,
        place_at=ticket.place_at if event.data.get("keep_place", True) else event.at,
        counter=None,
        for_counter=event.data.get("for_counter"),
        note=event.data.get("note") or ticket.note,
    )
