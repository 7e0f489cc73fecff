"""Opening hours, special days and last-ticket time: the state at a moment, and the next opening."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.branch import Branch, Span
from server.domain.calendar.opening import numbers_next_day, opening
from tests.scene import a_branch


def span(text: str) -> Span:
    a, b = text.split("-")
    return Span(time.fromisoformat(a), time.fromisoformat(b))


def hours(**days: str) -> dict[int, tuple[Span, ...]]:
    """Hours by three letters of the weekday: `mon="08:00-12:00 13:00-15:00"`."""
    names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    return {names.index(day): tuple(span(s) for s in spans.split()) for day, spans in days.items()}


WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-12:00 13:00-15:00")
OFFICE = a_branch(
    hours=hours(**WEEK),
    special_days={date(2026, 12, 24): (span("08:00-12:00"),), date(2026, 12, 25): ()},
    last_ticket=timedelta(minutes=30),
)


def wib(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day} {clock}+07:00")


@pytest.mark.parametrize(
    ("now", "is_open", "no_numbers", "closes", "opens"),
    [
        (wib("2026-11-23", "07:59:59"), False, "hours", None, wib("2026-11-23", "08:00")),
        (wib("2026-11-23", "08:00"), True, None, wib("2026-11-23", "12:00"), wib("2026-11-23", "13:00")),
        # a break is no closing: numbers are given until it begins
        (wib("2026-11-23", "11:59:59"), True, None, wib("2026-11-23", "12:00"), wib("2026-11-23", "13:00")),
        (wib("2026-11-23", "12:00"), False, "hours", None, wib("2026-11-23", "13:00")),
        (wib("2026-11-23", "14:29:59"), True, None, wib("2026-11-23", "15:00"), wib("2026-11-24", "08:00")),
        (wib("2026-11-23", "14:30"), True, "last_ticket", wib("2026-11-23", "15:00"), wib("2026-11-24", "08:00")),
        (wib("2026-11-23", "15:00"), False, "hours", None, wib("2026-11-24", "08:00")),
        (wib("2026-11-27", "15:00:01"), False, "hours", None, wib("2026-11-30", "08:00")),  # Friday → Monday
        # a special day is short, the next one closed, and then comes a weekend
        (wib("2026-12-24", "11:30"), True, "last_ticket", wib("2026-12-24", "12:00"), wib("2026-12-28", "08:00")),
        (wib("2026-12-25", "09:00"), False, "hours", None, wib("2026-12-28", "08:00")),
    ],
)
def test_a_branch_opens_stops_giving_numbers_and_closes_on_the_second(
    now: datetime, is_open: bool, no_numbers: str | None, closes: datetime | None, opens: datetime
) -> None:
    state = opening(OFFICE, now)
    assert (state.open, state.no_numbers, state.closes_at, state.opens_at) == (is_open, no_numbers, closes, opens)


def test_a_long_holiday_still_has_an_end() -> None:
    """A week off and a weekend around it: longer than any week of hours."""
    off = {date(2027, 3, 8) + timedelta(days=n): () for n in range(12)}
    state = opening(a_branch(hours=hours(**WEEK), special_days=off), wib("2027-03-05", "15:00"))
    assert state.opens_at == wib("2027-03-22", "08:00")
    assert opening(a_branch(hours={}), wib("2027-03-05", "15:00")).opens_at is None


def test_a_branch_that_is_always_open_closes_on_a_special_day_alone() -> None:
    branch = a_branch(special_days={date(2026, 12, 25): ()}, last_ticket=timedelta(minutes=30))
    assert opening(branch, wib("2026-12-01", "00:00")).closes_at is None  # weeks away
    eve = opening(branch, wib("2026-12-24", "23:30"))
    assert (eve.no_numbers, eve.closes_at) == ("last_ticket", wib("2026-12-25", "00:00"))
    assert opening(branch, wib("2026-12-25", "23:59")).opens_at == wib("2026-12-26", "00:00")
    assert opening(branch, wib("2026-12-26", "00:00")).no_numbers is None


NIGHT = a_branch(
    day_start=time(5),
    hours=dict.fromkeys(range(7), (span("20:00-04:00"),)),
    special_days={date(2026, 12, 25): ()},
    last_ticket=timedelta(hours=1),
)


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    assert opening(NIGHT, wib("2026-12-24", "23:59")).closes_at == wib("2026-12-25", "04:00")
    assert opening(NIGHT, wib("2026-12-25", "02:59")).no_numbers is None  # the special day closes the next night
    assert opening(NIGHT, wib("2026-12-25", "03:00")).no_numbers == "last_ticket"
    assert opening(NIGHT, wib("2026-12-25", "20:00")).opens_at == wib("2026-12-26", "20:00")


def test_spans_that_touch_at_midnight_are_one() -> None:
    halves = a_branch(
        day_start=time(5), hours=dict.fromkeys(range(7), (span("20:00-00:00"), span("00:00-04:00"))), last_ticket=HOUR
    )
    assert opening(halves, wib("2026-11-23", "23:30")).no_numbers is None
    assert opening(halves, wib("2026-11-24", "03:00")).no_numbers == "last_ticket"


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("branch", "now", "next_opening"),
    [
        (OFFICE, wib("2026-11-23", "09:00"), wib("2026-11-24", "08:00")),
        (OFFICE, wib("2026-11-27", "09:00"), wib("2026-11-30", "08:00")),
        (OFFICE, wib("2026-12-24", "09:00"), wib("2026-12-28", "08:00")),
        (NIGHT, wib("2026-11-24", "01:00"), wib("2026-11-24", "20:00")),  # before five it is still yesterday
        (a_branch(), wib("2026-11-23", "09:00"), wib("2026-11-24", "00:00")),
        (a_branch(hours={}), wib("2026-11-23", "09:00"), None),
    ],
)
def test_used_up_numbers_return_on_the_next_open_day(
    branch: Branch, now: datetime, next_opening: datetime | None
) -> None:
    assert numbers_next_day(branch, now) == next_opening


def test_hours_hold_on_the_wall_across_a_clock_change() -> None:
    berlin: dict[str, Any] = {"timezone": "Europe/Berlin", "hours": hours(sun="01:00-02:30 03:15-04:00")}
    spring = opening(a_branch(**berlin), datetime(2026, 3, 29, 0, 30, tzinfo=UTC))  # 01:30
    assert spring.closes_at == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 02:30 is skipped: at the jump
    autumn = opening(a_branch(**berlin), datetime(2026, 10, 25, 0, 15, tzinfo=UTC))  # 02:15, the first time
    assert autumn.closes_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert not opening(a_branch(**berlin), datetime(2026, 10, 25, 1, 15, tzinfo=UTC)).open  # 02:15 again


ZONES = [
    "Asia/Jakarta",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "America/St_Johns",
    "Europe/Berlin",
]


@given(
    st.sampled_from(ZONES),
    st.integers(0, 10 * 365 * 24 * 60).map(
        lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    st.dictionaries(st.integers(0, 6), st.lists(st.builds(Span, st.times(), st.times()), max_size=3).map(tuple)),
    st.integers(0, 120).map(lambda minutes: timedelta(minutes=minutes)),
)
def test_predicted_openings_and_closings_happen_at_that_instant(
    zone: str, now: datetime, declared: dict[int, tuple[Span, ...]], last: timedelta
) -> None:
    minute = {d: tuple(Span(s.start.replace(second=0, microsecond=0), s.end) for s in x) for d, x in declared.items()}
    branch = a_branch(timezone=zone, hours=minute, last_ticket=last)
    assert branch.zone == ZoneInfo(zone)
    state, instant = opening(branch, now), timedelta(microseconds=1)
    assert state.open == (state.no_numbers != "hours")
    if state.closes_at:
        assert state.open
        assert opening(branch, state.closes_at - instant).open
        assert not opening(branch, state.closes_at).open
    if state.opens_at:
        assert opening(branch, state.opens_at).open
        assert not opening(branch, state.opens_at - instant).open
    if state.last_ticket_at:
        assert (now >= state.last_ticket_at) == (state.no_numbers == "last_ticket")
