"""What the plain queue is made of: its tickets, counters and services, and the rules that it may break."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

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
"""What may happen → (from which states, to which)."""
UNDO_WITHIN = timedelta(seconds=10)
REINSTATE_WITHIN = timedelta(hours=2)
IN_USE = timedelta(hours=6)
STAYS_CLOSED = timedelta(minutes=15)


class Refusal(Exception):
    """The verb breaks these rules."""

    def __init__(self, codes: set[str]) -> None:
        super().__init__(f"refused: {codes}")
        self.codes = codes


def refuse(**broken: bool) -> None:
    """Raise Refusal with the codes of the rules that are broken, if any is."""
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
        """Who is earliest goes first; a priority class counts as having come earlier."""
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
    """It pauses once its customer has left."""
    paused_by_leaving: datetime | None = None


@dataclass
class DoneVerb:
    """What an undo takes back: what was done to which ticket, and the ticket as it was before."""

    verb: str
    at: datetime
    counter: int | None
    before: Ticket
