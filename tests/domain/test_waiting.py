"""The wait forecast."""

from datetime import UTC, datetime

from server.domain.waits.forecast import Pace, estimate, seconds_each

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_there_is_no_estimate_while_no_counter_is_open() -> None:
    assert estimate(3, Pace(0, 300), NOW) is None


def test_the_range_contains_the_likely_wait_and_is_never_negative() -> None:
    for ahead in range(50):
        for counters in (1, 2, 9):
            e = estimate(ahead, Pace(counters, 240), NOW)
            assert e is not None
            assert 0 <= e.low <= e.likely <= e.high
            assert e.high - e.low >= 240 * 0.25


def test_more_people_ahead_wait_longer_and_more_counters_shorter() -> None:
    slow, fast = estimate(10, Pace(1, 240), NOW), estimate(10, Pace(2, 240), NOW)
    later = estimate(11, Pace(1, 240), NOW)
    assert slow and fast and later
    assert fast.likely < slow.likely < later.likely


def test_few_measurements_change_the_mean_little() -> None:
    assert seconds_each(0, 0) == 300
    assert 250 < seconds_each(10, 1) < 300
    assert abs(seconds_each(60 * 100, 100) - 60) < 15
