"""The state machine of a ticket."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from server.domain.errors import TicketStateConflict
from server.domain.ticket import AT_COUNTER, OPEN, State, Ticket


class Verb(StrEnum):
    """An action on a ticket."""

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
    # Undo restores the previous state, which is stored in the event that is undone.
    Verb.UNDO: (AT_COUNTER | {S.SERVED, S.NO_SHOW}, None),
}
"""Verb → (states it leaves, state it enters)."""

UNDO_WITHIN = timedelta(seconds=10)


def require(ticket: Ticket, verb: Verb, *, start_on_call: bool = False) -> State | None:
    """Return the state that `verb` leads to from the ticket's own; None for undo.

    With `start_on_call` a called ticket may be finished too. Raises TicketStateConflict, which has the ticket and names
    its current state.
    """
    leaves, enters = TRANSITIONS[verb]
    if verb is Verb.FINISH and start_on_call:
        leaves = AT_COUNTER
    if ticket.state not in leaves:
        raise TicketStateConflict(
            f"Ticket {ticket.number} is {ticket.state.value.replace('_', ' ')}; {verb.value} is not possible.", ticket
        )
    return enters
