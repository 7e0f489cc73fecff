"""During a rush of requests, the loop still serves everything else."""

from __future__ import annotations

from typing import Any

import gevent
import pytest
from gevent.event import Event

from server.serving.addresses import client_network
from server.serving.budget import TokenBucket
from server.serving.fairness import (
    ANSWERS,
    ANSWERS_PER_SECOND,
    CONNECTION,
    MAX_DELAY,
    SLICE_SECONDS,
    FairnessMiddleware,
    LoopFairness,
    mark_identified,
)


def test_few_requests_of_a_rush_start_in_one_round_of_the_loop() -> None:
    now = 0.0
    log: list[str] = []

    def app(_environ: dict[str, Any], _start_response: Any) -> str:
        nonlocal now
        now += SLICE_SECONDS * 0.6  # the second starts too, since the first took less than a slice; the third waits
        log.append("request")
        return "done"

    loop_round = gevent.get_hub().loop.check()
    loop_round.start(log.append, "loop")
    turn = LoopFairness(clock=lambda: now)
    middleware = FairnessMiddleware(app, turn)
    rush = [gevent.spawn(middleware, {}, None) for _ in range(12)]
    gevent.joinall(rush, timeout=60)
    loop_round.stop()
    turn.close()
    assert [request.value for request in rush] == ["done"] * 12
    assert max(run.count("request") for run in " ".join(log).split("loop")) <= 4


def test_a_network_with_many_requests_delays_others_no_more_than_one_with_one() -> None:
    now = 0.0
    started: list[str] = []

    def app(environ: dict[str, Any], _start_response: Any) -> None:
        nonlocal now
        now += SLICE_SECONDS * 1.5
        started.append(environ["REMOTE_ADDR"])

    turn = LoopFairness(clock=lambda: now)
    middleware = FairnessMiddleware(app, turn)
    rush = [gevent.spawn(middleware, {"REMOTE_ADDR": "192.0.2.66"}, None) for _ in range(50)]
    rush.append(gevent.spawn(middleware, {"REMOTE_ADDR": "192.0.2.1"}, None))
    gevent.joinall(rush, timeout=60)
    turn.close()
    assert started.index("192.0.2.1") <= 5 and len(started) == 51


@pytest.mark.parametrize(("trusted", "first"), [(True, "192.0.2.1"), (False, "127.0.0.1")])
def test_behind_a_trusted_proxy_the_network_is_the_one_that_it_names(trusted: bool, first: str) -> None:
    environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9, 192.0.2.1"}
    assert client_network(environ, trusted) == first


def test_one_client_that_never_pauses_cannot_keep_the_loop_for_itself() -> None:
    now = 0.0
    ticks = 0

    def app(_environ: dict[str, Any], _start_response: Any) -> None:
        nonlocal now
        now += SLICE_SECONDS * 1.5

    def others() -> None:
        nonlocal ticks
        while True:
            gevent.sleep(0.0001)
            ticks += 1

    turn = LoopFairness(clock=lambda: now)
    middleware = FairnessMiddleware(app, turn)
    ticking = gevent.spawn(others)
    gevent.sleep(0)
    before = ticks
    for _ in range(50):
        middleware({}, None)
    ticking.kill()
    turn.close()
    assert ticks > before


def test_many_waiters_of_one_commit_leave_time_for_the_loop() -> None:
    now = 0.0
    log: list[str] = []
    turn = LoopFairness(clock=lambda: now)
    committed = Event()

    def asks() -> None:
        nonlocal now
        committed.wait()
        turn.wait()
        now += SLICE_SECONDS * 0.6
        log.append("answer")

    loop_round = gevent.get_hub().loop.check()
    loop_round.start(log.append, "loop")
    waiting = [gevent.spawn(asks) for _ in range(12)]
    gevent.sleep(0)
    committed.set()
    gevent.joinall(waiting, timeout=60)
    loop_round.stop()
    turn.close()
    assert log.count("answer") == 12
    assert max(run.count("answer") for run in " ".join(log).split("loop")) <= 4


class FakeConnection:
    """A connection, and whether its own request rate is low."""

    def __init__(self, *, slow: bool = False) -> None:
        self.own_pace = TokenBucket(1e9 if slow else 0, 0.001)
        self.waits: list[bool] = []

    def wait_for_client(self) -> None:
        self.waits.append(True)

    def work_for_client(self) -> None:
        self.waits.append(False)


def delays_of_rush(
    *, identified: bool = False, slow: bool = False, trusted: bool = False
) -> tuple[list[float], FakeConnection]:
    """Return the delays of a network's simultaneous requests, and their connection."""
    delays: list[float] = []

    def app(environ: dict[str, Any], _start_response: Any) -> None:
        if identified:
            mark_identified(environ)

    turn, connection = LoopFairness(), FakeConnection(slow=slow)
    middleware = FairnessMiddleware(app, turn, trust_proxy=trusted, sleep=delays.append, clock=lambda: 0.0)
    for _ in range(ANSWERS + 2000):
        middleware({"REMOTE_ADDR": "192.0.2.66", CONNECTION: connection}, None)
    turn.close()
    return delays, connection


def test_answers_to_a_rush_are_delayed_more_and_more_while_their_connections_count_as_waiting() -> None:
    delays, connection = delays_of_rush()
    assert (len(delays), delays[0], max(delays)) == (2000, 1 / ANSWERS_PER_SECOND, MAX_DELAY)
    assert delays == sorted(delays)
    assert connection.waits == [True, False] * 2000


def test_identified_requests_and_slow_connections_are_not_delayed() -> None:
    assert delays_of_rush(identified=True)[0] == delays_of_rush(slow=True)[0] == []
    assert len(delays_of_rush(slow=True, trusted=True)[0]) == 2000  # many people share a proxy's connection
