"""Plausibility checks of the machine's clock against the branch's last event, the only other reference."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

BEHIND = timedelta(minutes=2)
"""Time synchronisation over the network steps a clock back by less than this."""
AHEAD = timedelta(days=100)
"""Longer than summer holidays or the set-up of a branch before it opens. A wrong year is further away."""

JUMP = timedelta(minutes=10)
"""If a running server's clock gains more than this at once, it was wrong before or is wrong now."""


@dataclass(frozen=True)
class ClockJump:
    """A jump ahead of the clock of a running server, from `before` to `after`."""

    before: datetime
    after: datetime

    def passes(self, moment: datetime) -> bool:
        """Whether the clock never showed that moment."""
        return self.before < moment <= self.after


class ClockFault(StrEnum):
    """The fault of an implausible clock."""

    BEHIND = "behind"
    """The clock is before the last event. Work continues, stamped with that event's time."""
    AHEAD = "ahead"
    """The clock is implausibly long after the last event. All actions are refused until somebody confirms it."""


def fault(now: datetime, last_at: datetime | None) -> ClockFault | None:
    """Return the fault of a clock that shows `now`, given the time of the branch's last event (None: no event yet)."""
    if last_at is None:
        return None
    if now < last_at - BEHIND:
        return ClockFault.BEHIND
    return ClockFault.AHEAD if now > last_at + AHEAD else None
