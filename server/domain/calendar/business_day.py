"""The branch's business day as UTC instants, correct across clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from server.domain.branch import Branch


@lru_cache(maxsize=4096)
def day_starts(day: date, zone: ZoneInfo, day_start: time) -> datetime:
    """The first instant (UTC) of local date `day` at or after `day_start` on the wall clock.

    If the clock skips that time, the instant of the jump; if the time occurs twice, the first.
    """
    wall = datetime.combine(day, day_start)
    instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    # The wall time is skipped: search for the jump, the first instant with a later wall time. Jumps are at whole
    # seconds.
    before, after = instant - timedelta(days=1), instant + timedelta(days=1)
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).replace(tzinfo=None) >= wall:
            high = middle
        else:
            low = middle
    return before + timedelta(seconds=high)


def business_day(now: datetime, zone: ZoneInfo, day_start: time) -> date:
    """The business day of `now` (an aware datetime): the latest one that has started."""
    local = now.astimezone(zone).date()
    for offset in (1, 0, -1, -2):
        day = local + timedelta(days=offset)
        if day_starts(day, zone, day_start) <= now:
            return day
    raise AssertionError("two days back has always started")


def day_bounds(day: date, branch: Branch) -> tuple[datetime, datetime]:
    """Return [start, end) of a business day in UTC. A day with a clock change is shorter or longer than 24 hours."""
    return (
        day_starts(day, branch.zone, branch.day_start),
        day_starts(day + timedelta(days=1), branch.zone, branch.day_start),
    )


def today(branch: Branch, now: datetime) -> date:
    """The branch's business day at `now`."""
    return business_day(now, branch.zone, branch.day_start)
