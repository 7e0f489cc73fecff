"""Rules for tickets that stay open over the turn of the business day, while the branch is open, until it closes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from server.domain.branch import Branch
from server.domain.calendar.business_day import day_bounds
from server.domain.calendar.clock_jump import ClockJump
from server.domain.calendar.opening import closing_after
from server.domain.ticket import AT_COUNTER, State

IN_USE = timedelta(hours=6)
"""Without declared hours, a counter keeps the branch open at the turn of the day if it was used within this time
before. A counter that somebody forgot to close in the afternoon does not."""

STAYS_CLOSED = timedelta(minutes=15)
"""Without declared hours, the branch is closed when no counter has been open for this long. A clerk who signs out
closes the counter, and the next clerk opens it again."""

AT_WORK = timedelta(hours=1)
"""A branch is at work if its last event is not older than this."""
SHOWN_FOR = timedelta(hours=12)
"""How long the staff pages show the effect of a turn of the day."""


@dataclass(frozen=True)
class DayTurn:
    """The effect of the turn of a business day on the tickets that were open then."""

    day: date
    """The new business day."""
    at: datetime
    """When the server processed the turn; later than the turn itself if no server ran."""
    expired: int
    carried: int
    last_at: datetime
    """The time of the branch's last event before it."""
    jump: ClockJump | None = None
    """The clock's jump over the turn; None if the time passed normally."""

    @property
    def while_working(self) -> bool:
        """Whether it interrupted people at work: the clock jumped, or tickets expired soon after the last event."""
        return self.jump is not None or (self.expired > 0 and self.at - self.last_at < AT_WORK)

    def worth_showing(self, now: datetime) -> bool:
        """Whether staff should see it: tickets expired or the clock jumped, within the last half day."""
        return (self.expired > 0 or self.jump is not None) and now - self.at < SHOWN_FOR


@dataclass(frozen=True)
class CarryLimits:
    """The times until which open tickets of an ended business day are kept."""

    in_line: datetime
    """For waiting and parked tickets: the closing, at the latest `carry_for` after the turn."""
    at_counter: datetime
    """For called and served tickets: the clerk may finish after the closing too."""

    def of(self, state: State) -> datetime:
        """Return until when a ticket of that state is kept."""
        return self.at_counter if state in AT_COUNTER else self.in_line


def carry_limits(
    branch: Branch, day: date, *, counters_open: bool, jump: ClockJump | None = None
) -> CarryLimits | None:
    """Return until when tickets of business day `day` are kept after it; None if they end with it.

    `counters_open` decides for a branch without hours. If the clock jumped over the turn, all tickets are kept, counted
    from the jump.
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
    """Return the first business day whose tickets count as today's.

    `carries`: open tickets of the day before are carried into `day`.
    """
    return day - timedelta(days=1) if carries else day
