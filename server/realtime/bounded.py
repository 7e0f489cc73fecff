"""Bounds on what a connection may send and how long it may take, before a byte of it is believed."""

from __future__ import annotations

import resource
from collections.abc import Callable
from time import monotonic
from typing import Any

import gevent
import structlog
from geventwebsocket.exceptions import WebSocketError
from geventwebsocket.handler import WebSocketHandler
from geventwebsocket.websocket import WebSocket

log = structlog.get_logger()

MAX_MESSAGE = 64 * 1024
"""Bytes of a socket's message; a subscription takes a few hundred."""
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_BAD = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class TooSlow(TimeoutError):
    """The rest of a request did not come in time."""


class _Within:
    """A connection's reading side that is shut at a moment, however steadily its bytes drip in."""

    def __init__(self, file: Any, seconds: float, on_slow: Callable[[], None]) -> None:
        self._file = file
        self._until = monotonic() + seconds
        self._on_slow = on_slow

    def read(self, *size: int) -> bytes:
        return self._in_time(self._file.read, *size)

    def readline(self, *size: int) -> bytes:
        return self._in_time(self._file.readline, *size)

    def _in_time(self, read: Callable[..., bytes], *size: int) -> bytes:
        # a moment that has passed still gives what has come already
        try:
            with gevent.Timeout(max(0.001, self._until - monotonic()), TooSlow("The body did not come in time.")):
                return read(*size)
        except TooSlow:
            self._on_slow()
            raise


class _MessageRead:
    """Reads the payloads of a message's frames, until together they are more than any message of ours."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._left = MAX_MESSAGE

    def begin(self) -> None:
        """What comes is the next message."""
        self._left = MAX_MESSAGE

    def __call__(self, size: int) -> bytes:
        self._left -= size
        if self._left < 0:
            raise WebSocketError(f"A message is more than {MAX_MESSAGE} bytes.")
        return self._read(size)


class _BoundedWebSocket(WebSocket):  # type: ignore[misc]
    """A connection that knows where a message begins, however many frames it comes in."""

    __slots__ = ()

    def read_message(self) -> Any:
        self.raw_read.begin()
        return super().read_message()


class BoundedHandler(WebSocketHandler):  # type: ignore[misc]
    """HTTP and WebSocket for strangers: nobody holds a connection by saying nothing, or little, or too much.

    The library waits for ever for a request's next byte, reads a WebSocket frame whole, whatever its announced length,
    and unmasks it byte by byte in Python: one machine could take all connections, or hold up every screen for seconds.
    """

    idle_seconds = 75.0
    """How long a kept connection may wait for its next request."""
    head_seconds = 20.0
    """How long a request's line and headers may take; also how long a new connection may say nothing."""
    body_seconds = 30.0
    """How long a request's body may take."""
    send_seconds = 60.0
    """How long an answer may wait to be read on."""

    @staticmethod
    def on_slow() -> None:
        """Called for each request that did not come in time: strangers make as many as they like, so none is logged."""

    _began = False
    websocket: Any

    def read_requestline(self) -> str:
        """The next request's line; an empty one, which ends the connection, where none comes in time."""
        seconds, self._began = (self.idle_seconds if self._began else self.head_seconds), True
        try:
            with gevent.Timeout(seconds, TooSlow("No request came in time.")):
                return str(super().read_requestline())
        except TooSlow:
            return ""

    def read_request(self, raw_requestline: str) -> bool:
        """The headers, in time."""
        with gevent.Timeout(self.head_seconds, TooSlow("The headers did not come in time.")):
            return bool(super().read_request(raw_requestline))

    def get_environ(self) -> dict[str, Any]:
        """As the library has it, with the bounds on the body and on the answer."""
        environ: dict[str, Any] = super().get_environ()
        self.wsgi_input.rfile = _Within(self.rfile, self.body_seconds, self.on_slow)
        # for an upgrade the library would hand out the bare connection
        environ["wsgi.input"] = self.wsgi_input
        self.socket.settimeout(self.send_seconds)
        return environ

    def handle_one_response(self) -> None:
        """Answer; then wait for the next request without the answer's time-out, or hang up on a body that lags."""
        super().handle_one_response()
        if self.socket is not None:
            self.socket.settimeout(None)
        if self.wsgi_input is not None and self.content_length and self.wsgi_input.position < self.content_length:
            self.close_connection = True

    def _handle_client_error(self, error: BaseException) -> tuple[str, bytes]:
        if isinstance(error, TooSlow):
            self.on_slow()
            return "408", _TOO_SLOW
        # what was sent is not logged: it may hold a token, and strangers would write our log
        log.info("bad_request", address=str(self.client_address[:1]), error=type(error).__name__)
        return "400", _BAD

    def run_websocket(self) -> None:
        """As the library does, but without its list by address: one comes again before the old one has gone."""
        try:
            list(self.application(self.environ, lambda _status, _headers, _error=None: []))
        finally:
            if not self.websocket.closed:
                self.websocket.close()
            self.environ["wsgi.websocket"] = None
            self.websocket = None

    def _log_error(self, kind: type[BaseException], error: BaseException, trace: Any) -> None:
        if "wsgi.websocket" in self.environ and issubclass(kind, ValueError):  # a message that is none
            log.info("nonsense_on_a_socket", error=kind.__name__)
        else:
            super()._log_error(kind, error, trace)

    def upgrade_connection(self) -> Any:
        """As the library does, with a bound on every message put before its reading of payloads."""
        upgraded = super().upgrade_connection()
        websocket = self.websocket
        if websocket is not None:
            self.socket.settimeout(None)  # the feed's pings tell who is gone
            websocket.raw_read = _MessageRead(websocket.raw_read)
            # its methods cannot be replaced one by one, and a second one on the same connection would close it
            websocket.__class__ = _BoundedWebSocket
        return upgraded


def raise_file_limit() -> None:
    """Let the process hold as many connections as the system lets it: the usual soft limit is one busy morning."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard != resource.RLIM_INFINITY else 65536, hard))
