"""Statistics of waits."""

import statistics as reference

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.history.measures import SECOND, LegRecord, report, spread

START = 1_795_226_400 * SECOND
TARGETS = {"A": 300 * SECOND}


def a_leg(
    key: str = "1", *, wait: float = 60, walk: float | None = 10, service: float | None = 100, outcome: str = "served"
) -> LegRecord:
    called = START + int(wait * SECOND)
    started = None if walk is None else called + int(walk * SECOND)
    ended = None if started is None or service is None else started + int(service * SECOND)
    return LegRecord(key, START, called, started, ended, outcome, "A")


@given(st.lists(st.floats(0, 1e5), min_size=2, max_size=60))
def test_quantiles_are_those_of_the_standard_library(values: list[float]) -> None:
    ours = spread([value * SECOND for value in values])
    tenths = reference.quantiles(values, n=10, method="inclusive")
    assert ours.p50 == pytest.approx(tenths[4])
    assert ours.p90 == pytest.approx(tenths[8])
    assert ours.mean == pytest.approx(reference.fmean(values))


def test_without_measurements_a_figure_is_none_and_not_zero() -> None:
    assert spread([]).mean is None
    assert report([], {"A": 1}, TARGETS)[0].within_target is None


def test_a_no_show_waited_but_was_not_served() -> None:
    (row,) = report([a_leg(), a_leg(outcome="no_show", walk=None)], {}, TARGETS)
    assert (row.called, row.served, row.no_show) == (2, 1, 1)
    assert (row.wait.n, row.walk.n, row.service_time.n) == (2, 1, 1)


def test_tickets_expired_overnight_have_no_service_time() -> None:
    (row,) = report([a_leg(outcome="expired", service=40_000)], {}, TARGETS)
    assert row.service_time.n == 0
    assert row.called == 1


def test_the_share_within_target_counts_called_legs() -> None:
    (row,) = report([a_leg(wait=299), a_leg(wait=300), a_leg(wait=301), a_leg(wait=900)], {}, TARGETS)
    assert row.within_target == 0.5


def test_counters_come_in_the_order_of_their_numbers() -> None:
    assert [r.key for r in report([a_leg("10"), a_leg("9"), a_leg("2")], {}, TARGETS)] == ["2", "9", "10"]
