"""Parts of the reference model: tickets, counters, services, and the refusals of broken rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from server.domain.history.events import NO_CHANGE, Event, EventType

AT_COUNTER = ("called", "serving")
OPEN = ("waiting", "called", "serving", "parked")
LEGAL: dict[str, tuple[tuple[str | None, ...], str]] = {
    "issued": ((None,), "waiting"),
    "called": (("waiting", "parked"), "called"),
    "recalled": (("called",), "called"),
    "started": (("called",), "serving"),
    "finished": (("serving",), "served"),
    "no_show": (("called",), "no_show"),
    "parked": (AT_COUNTER, "parked"),
    "put_back": ((*AT_COUNTER, "parked"), "waiting"),
    "transferred": (OPEN, "waiting"),
    "reinstated": (("no_show", "cancelled"), "waiting"),
    "cancelled": (("waiting", "parked"), "cancelled"),
    "expired": (OPEN, "expired"),
    "carried": (OPEN, "as it was"),
}
"""Event → (allowed states, new state)."""
UNDO_WITHIN = timedelta(seconds=10)
REINSTATE_WITHIN = timedelta(hours=2)
IN_USE = timedelta(hours=6)
STAYS_CLOSED = timedelta(minutes=15)


class Refusal(Exception):
    """The action breaks these rules."""

    def __init__(self, codes: set[str]) -> None:
        super().__init__(f"refused: {codes}")
        self.codes = codes


def refuse(**broken: bool) -> None:
    """Raise Refusal with the codes of all broken rules, if any."""
    codes = {code.replace("_", "-") for code, is_broken in broken.items() if is_broken}
    if codes:
        raise Refusal(codes)


@dataclass
class Leg:
    service: str
    queued_at: datetime
    counter: int | None = None
    called_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None


@dataclass
class Ticket:
    id: int
    day: date
    number: str
    service: str
    head_start: timedelta
    place_at: datetime
    legs: list[Leg]
    state: str = "waiting"
    counter: int | None = None
    for_counter: int | None = None
    ended_at: datetime | None = None

    @property
    def line(self) -> tuple[datetime, int]:
        """The sort key: the earliest place first, less the head start of the class."""
        return self.place_at - self.head_start, self.id


@dataclass
class Service:
    code: str
    last_number: int
    quota: int | None = None


@dataclass
class Counter:
    first: tuple[str, ...]
    helps: tuple[str, ...] = ()
    helps_after: timedelta | None = None
    state: str = "closed"
    holder: str | None = None
    pausing: bool = False
    """It pauses when its customer leaves."""
    paused_by_leaving: datetime | None = None


@dataclass
class UndoableAction:
    """An action that undo can reverse, with the ticket's state before it."""

    verb: str
    at: datetime
    counter: int | None
    before: Ticket


def plainly(action: Callable[[], Any]) -> tuple[Any, set[str]]:
    """Return the model's result, and the codes of its refusal."""
    try:
        return action(), set()
    except Refusal as refusal:
        return None, refusal.codes


def record_step(states: dict[int, list[str]], event: Event, start_on_call: bool) -> None:
    """Check that an event follows the states of its ticket, and add the new state."""
    if event.ticket_id is None or event.type.startswith("print"):
        return
    history = states[event.ticket_id]
    if event.type is EventType.UNDONE:
        history.pop()
        return
    leaves, enters = LEGAL[event.type.value]
    if event.type is EventType.FINISHED and start_on_call:
        leaves = AT_COUNTER
    assert (history[-1] if history else None) in leaves, event
    if event.type not in NO_CHANGE:
        history.append(enters)


def legs_by_ticket(rows: Iterable[Any]) -> dict[int, list[tuple[Any, ...]]]:
    """Return the fields of stored legs, in order, by ticket id."""
    legs = defaultdict(list)
    for x in sorted(rows, key=lambda x: x.id):
        legs[x.ticket_id].append((x.service, x.queued_at, x.counter, x.called_at, x.started_at, x.ended_at, x.outcome))
    return legs
