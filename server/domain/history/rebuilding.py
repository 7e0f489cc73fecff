"""Rebuild tickets, counters and print jobs from the event log alone, to verify every row and report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from server.domain.history.events import NO_CHANGE, Event, EventType
from server.domain.ticket import OPEN, State


@dataclass(frozen=True)
class RebuiltLeg:
    """A leg rebuilt from the log."""

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
    """A ticket rebuilt from the log. Fields of `issue` that earlier releases did not log are None."""

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
    """The remaining data of a ticket's `issued` event."""

    service: str
    priority: str | None
    channel: str | None
    language: str | None
    issued_by: str | None
    business_day: date | None
    left_out: int


@dataclass(frozen=True)
class RebuiltCounter:
    """A counter rebuilt from the log. Earlier releases did not log the holder."""

    state: str = "closed"
    reason: str | None = None
    agent: str | None = None
    holder: str | None = None
    holder_known: bool = True
    changed_at: datetime | None = None
    pause_after: str | None = None


@dataclass(frozen=True)
class RebuiltPaper:
    """A print job rebuilt from the log; a job without events is queued or claimed."""

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


class ImpossibleEvent(ValueError):
    """An event that cannot follow the events before it; `seq` is the event's."""

    def __init__(self, event: Event) -> None:
        super().__init__(f"event {event.seq} ({event.type.value}) cannot follow the events before it")
        self.seq = event.seq


def rebuild(events: Iterable[Event]) -> dict[int, RebuiltTicket]:
    """Rebuild every ticket (id → ticket) and leg from a branch's events in seq order.

    Raises ImpossibleEvent if an event cannot follow the events before it.
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
                # undo skips it and restores the ticket before the call
                tickets[event.ticket_id] = _unchanged(ticket, event)
            else:
                before.setdefault(event.ticket_id, []).append(ticket)
                tickets[event.ticket_id] = _after(ticket, event)
        except (KeyError, IndexError, TypeError, ValueError):
            raise ImpossibleEvent(event) from None
    return tickets


def rebuild_papers(events: Iterable[Event]) -> dict[int, RebuiltPaper]:
    """Rebuild every print job (id → job) of the log, events in seq order. Raises ImpossibleEvent."""
    papers: dict[int, RebuiltPaper] = {}
    for event in events:
        if event.type not in _PAPERS and event.type is not EventType.PRINT_RESOLVED:
            continue
        try:
            job = int(event.data["job"])
            paper = papers.get(job, RebuiltPaper("queued"))
            if event.type is EventType.PRINT_RESOLVED:
                papers[job] = replace(paper, resolution=event.data["resolution"], resolved_by=event.data["by"])
            elif event.type is EventType.PRINT_STARTED:
                papers[job] = replace(paper, state="started", started_at=event.at)
            else:
                reason = event.data.get("reason") if event.type is EventType.PRINT_UNKNOWN else None
                papers[job] = replace(paper, state=_PAPERS[event.type], ended_at=event.at, reason=reason)
        except (KeyError, TypeError, ValueError):
            raise ImpossibleEvent(event) from None
    return papers


def counter_after(counter: RebuiltCounter, event: Event) -> RebuiltCounter:
    """Return the counter after one of its events."""
    if event.type is EventType.COUNTER_OPENED:
        holder_known = "holder" in event.data
        return RebuiltCounter(
            "open", None, event.data.get("agent"), event.data.get("holder"), holder_known, event.at
        )  # fmt: skip
    if event.type is EventType.COUNTER_PAUSING:
        return replace(counter, pause_after=event.data.get("reason"), changed_at=event.at)
    if event.type is EventType.COUNTER_PAUSED:
        reason = event.data.get("reason")
        return replace(counter, state="paused", reason=reason, changed_at=event.at, pause_after=None)
    if event.type is EventType.COUNTER_CLOSED:
        return RebuiltCounter(changed_at=event.at)
    return counter


def _place_no_later(tickets: dict[int, RebuiltTicket], at: datetime) -> None:
    """Limit the places of open tickets to `at`, when a clock that was set back was confirmed."""
    for ticket_id, ticket in tickets.items():
        if ticket.state in OPEN and ticket.place_at is not None and ticket.place_at > at:
            tickets[ticket_id] = replace(ticket, place_at=at)


def _issued(event: Event) -> RebuiltTicket:
    if event.type is not EventType.ISSUED or event.number is None or event.service is None:
        raise ImpossibleEvent(event)
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
    """Return the ticket before the undone event. Fields that undo does not restore keep their values."""
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
        if last.ended_at is not None:  # called again from park: a new leg begins with the call
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
        raise ImpossibleEvent(event)
    # An open leg ends, and the next leg begins.
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
