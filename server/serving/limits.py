"""Bounds on what a connection may send and how long it may take, before a byte of it is believed."""

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
from server.serving.connections import Connections, cut
from server.serving.fairness import CONNECTION, LoopFairness
from server.serving.hang_ups import SLOW_CONNECTIONS, strangers
from server.serving.websocket import BudgetedWebSocket, MessageReader

CLIENT_GONE = "giliran.client_gone"
"""In a request's environment: a function that tells whether its client has hung up."""
MAX_HEAD = 32 * 1024
"""Bytes of a request's line and headers together."""
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_BAD = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


MAX_BODY = 512 * 1024
"""Bytes of a request's body that are read; the views take half of that."""


OWN_REQUESTS, OWN_REQUESTS_A_SECOND = 20, 5
"""A connection that asks for no more is not delayed because of others of its network."""


class TooSlow(TimeoutError):
    """The rest of a request did not come in time."""


class BodyTooLong(OSError):
    """A request's body is more than MAX_BODY bytes."""


class DeadlineReader:
    """A connection's reading side for a body: so many bytes, until a moment, by turns, however its bytes come in."""

    def __init__(self, handler: LimitedRequestHandler, seconds: float) -> None:
        self._handler = handler
        self._file = handler.rfile
        self._until = monotonic() + seconds
        self._left = MAX_BODY

    def read(self, *size: int) -> bytes:
        return self._in_time(self._file.read, *size)

    def readline(self, *size: int) -> bytes:
        return self._in_time(self._file.readline, *size)

    def _in_time(self, read: Callable[..., bytes], *size: int) -> bytes:
        if size and size[0] > self._left:
            self._handler.close_connection = True  # the rest will not be read
            raise BodyTooLong(f"A body is more than {MAX_BODY} bytes.")
        self._handler.wait_for_client()
        self._handler.wait_for_turn()
        # a moment that has passed still gives what has come already
        try:
            with gevent.Timeout(max(0.001, self._until - monotonic()), TooSlow("The body did not come in time.")):
                got = read(*size)
        except TooSlow:
            SLOW_CONNECTIONS.inc()
            raise
        self._handler.work_for_client()
        self._left -= len(got)
        return got


class HeadTooLong(ValueError):
    """A request's headers are more than MAX_HEAD bytes."""


