"""The branch's own day and its opening hours, as UTC instants, right across every clock change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from server.domain.branch import Branch, Hours


def day_starts(day: date, zone: ZoneInfo, day_start: time) -> datetime:
    """The first instant (UTC) of local date `day` at or after `day_start` on the wall clock.

    Where the clock jumps over that time, it is the instant of the jump; where the time comes twice, the first.
    """
    wall = datetime.combine(day, day_start)
    instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    # the wall time is skipped: find the jump, the first instant whose wall clock is past it
    low, high = instant - timedelta(days=2), instant + timedelta(days=2)
    while high - low > timedelta(microseconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).replace(tzinfo=None) >= wall:
            high = middle
        else:
            low = middle
    return high


def business_day(now: datetime, zone: ZoneInfo, day_start: time) -> date:
    """The business day that `now` (aware) belongs to: the latest one that has started."""
    local = now.astimezone(zone).date()
    for offset in (1, 0, -1, -2):
        day = local + timedelta(days=offset)
        if day_starts(day, zone, day_start) <= now:
            return day
    raise AssertionError("two days back has always started")


def day_bounds(day: date, branch: Branch) -> tuple[datetime, datetime]:
    """[start, end) of a business day in UTC; its length is whatever the zone makes it."""
    return (
        day_starts(day, branch.zone, branch.day_start),
        day_starts(day + timedelta(days=1), branch.zone, branch.day_start),
    )


def today(branch: Branch, now: datetime) -> date:
    """The branch's business day at `now`."""
    return business_day(now, branch.zone, branch.day_start)


def openings(branch: Branch, now: datetime, days: int = 8) -> list[tuple[datetime, datetime]]:
    """The spans [opens, closes) in UTC from yesterday on, in order, for the next `days` days."""
    hours: Hours = branch.hours or {}
    local = now.astimezone(branch.zone).date()
    spans = []
    for offset in range(-1, days):
        day = local + timedelta(days=offset)
        for span in hours.get(day.weekday(), ()):
            until = day if span.end > span.start else day + timedelta(days=1)
            spans.append((day_starts(day, branch.zone, span.start), day_starts(until, branch.zone, span.end)))
    return sorted(spans)


def is_open(branch: Branch, now: datetime) -> bool:
    """Whether the branch takes customers at `now`; without declared hours, always."""
    return branch.hours is None or any(a <= now < b for a, b in openings(branch, now, days=1))


def next_change(branch: Branch, now: datetime) -> tuple[datetime | None, datetime | None]:
    """(opens next, closes next) after `now`; None where there is no such moment within a week."""
    if branch.hours is None:
        return None, None
    spans = openings(branch, now)
    opens = next((a for a, _ in spans if a > now), None)
    closes = next((b for a, b in spans if a <= now < b), None)
    return opens, closes
