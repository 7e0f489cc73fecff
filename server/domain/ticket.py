"""A ticket and its legs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class State(StrEnum):
    """The state of a ticket, stored in the column `state` and nowhere else."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    PARKED = "parked"
    SERVED = "served"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Channel(StrEnum):
    """The way in which a customer took a ticket."""

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
    """One customer's number for one visit; `legs` in order, if they were loaded."""

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
    """The counter that called it last; None while it waits."""
    for_counter: int | None
    """The only counter that may call it, if it was moved to one."""
    leg_id: int | None
    """The open leg; None while it is parked or over."""
    note: str | None = None
    legs: tuple[Leg, ...] = ()

    @property
    def leg(self) -> Leg | None:
        """The last leg, open or ended."""
        return self.legs[-1] if self.legs else None
