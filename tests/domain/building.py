"""Tickets to test with."""

from datetime import UTC, date, datetime
from typing import Any

from server.domain.ticket import State, Ticket

MORNING = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


def a_ticket(**more: Any) -> Ticket:
    """A waiting ticket of the morning."""
    values: dict[str, Any] = {
        "id": 1,
        "branch_id": 1,
        "business_day": date(2026, 11, 21),
        "number": "A001",
        "service": "A",
        "priority": "normal",
        "state": State.WAITING,
        "language": "id",
        "issued_at": MORNING,
        "place_at": MORNING,
        "ended_at": None,
        "counter": None,
        "for_counter": None,
        "leg_id": 1,
    }
    return Ticket(**values | more)
