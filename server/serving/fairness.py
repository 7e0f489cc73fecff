"""Requests and messages that come in a rush take turns with all else: screens, timers, what the writer has done."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any

import gevent
from gevent.hub import Waiter

from server.serving.addresses import client_network
from server.serving.budget import TokenBucket

AT_ONCE = 0.001
"""Seconds for which requests may hold the loop before it looks at every socket and timer again."""


class LoopFairness:
    """Knows when the loop last looked at everything, and lets those wait who would hold it for longer than is fair.

    Without it a loop that finds sixteen requests, or sixteen answers from one commit, goes through them all, and who
    sends the next request before the answer to the last has been handed on holds it for good. Those who wait go on one
    of each network after another, so that a network with a thousand of them is no more in the way than one with one.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._came_by = clock()
        self._waiting: dict[str, deque[Waiter[None]]] = {}
        """Network → those who wait, the first first; the networks in the order in which they have their turn."""
        loop: Any = gevent.get_hub().loop
        self._watch = loop.check(ref=False, priority=loop.MAXPRI)
        self._watch.start(self._look)
        self._again = loop.timer(0)

    def wait(self, network: str = "") -> None:
        """Go on at once where it is one's turn, else after those who wait already."""
        if self._waiting or self._clock() - self._came_by > AT_ONCE:
            waiter: Waiter[None] = Waiter()
            self._waiting.setdefault(network, deque()).append(waiter)
            self._again.start(_nothing)
            waiter.get()

    def close(self) -> None:
        """Look no more."""
        self._watch.stop()

    def _look(self) -> None:
        """The loop has just looked at everything: those who wait go on, as many as may hold it."""
        self._came_by = self._clock()
        while self._waiting and self._clock() - self._came_by <= AT_ONCE:
            network = next(iter(self._waiting))
            line = self._waiting.pop(network)
            waiter = line.popleft()
            if line:
                self._waiting[network] = line
            waiter.switch(None)
        if self._waiting:
            self._again.start(_nothing)  # it must not sleep meanwhile


CALLER = "giliran.caller"
"""Where the environment holds the request's Caller. What is between may copy the environment; the Caller stays one."""
CONNECTION = "giliran.connection"
"""Where the environment holds the connection, which may be disconnected while it waits."""
ANSWERS, ANSWERS_A_SECOND = 100, 200
"""To requests of one network that show nothing: so many at once, and so many a second; what comes faster waits."""
MAX_DELAY = 5.0
"""Seconds that such an answer waits at most: a thousand connections of a network then get as many a second."""
_KEPT_NETWORKS = 20_000


class Caller:
    """Who sends a request, as far as its turn is concerned."""

    __slots__ = ("known",)

    def __init__(self) -> None:
        self.known = False


def note_known(environ: dict[str, Any]) -> None:
    """Whoever sends this request has shown who it is: its answer is not delayed."""
    if CALLER in environ:  # commands and tests ask the application itself
        environ[CALLER].known = True


class FairnessMiddleware:
    """A WSGI application whose requests begin when it is their turn.

    Answers to nobody known are delayed where a network asks for too many, so that a flood of cheap requests leaves the
    processor to others. A request that shows a true token, session or ticket waits for its turn alone.
    """

    def __init__(
        self,
        app: Callable[..., Any],
        turn: LoopFairness,
        *,
        trust_proxy: bool = False,
        sleep: Callable[[float], object] = gevent.sleep,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._app = app
        self._turn = turn
        self._trust_proxy = trust_proxy
        self._sleep = sleep
        self._clock = clock
        self._strangers: dict[str, TokenBucket] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        network = client_network(environ, self._trust_proxy)
        self._turn.wait(network)
        caller = environ[CALLER] = Caller()
        answer = self._app(environ, start_response)
        # a WebSocket comes back when it has ended, and has had a budget of its own
        if not caller.known and "wsgi.websocket" not in environ:
            self._delay(network, environ.get(CONNECTION))
        return answer

    def _delay(self, network: str, connection: Any) -> None:
        """Let the answer wait where its network asks for too much, and its connection is not one that asks little."""
        bucket = self._strangers.pop(network, None) or TokenBucket(ANSWERS, ANSWERS_A_SECOND, self._clock)
        self._strangers[network] = bucket  # at the end: the first was heard of longest ago
        if len(self._strangers) > _KEPT_NETWORKS:
            del self._strangers[next(iter(self._strangers))]
        delay = min(bucket.charge(1), MAX_DELAY)
        # behind a trusted proxy a connection is many people's
        asks_little = connection is not None and connection.own_pace.take() and not self._trust_proxy
        if delay <= 0 or asks_little:
            return
        if connection is not None:
            connection.wait_for_client()
        self._sleep(delay)
        if connection is not None:
            connection.work_for_client()


def _nothing() -> None:
    pass
