"""Requests under way: stopping waits for them, and begins no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
import gevent.event

from server.contract import problems


class DrainMiddleware:
    """A WSGI application that counts the requests under way. An idle keep-alive connection or a socket is none."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._app = app
        self._count = 0
        self._ending = False
        self._none = gevent.event.Event()
        self._none.set()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if "wsgi.websocket" in environ:
            return self._app(environ, start_response)
        if self._ending:
            return _refused(start_response)
        self._count += 1
        self._none.clear()
        try:
            return self._app(environ, start_response)
        finally:
            self._count -= 1
            if not self._count:
                self._none.set()

    def end(self, seconds: float) -> bool:
        """Begin no request any more; whether all that were begun have been answered within so many seconds."""
        # a client that never pauses on its connection would otherwise be cut off in the middle of a request
        self._ending = True
        answered = bool(self._none.wait(seconds))
        gevent.sleep(0.05)  # the last answer is being written
        return answered


def _refused(start_response: Any) -> list[bytes]:
    told = "The server is stopping; nothing was changed. Please try again in a moment."
    body = problems.problem("unavailable", told).model_dump_json(exclude_unset=True).encode()
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
        ("Retry-After", "1"),
    ]
    start_response("503 Service Unavailable", headers)
    return [body]
