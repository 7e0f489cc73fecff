"""The log of failed sign-ins: enough to see who guesses, without a line for each attempt."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from server.access.failures import FailedSignIns
from server.domain.people.accounts import User
from tests.clock import HandClock

RANI = User(3, "rani", None, disabled=False, memberships=())


def fail(
    failed: FailedSignIns, clock: HandClock, tried: str, account: User | None = None, address: str = "10.0.0.7"
) -> None:
    failed.add(tried, account, address, throttled=False, now=clock(), monotonic=clock.monotonic())


def test_a_flood_on_one_account_is_logged_once_and_then_counted_each_minute() -> None:
    failed, clock = FailedSignIns(), HandClock()
    with capture_logs() as lines:
        for _ in range(180):
            fail(failed, clock, "rani", RANI)
            clock.forward(seconds=1)
            failed.log_counts(clock.monotonic())
    assert [(line["event"], line.get("wrong")) for line in lines] == [
        ("sign_in_failed", None), ("sign_ins_failed", 59), ("sign_ins_failed", 60), ("sign_ins_failed", 60),
    ]  # fmt: skip
    assert {(line["account"], line["address"]) for line in lines} == {("rani", "10.0.0.7")}


def test_a_flood_of_names_and_addresses_is_limited_and_fully_counted() -> None:
    failed, clock = FailedSignIns(), HandClock()
    with capture_logs() as lines:
        for n in range(6000):
            fail(failed, clock, f"name {n}", address=f"10.0.{n % 250}.{n // 250}")
            clock.forward(seconds=0.01)
        clock.forward(minutes=1)
        failed.log_counts(clock.monotonic())
    assert len(lines) <= 52
    first = sum(line["event"] == "sign_in_failed" for line in lines)
    assert first + sum(line.get("wrong", 0) for line in lines) == 6000


def test_a_quiet_minute_ends_the_count() -> None:
    failed, clock = FailedSignIns(), HandClock()
    with capture_logs() as lines:
        for _ in range(2):
            fail(failed, clock, "rani", RANI)
            clock.forward(minutes=2)
            failed.log_counts(clock.monotonic())
    assert [line["event"] for line in lines] == ["sign_in_failed"] * 2


@pytest.mark.parametrize("tried", ["berdiri-antre-7", "rahasia sekali\n"])
def test_a_password_typed_into_the_field_of_the_name_is_not_in_the_log(tried: str) -> None:
    failed = FailedSignIns()
    with capture_logs() as lines:
        fail(failed, HandClock(), tried)
    assert lines[0]["account"] == tried[:3] + "…"


def test_failures_that_could_not_be_written_are_kept_with_later_ones() -> None:
    failed, clock = FailedSignIns(), HandClock()
    fail(failed, clock, "rani", RANI, "10.0.0.1")
    first = failed.take()
    clock.forward(seconds=5)
    fail(failed, clock, "rani", RANI, "10.0.0.2")
    failed.give_back(first)
    (series,) = failed.take().values()
    assert (series.count, series.last_address, series.last_at - series.first_at) == (
        2,
        "10.0.0.2",
        timedelta(seconds=5),
    )
    assert failed.take() == {}
