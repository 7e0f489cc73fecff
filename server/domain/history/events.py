"""What has happened, in the past tense. The event log is the truth; rows and statistics follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


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
    COUNTER_PAUSING = "counter_pausing"
    """It pauses once its customer has left."""
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


NO_CHANGE = frozenset({EventType.RECALLED, EventType.CARRIED})
"""What happens to a ticket and leaves it in its state."""
PERSONAL_WORDS = ("note", "reason", "outcome")
"""What people write about one another in an event's data; it is erased when its time is over."""
WITH_PERSONAL_WORDS = frozenset(
    {
        EventType.CALLED,
        EventType.PARKED,
        EventType.TRANSFERRED,
        EventType.PUT_BACK,
        EventType.CANCELLED,
        EventType.FINISHED,
        EventType.COUNTER_PAUSING,
        EventType.COUNTER_PAUSED,
    }
)
"""Events that may hold such words; what printers say of papers is about no one."""


def personal_words(kind: EventType, data: Mapping[str, Any]) -> dict[str, Any]:
    """What an event says about people: the part of its data that is erased when its time is over."""
    if kind not in WITH_PERSONAL_WORDS:
        return {}
    return {name: data[name] for name in PERSONAL_WORDS if name in data}
