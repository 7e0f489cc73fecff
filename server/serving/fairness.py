"""Fair use of the event loop: a rush of requests and messages alternates with screens, timers and commits."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any

import gevent
from gevent.hub import Waiter

from server.serving.addresses import client_network
from server.serving.budget import TokenBucket

SLICE_SECONDS = 0.001
"""Seconds for which requests may occupy the loop before it serves every socket and timer again."""


class LoopFairness:
    """Measures how long the loop has been busy since its last full round, and makes further work wait.

    Without it, a loop with sixteen requests, or sixteen answers from one commit, handles them all in one go, and a
    client that pipelines its requests occupies it for good. Waiters continue one network after another, so a network
    with a thousand requests delays others no more than a network with one.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._round_start = clock()
        self._waiting: dict[str, deque[Waiter[None]]] = {}
        """Waiters by network, first come first; networks are in the order in which they continue."""
        loop: Any = gevent.get_hub().loop
        self._watch = loop.check(ref=False, priority=loop.MAXPRI)
        self._watch.start(self._start_round)
        self._wakeup = loop.timer(0)

    def wait(self, network: str = "") -> None:
        """Return at once if the loop is free for this slice, otherwise after earlier waiters."""
        if self._waiting or self._clock() - self._round_start > SLICE_SECONDS:
            waiter: Waiter[None] = Waiter()
            self._waiting.setdefault(network, deque()).append(waiter)
            self._wakeup.start(_nothing)
            waiter.get()

    def close(self) -> None:
        """Stop measuring."""
        self._watch.stop()

    def _start_round(self) -> None:
        """Let waiters continue for one slice, after the loop has served every socket and timer."""
        self._round_start = self._clock()
        while self._waiting and self._clock() - self._round_start <= SLICE_SECONDS:
            network = next(iter(self._waiting))
            waiters = self._waiting.pop(network)
            waiter = waiters.popleft()
            if waiters:
                self._waiting[network] = waiters
            waiter.switch(None)
        if self._waiting:
            self._wakeup.start(_nothing)  # the loop must not sleep while there are waiters


REQUESTER = "giliran.caller"
"""The key of the request's Requester in the environment. Middleware may copy the environment, but not the Requester."""
CONNECTION = "giliran.connection"
"""The key of the connection in the environment; the connection may be reset while it waits."""
ANSWERS, ANSWERS_PER_SECOND = 100, 200
"""Answers to unidentified requests of one network: this many at once, and this many a second; more are delayed."""
MAX_DELAY = 5.0
"""The longest delay of such an answer, in seconds: then a thousand connections of a network still get 200 a second."""
_KEPT_NETWORKS = 20_000


class Requester:
    """The sender of a request: whether it has identified itself."""

    __slots__ = ("identified",)

    def __init__(self) -> None:
        self.identified = False


def mark_identified(environ: dict[str, Any]) -> None:
    """Record that the request has a valid token, session or ticket, so its answer is not delayed."""
    if REQUESTER in environ:  # commands and tests call the application without this middleware
        environ[REQUESTER].identified = True


class FairnessMiddleware:
    """WSGI middleware that starts each request when the loop is free for it.

    Answers to unidentified requests are delayed if their network makes too many, so that a flood of cheap requests
    leaves the processor to others. A request with a valid token, session or ticket is not delayed like this.
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
        requester = environ[REQUESTER] = Requester()
        answer = self._app(environ, start_response)
        # a WebSocket returns here when it has ended, and has had its own budget
        if not requester.identified and "wsgi.websocket" not in environ:
            self._delay(network, environ.get(CONNECTION))
        return answer

    def _delay(self, network: str, connection: Any) -> None:
        """Delay the answer if its network makes too many requests, and its own connection is not a slow one."""
        bucket = self._strangers.pop(network, None) or TokenBucket(ANSWERS, ANSWERS_PER_SECOND, self._clock)
        self._strangers[network] = bucket  # moved to the end: the first is the least recently used
        if len(self._strangers) > _KEPT_NETWORKS:
            del self._strangers[next(iter(self._strangers))]
        delay = min(bucket.charge(1), MAX_DELAY)
        # behind a trusted proxy, many people share a connection
        is_slow = connection is not None and connection.own_pace.take() and not self._trust_proxy
        if delay <= 0 or is_slow:
            return
        if connection is not None:
            connection.wait_for_client()
        self._sleep(delay)
        if connection is not None:
            connection.work_for_client()


def _nothing() -> None:
    pass
