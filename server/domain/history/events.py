"""Events, named in the past tense. The event log is the source of truth; rows and statistics follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class EventType(StrEnum):
    """The public names of event types."""

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
    """The counter pauses when its current customer leaves."""
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
"""Events of a ticket that do not change its state."""
PERSONAL_FIELDS = ("note", "reason", "outcome")
"""Keys of event data with texts that people write about others; erased after the retention time."""
PERSONAL_EVENTS = frozenset(
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
"""Event types that may contain personal data; the `reason` of a print event is not personal."""


def personal_data(kind: EventType, data: Mapping[str, Any]) -> dict[str, Any]:
    """The personal part of an event's data, which is erased after the retention time."""
    if kind not in PERSONAL_EVENTS:
        return {}
    return {name: data[name] for name in PERSONAL_FIELDS if name in data}
