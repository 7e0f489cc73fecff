"""Limits on the size and duration of requests and WebSockets of each connection."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from select import POLLIN
from time import monotonic
from typing import Any

import gevent
from gevent import pywsgi
from gevent.select import poll
from geventwebsocket.handler import WebSocketHandler

from server.serving import handshake, request_head
from server.serving.addresses import network_of
from server.serving.budget import SocketBudget, TokenBucket
from server.serving.connections import Connections, reset
from server.serving.fairness import CONNECTION, LoopFairness
from server.serving.hang_ups import SLOW_CONNECTIONS, rate_limited_log
from server.serving.websocket import BudgetedWebSocket, MessageReader

CLIENT_GONE = "giliran.client_gone"
"""The key of a function in a request's environment; it returns whether the client has disconnected."""
MAX_HEAD = 32 * 1024
"""Bytes of a request's line and headers together."""
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_BAD = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


MAX_BODY = 512 * 1024
"""Bytes read of a request's body; the views accept half of that."""


OWN_REQUESTS, OWN_REQUESTS_PER_SECOND = 20, 5
"""A connection below this rate is not delayed because of others of its network."""


class TooSlow(TimeoutError):
    """The rest of a request did not arrive in time."""


class BodyTooLong(OSError):
    """A request's body is more than MAX_BODY bytes."""


class DeadlineReader:
    """Reads a request's body, at most MAX_BODY bytes, before a deadline, and fairly to other connections."""

    def __init__(self, handler: LimitedRequestHandler, seconds: float) -> None:
        self._handler = handler
        self._file = handler.rfile
        self._deadline = monotonic() + seconds
        self._remaining = MAX_BODY

    def read(self, *size: int) -> bytes:
        return self._in_time(self._file.read, *size)

    def readline(self, *size: int) -> bytes:
        return self._in_time(self._file.readline, *size)

    def _in_time(self, read: Callable[..., bytes], *size: int) -> bytes:
        if size and size[0] > self._remaining:
            self._handler.close_connection = True  # the rest will not be read
            raise BodyTooLong(f"A body is more than {MAX_BODY} bytes.")
        self._handler.wait_for_client()
        self._handler.wait_for_turn()
        # after the deadline, bytes that have already arrived are still read
        try:
            with gevent.Timeout(max(0.001, self._deadline - monotonic()), TooSlow("The body did not come in time.")):
                data = read(*size)
        except TooSlow:
            SLOW_CONNECTIONS.inc()
            raise
        self._handler.work_for_client()
        self._remaining -= len(data)
        return data


class HeadTooLong(ValueError):
    """A request's headers are more than MAX_HEAD bytes."""


