"""Requests that come in a rush take turns with everything else: screens, timers, and what the writer has done."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any

import gevent
from gevent.hub import Waiter

AT_ONCE = 0.001
"""Seconds for which requests may hold the loop before it looks at every socket and timer again."""


class Turn:
    """Knows when the loop last looked at everything, and lets those wait who would hold it for longer than is fair.

    Without it a loop that finds sixteen requests, or sixteen answers from one commit, goes through them all, and who
    sends the next request before the answer to the last has been handed on holds it for good.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._came_by = clock()
        self._waiting: deque[Waiter[None]] = deque()
        loop: Any = gevent.get_hub().loop
        self._watch = loop.check(ref=False, priority=loop.MAXPRI)
        self._watch.start(self._look)
        self._again = loop.timer(0)

    def wait(self) -> None:
        """Go on at once where it is one's turn, else after those who wait already."""
        if self._waiting or self._clock() - self._came_by > AT_ONCE:
            waiter: Waiter[None] = Waiter()
            self._waiting.append(waiter)
            self._again.start(_nothing)
            waiter.get()

    def close(self) -> None:
        """Look no more."""
        self._watch.stop()

    def _look(self) -> None:
        """The loop has just looked at everything: those who wait go on, as many as may hold it."""
        self._came_by = self._clock()
        while self._waiting and self._clock() - self._came_by <= AT_ONCE:
            self._waiting.popleft().switch(None)
        if self._waiting:
            self._again.start(_nothing)  # it must not sleep meanwhile


def _nothing() -> None:
    pass


class InTurn:
    """A WSGI application whose requests begin when it is their turn."""

    def __init__(self, app: Callable[..., Any], turn: Turn) -> None:
        self._app = app
        self._turn = turn

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        self._turn.wait()
        return self._app(environ, start_response)
