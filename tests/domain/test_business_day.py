"""The business day, across every kind of clock change."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.calendar import business_day
from server.domain.calendar.business_day import day_starts
from tests.scene import a_branch


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("zone", "day", "day_start", "starts"),
    [
        ("Asia/Jakarta", date(2026, 11, 21), time(0), utc(2026, 11, 20, 17)),
        ("Asia/Jakarta", date(2026, 11, 21), time(5), utc(2026, 11, 20, 22)),
        ("Asia/Kathmandu", date(2026, 1, 1), time(0), utc(2025, 12, 31, 18, 15)),
        # In Lebanon clocks skip midnight: the day starts at one o'clock, the instant of the jump.
        ("Asia/Beirut", date(2021, 3, 28), time(0), utc(2021, 3, 27, 22)),
        # 00:30 is skipped as well: still the instant of the jump, not half an hour later
        ("Asia/Beirut", date(2021, 3, 28), time(0, 30), utc(2021, 3, 27, 22)),
        # In Havana clocks go back over midnight: it occurs twice, and the first counts.
        ("America/Havana", date(2025, 11, 2), time(0), utc(2025, 11, 2, 4)),
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), utc(2026, 3, 29, 1)),
        # Samoa had no 30 December 2011: its day has no length
        ("Pacific/Apia", date(2011, 12, 30), time(0), utc(2011, 12, 30, 10)),
        ("Pacific/Apia", date(2011, 12, 31), time(0), utc(2011, 12, 30, 10)),
    ],
)
def test_a_day_starts_at_the_first_instant_at_or_after_its_start_on_the_wall(
    zone: str, day: date, day_start: time, starts: datetime
) -> None:
    assert day_starts(day, ZoneInfo(zone), day_start) == starts


# Some zones of the tz database are rules for other programs, not places with a history.
EVERY_ZONE = sorted(z for z in zoneinfo.available_timezones() if not z.startswith(("posix/", "right/")))
INSTANTS = st.integers(0, 67 * 365 * 24 * 3600).map(lambda seconds: utc(1970, 1, 1) + timedelta(seconds=seconds))
DAY_STARTS = st.sampled_from([time(0), time(2), time(2, 30), time(3)]) | st.times().map(
    lambda t: t.replace(second=0, microsecond=0)
)


@settings(max_examples=400)
@given(st.sampled_from(EVERY_ZONE), INSTANTS, st.timedeltas(timedelta(0), timedelta(hours=50)), DAY_STARTS)
def test_in_every_zone_the_days_tile_time_and_each_instant_lies_in_its_own(
    zone_name: str, now: datetime, later: timedelta, day_start: time
) -> None:
    zone = ZoneInfo(zone_name)
    day = business_day.business_day(now, zone, day_start)
    starts = [day_starts(day + timedelta(days=n), zone, day_start) for n in range(-1, 3)]
    assert starts == sorted(starts)
    assert starts[1] <= now < starts[2]
    assert business_day.business_day(now + later, zone, day_start) >= day
    # its first instant belongs to it, the last before it to an earlier one
    assert business_day.business_day(starts[1], zone, day_start) == day
    assert business_day.business_day(starts[1] - timedelta(microseconds=1), zone, day_start) < day


@pytest.mark.parametrize(
    ("zone_name", "around"),
    [
        ("Europe/Berlin", utc(2026, 3, 29, 1)),
        ("Europe/Berlin", utc(2026, 10, 25, 1)),
        ("America/St_Johns", utc(2010, 11, 7, 2, 31)),  # changed one minute past midnight then
        ("Australia/Lord_Howe", utc(2026, 4, 4, 15)),  # half an hour
        ("Pacific/Chatham", utc(2026, 9, 26, 14)),
        ("Africa/Casablanca", utc(2026, 2, 15, 2)),  # Ramadan
        ("Asia/Beirut", utc(2026, 3, 28, 22)),
        ("Pacific/Apia", utc(2011, 12, 30, 10)),  # a date that never was
        ("Asia/Jakarta", utc(2028, 2, 28, 17)),  # leap day
    ],
)
@pytest.mark.parametrize("day_start", [time(0), time(2), time(2, 30), time(3)])
def test_around_a_clock_change_each_day_starts_exactly_once(zone_name: str, around: datetime, day_start: time) -> None:
    zone, step = ZoneInfo(zone_name), timedelta(minutes=5)
    moments = [around + n * step for n in range(-12 * 30, 12 * 30)]
    days = [business_day.business_day(m, zone, day_start) for m in moments]
    assert days == sorted(days)
    for day, (before, after) in zip(days[1:], pairwise(moments), strict=True):
        day_starts_in_step = before < day_starts(day, zone, day_start) <= after
        assert day_starts_in_step == (business_day.business_day(before, zone, day_start) != day)


def test_before_the_day_starts_it_is_still_yesterday() -> None:
    branch = a_branch(day_start=time(5))
    assert business_day.today(branch, utc(2026, 11, 20, 21, 59)) == date(2026, 11, 20)
    assert business_day.today(branch, utc(2026, 11, 20, 22, 0)) == date(2026, 11, 21)