class _HeadReader:
    """Reads a request's headers, at most MAX_HEAD bytes."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._remaining = MAX_HEAD

    def readline(self, size: int) -> bytes:
        line: bytes = self._file.readline(size)
        self._remaining -= len(line)
        if self._remaining < 0:
            raise HeadTooLong
        return line


class LimitedRequestHandler(WebSocketHandler):  # type: ignore[misc]
    """HTTP and WebSocket with limits: no client can occupy a connection by sending nothing, little, or too much.

    The library waits for a request's next byte without limit, and reads everything from a WebSocket: one machine
    could take all connections, or block every screen for seconds.
    """

    idle_seconds = 75.0
    """How long a keep-alive connection may wait for its next request."""
    head_seconds = 20.0
    """How long a request's line and headers may take; also how long a new connection may send nothing."""
    body_seconds = 30.0
    """How long a request's body may take."""
    send_seconds = 60.0
    """How long the client may take to read more of an answer."""

    _had_request = False
    _network = ""
    own_pace: TokenBucket
    rfile: Any
    server: BoundedServer
    websocket: Any
    wsgi_input: Any

    def handle(self) -> None:
        """Serve the connection until it ends."""
        self._network = str(network_of(str(self.client_address[0]) if self.client_address else ""))
        self.own_pace = TokenBucket(OWN_REQUESTS, OWN_REQUESTS_PER_SECOND)
        try:
            super().handle()
        finally:
            self.work_for_client()

    def wait_for_client(self) -> None:
        """Record that the server waits for the client: for a request, its rest, or the reading of an answer."""
        self.server.connections.wait(self._network, self)

    def work_for_client(self) -> None:
        """Record that the server does not wait for the client."""
        self.server.connections.work(self._network, self)

    def wait_for_turn(self) -> None:
        """Wait until the loop is free for work of this network (see LoopFairness)."""
        self.server.wait_for_turn(self._network)

    def client_gone(self) -> bool:
        """Return whether the client has disconnected, so that nobody will read the answer."""
        if self.socket is None:
            return True
        try:
            poller = poll()
            poller.register(self.socket.fileno(), POLLIN)
            # readable data may also be the next request
            return bool(poller.poll(0)) and not self.socket.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def hang_up(self) -> None:
        """Reset the connection immediately."""
        if self.socket is not None:
            reset(self.socket)

    def read_requestline(self) -> str:
        """Return the next request's line; an empty one, which ends the connection, if none comes in time."""
        self.wait_for_client()
        seconds, self._had_request = (self.idle_seconds if self._had_request else self.head_seconds), True
        try:
            with gevent.Timeout(seconds, TooSlow("No request came in time.")):
                line = str(super().read_requestline())
                # some clients send an extra empty line after a body (RFC 9112, section 2.2)
                return str(super().read_requestline()) if line == "\r\n" else line
        except TooSlow:
            return ""

    def read_request(self, raw_requestline: str) -> bool:
        """Read the headers, in time and fairly to other connections.

        The library's own parser is one for mail, and accepts much that other programs read differently.

        Raises: Malformed if they violate RFC 9112; HeadTooLong or TooSlow if they exceed the limits.
        """
        self.wait_for_turn()
        try:
            with gevent.Timeout(self.head_seconds, TooSlow("The headers did not come in time.")):
                self._read_head(raw_requestline)
        finally:
            self.work_for_client()
        return True

    def _read_head(self, line: str) -> None:
        self.requestline = line.rstrip("\r\n")
        method, target, version = request_head.read_line(line)
        self.headers = fields = request_head.read_fields(_HeadReader(self.rfile).readline)
        self.path = request_head.target_of(method, target, version, fields)
        self.content_length = request_head.body_length(method, version, fields)
        self.close_connection = request_head.closes(version, fields)
        self.command, self.request_version = method, version

    def _headers(self) -> Iterator[tuple[str, str]]:
        return self.headers.as_environ()

    def get_environ(self) -> dict[str, Any]:
        """Return the library's environment, with the limits on the body and on the answer."""
        environ: dict[str, Any] = super().get_environ()
        if self.wsgi_input.chunked_input:
            self.wsgi_input = request_head.ChunkedBody(self.rfile, self.wsgi_input.socket)
        self.wsgi_input.rfile = DeadlineReader(self, self.body_seconds)
        # for an upgrade, the library would put in the unlimited connection
        environ["wsgi.input"] = self.wsgi_input
        environ[CONNECTION] = self
        environ[CLIENT_GONE] = self.client_gone
        self.socket.settimeout(self.send_seconds)
        return environ

    def handle_one_response(self) -> None:
        """Answer; then wait for the next request without the answer's timeout.

        If the end of the body was not read, close the connection: the rest would be read as a request.
        """
        super().handle_one_response()
        if self.socket is not None:
            self.socket.settimeout(None)
        if self._body_unfinished():
            self.close_connection = True

    def _body_unfinished(self) -> bool:
        body = self.wsgi_input
        if isinstance(body, request_head.ChunkedBody):
            return body.unfinished
        return body is not None and bool(self.content_length) and body.position < self.content_length

    def _sendall(self, data: bytes) -> None:
        self.wait_for_client()
        super()._sendall(data)
        self.work_for_client()

    def _handle_client_error(self, error: BaseException) -> tuple[str, bytes]:
        if isinstance(error, TooSlow):
            SLOW_CONNECTIONS.inc()
            return "408", _TOO_SLOW
        # the request is not logged: it may contain a token, and clients could write into our log
        facts = {"why": str(error)} if isinstance(error, request_head.Malformed) else {}
        rate_limited_log.warning("bad_request", self._network, error=type(error).__name__, **facts)
        if isinstance(error, request_head.Malformed):
            return "400", request_head.refusal(error)
        return ("431", _TOO_LONG) if isinstance(error, HeadTooLong) else ("400", _BAD)

    def run_websocket(self) -> None:
        """Run as the library does, but without its list by address: a client may reconnect before the old one ends."""
        try:
            list(self.application(self.environ, lambda _status, _headers, _error=None: []))
        finally:
            if not self.websocket.closed:
                self.websocket.close()
            self.environ["wsgi.websocket"] = None
            self.websocket = None

    def _log_error(self, kind: type[BaseException], error: BaseException, trace: Any) -> None:
        if "wsgi.websocket" in self.environ and issubclass(kind, ValueError):  # an invalid message
            rate_limited_log.warning("nonsense_on_a_socket", self._network, error=kind.__name__)
        else:
            super()._log_error(kind, error, trace)

    def upgrade_websocket(self) -> Any:
        """Upgrade as the library does if the handshake is valid and allowed; otherwise serve a plain request."""
        if not handshake.is_requested(self.environ):
            return None
        fault = handshake.fault(self.environ)
        if fault is not None:
            self.start_response(fault.status, fault.headers)
            return [fault.body]
        return super().upgrade_websocket() if self.server.may_upgrade(self.environ) else None

    def upgrade_connection(self) -> Any:
        """Upgrade as the library does, but read with our own reader, which has a budget."""
        upgraded = super().upgrade_connection()
        websocket = self.websocket
        if websocket is not None:
            self.socket.settimeout(None)  # the feed's pings detect dead clients
            websocket.raw_read = MessageReader(websocket.raw_read, self.server.socket_budget(), self.wait_for_turn)
            # its methods cannot be replaced one by one, and a second object on the connection would close it
            websocket.__class__ = BudgetedWebSocket
        return upgraded


class BoundedServer(pywsgi.WSGIServer):
    """The WSGI server whose connections have these limits.

    `turn` is shared with the other work of the process; without it, no request waits. `socket_budget` makes the budget
    of each WebSocket. `may_upgrade(environ)` returns whether a handshake may succeed; if not, the application answers.
    """

    def __init__(
        self,
        listener: Any,
        application: Callable[..., Any],
        *,
        turn: LoopFairness | None = None,
        connections: Connections | None = None,
        socket_budget: Callable[[], SocketBudget] = SocketBudget,
        may_upgrade: Callable[[dict[str, Any]], bool] = lambda _environ: True,
        handler_class: type[LimitedRequestHandler] = LimitedRequestHandler,
        error_log: Any = "default",
    ) -> None:
        super().__init__(listener, application, handler_class=handler_class, log=None, error_log=error_log)
        self.wait_for_turn: Callable[[str], None] = turn.wait if turn is not None else lambda _network: None
        self.connections = connections if connections is not None else Connections()
        self.socket_budget = socket_budget
        self.may_upgrade = may_upgrade
