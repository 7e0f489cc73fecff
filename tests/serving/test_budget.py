"""Token buckets: a burst at once, then a rate a second."""

from __future__ import annotations

import pytest

from server.serving.budget import OverBudget, SocketBudget, TokenBucket


def test_a_bucket_gives_its_burst_at_once_and_its_rate_with_time() -> None:
    now = 100.0
    bucket = TokenBucket(3, 2, clock=lambda: now)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    now += 1
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    now += 3600
    assert [bucket.take() for _ in range(4)] == [True, True, True, False], "unused tokens beyond the burst are lost"


def test_a_refusal_takes_no_tokens_and_a_charge_returns_the_waiting_time() -> None:
    now = 0.0
    bucket = TokenBucket(10, 2, clock=lambda: now)
    assert not bucket.take(11) and bucket.take(10)
    assert bucket.charge(4) == 2.0
    now += 2
    assert bucket.charge(0) == 0.0


def test_the_error_of_an_exceeded_budget_names_the_measure() -> None:
    by_count, by_size = SocketBudget(), SocketBudget()
    with pytest.raises(OverBudget) as error:
        by_count.spend(int(SocketBudget.MESSAGES) + 1, 1)
    assert (error.value.reason, by_count.exceeded) == ("messages", True)
    with pytest.raises(OverBudget) as error:
        by_size.spend(1, int(SocketBudget.BYTES) + 1)
    assert (error.value.reason, error.value.messages) == ("bytes", 1)
