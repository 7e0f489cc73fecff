"""The business day, across every kind of clock change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import business_day
from server.domain.branch import Span
from server.domain.business_day import day_starts
from tests.scene import a_branch


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("zone", "day", "day_start", "starts"),
    [
        ("Asia/Jakarta", date(2026, 11, 21), time(0), utc(2026, 11, 20, 17)),
        ("Asia/Jakarta", date(2026, 11, 21), time(5), utc(2026, 11, 20, 22)),
        ("Asia/Kathmandu", date(2026, 1, 1), time(0), utc(2025, 12, 31, 18, 15)),
        # clocks go forward over midnight in Lebanon: the day starts at one o'clock, the instant of the jump
        ("Asia/Beirut", date(2021, 3, 28), time(0), utc(2021, 3, 27, 22)),
        # 00:30 is skipped as well: still the instant of the jump, not half an hour later
        ("Asia/Beirut", date(2021, 3, 28), time(0, 30), utc(2021, 3, 27, 22)),
        # clocks go back over midnight in Havana: midnight comes twice, the first one counts
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
    assert abs(day_starts(day, ZoneInfo(zone), day_start) - starts) < timedelta(milliseconds=1)


ZONES = ["Asia/Jakarta", "Asia/Beirut", "America/Havana", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"]


@given(
    st.integers(0, 25 * 365 * 24 * 60).map(lambda minutes: utc(2005, 1, 1) + timedelta(minutes=minutes)),
    st.timedeltas(timedelta(0), timedelta(hours=30)),
    st.sampled_from(ZONES),
    st.times(),
)
def test_business_days_never_run_backwards_and_hold_their_own_start(
    now: datetime, later: timedelta, zone_name: str, day_start: time
) -> None:
    zone, start = ZoneInfo(zone_name), day_start.replace(second=0, microsecond=0)
    day = business_day.business_day(now, zone, start)
    assert day_starts(day, zone, start) <= now < day_starts(day + timedelta(days=1), zone, start)
    assert business_day.business_day(now + later, zone, start) >= day


def test_before_the_day_starts_it_is_still_yesterday() -> None:
    branch = a_branch(day_start=time(5))
    assert business_day.today(branch, utc(2026, 11, 20, 21, 59)) == date(2026, 11, 20)
    assert business_day.today(branch, utc(2026, 11, 20, 22, 0)) == date(2026, 11, 21)


WEEKDAYS = {day: (Span(time(8), time(12)), Span(time(13), time(15))) for day in range(5)}


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        (utc(2026, 11, 23, 0, 59), False),  # Monday 07:59 in Jakarta
        (utc(2026, 11, 23, 1, 0), True),
        (utc(2026, 11, 23, 5, 0), False),  # noon: the break has begun
        (utc(2026, 11, 23, 6, 0), True),
        (utc(2026, 11, 22, 3, 0), False),  # Sunday
    ],
)
def test_hours_open_and_close_a_branch(now: datetime, is_open: bool) -> None:
    assert business_day.is_open(a_branch(hours=WEEKDAYS), now) is is_open


def test_hours_may_run_past_midnight() -> None:
    branch = a_branch(hours={4: (Span(time(22), time(2)),)})
    assert business_day.is_open(branch, utc(2026, 11, 20, 18, 0))  # Saturday 01:00, of Friday's span
    assert not business_day.is_open(branch, utc(2026, 11, 20, 19, 0))


def test_a_closed_branch_says_when_it_opens_next() -> None:
    opens, closes = business_day.next_change(a_branch(hours=WEEKDAYS), utc(2026, 11, 20, 9, 0))  # Friday 16:00
    assert opens == utc(2026, 11, 23, 1, 0)
    assert closes is None