class _Head:
    """A connection's reading side while the headers are read: so many bytes and no more."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._left = MAX_HEAD

    def readline(self, size: int) -> bytes:
        line: bytes = self._file.readline(size)
        self._left -= len(line)
        if self._left < 0:
            raise HeadTooLong
        return line


class LimitedRequestHandler(WebSocketHandler):  # type: ignore[misc]
    """HTTP and WebSocket for strangers: nobody holds a connection by saying nothing, or little, or too much.

    The library waits for ever for a request's next byte, and reads whatever comes on a WebSocket: one machine could
    take all connections, or hold up every screen for seconds.
    """

    idle_seconds = 75.0
    """How long a kept connection may wait for its next request."""
    head_seconds = 20.0
    """How long a request's line and headers may take; also how long a new connection may say nothing."""
    body_seconds = 30.0
    """How long a request's body may take."""
    send_seconds = 60.0
    """How long an answer may wait to be read on."""

    _began = False
    _network = ""
    own_pace: TokenBucket
    rfile: Any
    server: BoundedServer
    websocket: Any
    wsgi_input: Any

    def handle(self) -> None:
        """Serve the connection until it ends."""
        self._network = str(network_of(str(self.client_address[0]) if self.client_address else ""))
        self.own_pace = TokenBucket(OWN_REQUESTS, OWN_REQUESTS_A_SECOND)
        try:
            super().handle()
        finally:
            self.work_for_client()

    def wait_for_client(self) -> None:
        """From now on the client owes us something: a request, the rest of one, or the reading of an answer."""
        self.server.connections.wait(self._network, self)

    def work_for_client(self) -> None:
        """The client owes us nothing."""
        self.server.connections.work(self._network, self)

    def wait_for_turn(self) -> None:
        """Let others on where this one's like have just held the loop for as long as is fair."""
        self.server.wait_for_turn(self._network)

    def client_gone(self) -> bool:
        """Whether the client has hung up, so that nobody will read the answer."""
        if self.socket is None:
            return True
        try:
            there = poll()
            there.register(self.socket.fileno(), POLLIN)
            # what there is to read may be the next request
            return bool(there.poll(0)) and not self.socket.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def hang_up(self) -> None:
        """End the connection at once, whatever is still to be read or written."""
        if self.socket is not None:
            cut(self.socket)

    def read_requestline(self) -> str:
        """The next request's line; an empty one, which ends the connection, where none comes in time."""
        self.wait_for_client()
        seconds, self._began = (self.idle_seconds if self._began else self.head_seconds), True
        try:
            with gevent.Timeout(seconds, TooSlow("No request came in time.")):
                line = str(super().read_requestline())
                # some clients end a body with an empty line that is not counted (RFC 9112, section 2.2)
                return str(super().read_requestline()) if line == "\r\n" else line
        except TooSlow:
            return ""

    def read_request(self, raw_requestline: str) -> bool:
        """Read the headers, in time, and when it is this connection's turn. Raises Malformed, HeadTooLong, TooSlow.

        The library's own reading takes much that another program may read otherwise, and parses it as mail.
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
        self.headers = fields = request_head.read_fields(_Head(self.rfile).readline)
        self.path = request_head.target_of(method, target, version, fields)
        self.content_length = request_head.body_length(method, version, fields)
        self.close_connection = request_head.closes(version, fields)
        self.command, self.request_version = method, version

    def _headers(self) -> Iterator[tuple[str, str]]:
        return self.headers.as_environ()

    def get_environ(self) -> dict[str, Any]:
        """As the library has it, with the bounds on the body and on the answer."""
        environ: dict[str, Any] = super().get_environ()
        if self.wsgi_input.chunked_input:
            self.wsgi_input = request_head.ChunkedBody(self.rfile, self.wsgi_input.socket)
        self.wsgi_input.rfile = DeadlineReader(self, self.body_seconds)
        # for an upgrade the library would hand out the bare connection
        environ["wsgi.input"] = self.wsgi_input
        environ[CONNECTION] = self
        environ[CLIENT_GONE] = self.client_gone
        self.socket.settimeout(self.send_seconds)
        return environ

    def handle_one_response(self) -> None:
        """Answer; then wait for the next request without the answer's time-out.

        Where the body's end has not been found, hang up: what follows would be taken for a request.
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
        # what was sent is not logged: it may hold a token, and strangers would write our log
        why = {"why": str(error)} if isinstance(error, request_head.Malformed) else {}
        strangers.tell("bad_request", self._network, error=type(error).__name__, **why)
        if isinstance(error, request_head.Malformed):
            return "400", request_head.refusal(error)
        return ("431", _TOO_LONG) if isinstance(error, HeadTooLong) else ("400", _BAD)

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
            strangers.tell("nonsense_on_a_socket", self._network, error=kind.__name__)
        else:
            super()._log_error(kind, error, trace)

    def upgrade_websocket(self) -> Any:
        """As the library does, where the handshake is one that may be made here; else it is a plain request."""
        if not handshake.wanted(self.environ):
            return None
        fault = handshake.fault(self.environ)
        if fault is not None:
            self.start_response(fault.status, fault.headers)
            return [fault.body]
        return super().upgrade_websocket() if self.server.may_upgrade(self.environ) else None

    def upgrade_connection(self) -> Any:
        """As the library does, but with our own reading, which has a budget."""
        upgraded = super().upgrade_connection()
        websocket = self.websocket
        if websocket is not None:
            self.socket.settimeout(None)  # the feed's pings tell who is gone
            websocket.raw_read = MessageReader(websocket.raw_read, self.server.socket_budget(), self.wait_for_turn)
            # its methods cannot be replaced one by one, and a second one on the same connection would close it
            websocket.__class__ = BudgetedWebSocket
        return upgraded


class BoundedServer(pywsgi.WSGIServer):
    """The WSGI server whose connections have these bounds.

    `turn` is shared with the other work of the process; without one nobody waits. `socket_budget` makes the budget of
    each WebSocket. `may_upgrade(environ)`: whether this handshake may lead to one; else the application answers it.
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
