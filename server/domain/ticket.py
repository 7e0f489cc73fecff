"""A ticket and its legs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class State(StrEnum):
    """Where a ticket is. The one `state` column; nothing else says it."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    PARKED = "parked"
    SERVED = "served"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Channel(StrEnum):
    """How a ticket was taken."""

    KIOSK = "kiosk"
    PHONE = "phone"
    STAFF = "staff"
    API = "api"


AT_COUNTER = frozenset({State.CALLED, State.SERVING})
OPEN = frozenset({State.WAITING, State.CALLED, State.SERVING, State.PARKED})


@dataclass(frozen=True)
class Leg:
    """One stay of a ticket in one service's queue. Its four times are written once."""

    id: int
    ticket_id: int
    service: str
    counter: int | None
    queued_at: datetime
    called_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None
    recalls: int = 0
    called_seq: int | None = None
    """The seq of its last call or recall."""


@dataclass(frozen=True)
class Ticket:
    """One customer's number for one visit, with its legs in order where they were asked for."""

    id: int
    branch_id: int
    business_day: date
    number: str
    service: str
    priority: str
    state: State
    language: str
    issued_at: datetime
    place_at: datetime
    ended_at: datetime | None
    counter: int | None
    """Where it is, or was last, called; None while it waits."""
    for_counter: int | None
    """The counter it was moved to; only that one calls it."""
    leg_id: int | None
    """The open leg; None while it is parked or over."""
    note: str | None = None
    legs: tuple[Leg, ...] = ()

    @property
    def leg(self) -> Leg | None:
        """The last leg, open or ended."""
        return self.legs[-1] if self.legs else None
