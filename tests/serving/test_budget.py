"""Token buckets: so much at once, and so much a second."""

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
    assert [bucket.take() for _ in range(4)] == [True, True, True, False], "what is not used is not saved up"


def test_what_is_refused_takes_nothing_and_what_is_charged_is_waited_for() -> None:
    now = 0.0
    bucket = TokenBucket(10, 2, clock=lambda: now)
    assert not bucket.take(11) and bucket.take(10)
    assert bucket.charge(4) == 2.0
    now += 2
    assert bucket.charge(0) == 0.0


def test_a_socket_that_is_over_its_budget_is_told_by_which_measure() -> None:
    by_count, by_size = SocketBudget(), SocketBudget()
    with pytest.raises(OverBudget) as over:
        by_count.spend(int(SocketBudget.MESSAGES) + 1, 1)
    assert (over.value.reason, by_count.exceeded) == ("messages", True)
    with pytest.raises(OverBudget) as over:
        by_size.spend(1, int(SocketBudget.BYTES) + 1)
    assert (over.value.reason, over.value.messages) == ("bytes", 1)
