"""Whether the machine's clock can be believed, judged by the only other clock there is: the branch's last event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

BEHIND = timedelta(minutes=2)
"""A clock that is set right by the network steps back by less than this."""
AHEAD = timedelta(days=100)
"""Longer than a school's summer, or than a branch is set up before it opens; a wrong year is further away."""

JUMP = timedelta(minutes=10)
"""A running server whose clock gains more than this at once had a wrong clock before, or has one now."""


@dataclass(frozen=True)
class ClockJump:
    """The clock was put ahead while the server ran: it showed `before`, and a moment later `after`."""

    before: datetime
    after: datetime

    def passes(self, moment: datetime) -> bool:
        """Whether the clock never showed that moment."""
        return self.before < moment <= self.after


class ClockFault(StrEnum):
    """What is wrong with the clock."""

    BEHIND = "behind"
    """It shows a time before the last event. Work goes on, stamped with that event's time."""
    AHEAD = "ahead"
    """It shows a time so long after the last event that it may be wrong. Nothing is done until somebody confirms it."""


def fault(now: datetime, last_at: datetime | None) -> ClockFault | None:
    """What is wrong with a clock that shows `now`, for a branch whose last event (None: none yet) was then."""
    if last_at is None:
        return None
    if now < last_at - BEHIND:
        return ClockFault.BEHIND
    return ClockFault.AHEAD if now > last_at + AHEAD else None
