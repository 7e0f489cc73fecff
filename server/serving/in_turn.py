"""Requests and messages that come in a rush take turns with all else: screens, timers, what the writer has done."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any

import gevent
from gevent.hub import Waiter

from server.serving.addresses import client_network

AT_ONCE = 0.001
"""Seconds for which requests may hold the loop before it looks at every socket and timer again."""


class Turn:
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


def _nothing() -> None:
    pass


class InTurn:
    """A WSGI application whose requests begin when it is their turn."""

    def __init__(self, app: Callable[..., Any], turn: Turn, *, trust_proxy: bool = False) -> None:
        self._app = app
        self._turn = turn
        self._trust_proxy = trust_proxy

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        self._turn.wait(client_network(environ, self._trust_proxy))
        return self._app(environ, start_response)
