"""Who keeps his number when the business day turns: where the branch is open at that moment, until it closes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from server.domain.branch import Branch
from server.domain.calendar.business_day import day_bounds
from server.domain.calendar.clock_jump import ClockJump
from server.domain.calendar.opening import closing_after
from server.domain.ticket import AT_COUNTER, State

IN_USE = timedelta(hours=6)
"""Without declared hours, a counter keeps the branch open at the turn of the day where something was done at it within
this time before. One that somebody forgot to close in the afternoon does not."""

STAYS_CLOSED = timedelta(minutes=15)
"""Without declared hours, the branch is closed once no counter has been open for so long: a clerk who signs out closes
the counter, and the next one opens it again."""

AT_WORK = timedelta(hours=1)
"""People work at a branch where the last event is no older than this."""
TOLD_FOR = timedelta(hours=12)
"""So long the pages of staff tell what a turn of the day did."""


@dataclass(frozen=True)
class DayTurn:
    """What the turn of a business day did to the tickets that were open then."""

    day: date
    """The day that began."""
    at: datetime
    """When it was noticed: later than the turn where no server ran."""
    expired: int
    carried: int
    last_at: datetime
    """The branch's last event before it."""
    jump: ClockJump | None = None
    """The clock was put ahead over the turn; None where the time went by."""

    @property
    def while_working(self) -> bool:
        """Whether it came upon people at work: the clock jumped, or tickets expired soon after something was done."""
        return self.jump is not None or (self.expired > 0 and self.at - self.last_at < AT_WORK)

    def worth_telling(self, now: datetime) -> bool:
        """Whether staff should see it: what it took from people, or a jump of the clock, for half a day."""
        return (self.expired > 0 or self.jump is not None) and now - self.at < TOLD_FOR


@dataclass(frozen=True)
class CarryLimits:
    """Until when the open tickets of a business day that has ended are kept."""

    in_line: datetime
    """For who waits or is parked: the closing, at the latest `carry_for` after the turn."""
    at_counter: datetime
    """For who is called or served: the clerk may finish after the closing too."""

    def of(self, state: State) -> datetime:
        """Until when a ticket of that state is kept."""
        return self.at_counter if state in AT_COUNTER else self.in_line


def carry_limits(
    branch: Branch, day: date, *, counters_open: bool, jump: ClockJump | None = None
) -> CarryLimits | None:
    """Until when the tickets of business day `day` are kept after it; None where they end with it.

    `counters_open` decides for a branch without hours. A turn that the clock jumped over interrupted nobody: everybody
    is kept, counted from the jump.
    """
    _, turn = day_bounds(day, branch)
    if jump is not None and jump.passes(turn):
        until = jump.after + branch.carry_for
        return CarryLimits(until, until)
    closes = closing_after(branch, turn)
    if closes is None or (branch.hours is None and not counters_open):
        return None
    until = turn + branch.carry_for
    return CarryLimits(min(closes, until), until)


def first_day(day: date, carries: bool) -> date:
    """The first business day whose tickets count as today's, where `carries` is whether the one before is carried."""
    return day - timedelta(days=1) if carries else day
