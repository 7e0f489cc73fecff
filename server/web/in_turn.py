"""Requests that come in a rush take turns with everything else: screens, timers, and what the writer has done."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import gevent

AT_ONCE = 0.002
"""Seconds for which requests may hold the loop before it looks at every socket and timer again."""


class InTurn:
    """A WSGI application whose requests wait where others have just held the loop for as long as is fair.

    Without it a loop that finds sixteen requests begins them all, and who sends the next one before the answer to the
    last has been handed on holds it for good.
    """

    def __init__(self, app: Callable[..., Any], clock: Callable[[], float] = monotonic) -> None:
        self._app = app
        self._clock = clock
        self._hub = gevent.get_hub()
        self._came_by = clock()
        loop: Any = self._hub.loop
        self._watch = loop.check(ref=False, priority=loop.MAXPRI)
        self._watch.start(self._mark)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        while self._clock() - self._came_by > AT_ONCE:
            # `gevent.sleep(0)` would come back before the loop has looked at anything
            self._hub.wait(self._hub.loop.timer(0))
        return self._app(environ, start_response)

    def _mark(self) -> None:
        self._came_by = self._clock()
