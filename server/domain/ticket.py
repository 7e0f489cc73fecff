"""A ticket, its legs, and the one table of what may happen to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from server.domain.errors import TicketStateConflict


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


AT_COUNTER = frozenset({State.CALLED, State.SERVING})
OPEN = frozenset({State.WAITING, State.CALLED, State.SERVING, State.PARKED})


class Verb(StrEnum):
    """What may be done to a ticket."""

    CALL = "call"
    RECALL = "recall"
    START = "start"
    FINISH = "finish"
    NO_SHOW = "no-show"
    PARK = "park"
    PUT_BACK = "put-back"
    TRANSFER = "transfer"
    REINSTATE = "reinstate"
    CANCEL = "cancel"
    EXPIRE = "expire"
    UNDO = "undo"


S = State
TRANSITIONS: dict[Verb, tuple[frozenset[State], State | None]] = {
    Verb.CALL: (frozenset({S.WAITING, S.PARKED}), S.CALLED),
    Verb.RECALL: (frozenset({S.CALLED}), S.CALLED),
    Verb.START: (frozenset({S.CALLED}), S.SERVING),
    Verb.FINISH: (frozenset({S.SERVING}), S.SERVED),
    Verb.NO_SHOW: (frozenset({S.CALLED}), S.NO_SHOW),
    Verb.PARK: (AT_COUNTER, S.PARKED),
    Verb.PUT_BACK: (AT_COUNTER | {S.PARKED}, S.WAITING),
    Verb.TRANSFER: (OPEN, S.WAITING),
    Verb.REINSTATE: (frozenset({S.NO_SHOW, S.CANCELLED}), S.WAITING),
    Verb.CANCEL: (frozenset({S.WAITING, S.PARKED}), S.CANCELLED),
    Verb.EXPIRE: (OPEN, S.EXPIRED),
    # the state before, which the event that is undone remembers
    Verb.UNDO: (AT_COUNTER | {S.SERVED, S.NO_SHOW}, None),
}
"""Verb → (states it leaves, state it enters)."""

UNDO_WITHIN = timedelta(seconds=10)


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


def require(ticket: Ticket, verb: Verb, *, start_on_call: bool = False) -> State | None:
    """The state that `verb` leads to from the ticket's own; None for undo.

    Where the branch counts a call as a start, a called ticket may be finished. Raises TicketStateConflict with the
    ticket, whose true state the message names.
    """
    leaves, enters = TRANSITIONS[verb]
    if verb is Verb.FINISH and start_on_call:
        leaves = AT_COUNTER
    if ticket.state not in leaves:
        raise TicketStateConflict(
            f"Ticket {ticket.number} is {ticket.state.value.replace('_', ' ')}; {verb.value} is not possible.", ticket
        )
    return enters
