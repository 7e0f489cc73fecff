"""Draining: a stopping server finishes running requests and refuses new ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
import gevent.event

from server.contract import problems


class DrainMiddleware:
    """WSGI middleware that counts running requests. Idle keep-alive connections and WebSockets do not count."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._app = app
        self._count = 0
        self._draining = False
        self._idle = gevent.event.Event()
        self._idle.set()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if "wsgi.websocket" in environ:
            return self._app(environ, start_response)
        if self._draining:
            return _refuse(start_response)
        self._count += 1
        self._idle.clear()
        try:
            return self._app(environ, start_response)
        finally:
            self._count -= 1
            if not self._count:
                self._idle.set()

    def end(self, seconds: float) -> bool:
        """Refuse new requests; return whether all running ones were answered within so many seconds."""
        # refused, because otherwise a client that never pauses would be disconnected in the middle of a request
        self._draining = True
        answered = bool(self._idle.wait(seconds))
        gevent.sleep(0.05)  # the last answer is still being written
        return answered


def _refuse(start_response: Any) -> list[bytes]:
    detail = "The server is stopping; nothing was changed. Please try again in a moment."
    body = problems.problem("unavailable", detail).model_dump_json(exclude_unset=True).encode()
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
        ("Retry-After", "1"),
    ]
    start_response("503 Service Unavailable", headers)
    return [body]
