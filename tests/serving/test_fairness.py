"""A rush of requests lets the loop come by between them."""

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


def test_of_a_rush_of_requests_few_are_begun_before_the_loop_comes_by_again() -> None:
    now = 0.0
    told: list[str] = []

    def app(_environ: dict[str, Any], _start_response: Any) -> str:
        nonlocal now
        now += SLICE_SECONDS * 0.6  # a second one is begun, since the first took less than is fair, and the third waits
        told.append("request")
        return "done"

    coming_by = gevent.get_hub().loop.check()
    coming_by.start(told.append, "loop")
    turn = LoopFairness(clock=lambda: now)
    in_turn = FairnessMiddleware(app, turn)
    rush = [gevent.spawn(in_turn, {}, None) for _ in range(12)]
    gevent.joinall(rush, timeout=60)
    coming_by.stop()
    turn.close()
    assert [one.value for one in rush] == ["done"] * 12
    assert max(run.count("request") for run in " ".join(told).split("loop")) <= 4


def test_a_network_with_a_thousand_requests_is_no_more_in_the_way_than_one_with_one() -> None:
    now = 0.0
    begun: list[str] = []

    def app(environ: dict[str, Any], _start_response: Any) -> None:
        nonlocal now
        now += SLICE_SECONDS * 1.5
        begun.append(environ["REMOTE_ADDR"])

    turn = LoopFairness(clock=lambda: now)
    in_turn = FairnessMiddleware(app, turn)
    rush = [gevent.spawn(in_turn, {"REMOTE_ADDR": "192.0.2.66"}, None) for _ in range(50)]
    rush.append(gevent.spawn(in_turn, {"REMOTE_ADDR": "192.0.2.1"}, None))
    gevent.joinall(rush, timeout=60)
    turn.close()
    assert begun.index("192.0.2.1") <= 5 and len(begun) == 51


@pytest.mark.parametrize(("trusted", "first"), [(True, "192.0.2.1"), (False, "127.0.0.1")])
def test_behind_a_trusted_proxy_the_network_is_the_one_that_it_names(trusted: bool, first: str) -> None:
    environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9, 192.0.2.1"}
    assert client_network(environ, trusted) == first


def test_one_client_that_never_pauses_cannot_keep_the_loop_for_itself() -> None:
    now = 0.0
    turns = 0

    def app(_environ: dict[str, Any], _start_response: Any) -> None:
        nonlocal now
        now += SLICE_SECONDS * 1.5

    def others() -> None:
        nonlocal turns
        while True:
            gevent.sleep(0.0001)
            turns += 1

    turn = LoopFairness(clock=lambda: now)
    in_turn = FairnessMiddleware(app, turn)
    ticking = gevent.spawn(others)
    gevent.sleep(0)
    before = turns
    for _ in range(50):
        in_turn({}, None)
    ticking.kill()
    turn.close()
    assert turns > before


def test_answers_that_one_commit_sets_free_take_turns_with_the_loop() -> None:
    now = 0.0
    told: list[str] = []
    turn = LoopFairness(clock=lambda: now)
    committed = Event()

    def asks() -> None:
        nonlocal now
        committed.wait()
        turn.wait()
        now += SLICE_SECONDS * 0.6
        told.append("answer")

    coming_by = gevent.get_hub().loop.check()
    coming_by.start(told.append, "loop")
    waiting = [gevent.spawn(asks) for _ in range(12)]
    gevent.sleep(0)
    committed.set()
    gevent.joinall(waiting, timeout=60)
    coming_by.stop()
    turn.close()
    assert told.count("answer") == 12
    assert max(run.count("answer") for run in " ".join(told).split("loop")) <= 4


class Asking:
    """A connection, and whether it is one that asks little."""

    def __init__(self, *, little: bool = False) -> None:
        self.own_pace = TokenBucket(1e9 if little else 0, 0.001)
        self.owes: list[bool] = []

    def wait_for_client(self) -> None:
        self.owes.append(True)

    def work_for_client(self) -> None:
        self.owes.append(False)


def answered(*, known: bool = False, little: bool = False, trusted: bool = False) -> tuple[list[float], Asking]:
    """The delays of a network's requests that come all at once, and the connection that they came by."""
    delays: list[float] = []

    def app(environ: dict[str, Any], _start_response: Any) -> None:
        if known:
            mark_identified(environ)

    turn, connection = LoopFairness(), Asking(little=little)
    in_turn = FairnessMiddleware(app, turn, trust_proxy=trusted, sleep=delays.append, clock=lambda: 0.0)
    for _ in range(ANSWERS + 2000):
        in_turn({"REMOTE_ADDR": "192.0.2.66", CONNECTION: connection}, None)
    turn.close()
    return delays, connection


def test_answers_to_a_network_that_asks_too_much_wait_longer_and_longer_and_its_connections_may_be_hung_up_on() -> None:
    delays, connection = answered()
    assert (len(delays), delays[0], max(delays)) == (2000, 1 / ANSWERS_PER_SECOND, MAX_DELAY)
    assert delays == sorted(delays)
    assert connection.owes == [True, False] * 2000


def test_who_shows_who_it_is_and_a_connection_that_asks_little_do_not_wait_for_strangers() -> None:
    assert answered(known=True)[0] == answered(little=True)[0] == []
    assert len(answered(little=True, trusted=True)[0]) == 2000  # a proxy's connection is many people's
