"""The clients of the live feed: limits on what each may send, and on how many may be unidentified."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from io import BytesIO
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

import gevent
import structlog
from engineio.payload import Payload

from server.realtime.direct_websocket import ClientSendQueue
from server.realtime.strict_packet import InvalidPacket
from server.serving.addresses import network_of
from server.serving.budget import OverBudget, SocketBudget, TokenBucket
from server.serving.fairness import mark_identified
from server.serving.hang_ups import CLIENTS, rate_limited_log, record_hang_up
from server.serving.websocket import MAX_MESSAGE

log = structlog.get_logger()

CLIENT = "giliran.client"
"""The key of a connection's `Client` in its environment."""
MAX_UNIDENTIFIED_PER_NETWORK = 1000
"""Unidentified clients of one network: all phones of a hall may reconnect in one second."""
MAX_UNIDENTIFIED = 4000
"""Unidentified clients of all networks together."""
GRACE_SECONDS = 10.0
"""How long a client may take to identify itself."""
ALLOWANCE = 20
"""Clients of a network that need not identify themselves."""
MAX_PER_TICKET = 30
"""Clients that the token of one ticket can identify at once: anybody may take a ticket."""
MAX_WAITING = 32
"""Messages of one client that may wait while another is handled."""
HANDSHAKES, HANDSHAKES_PER_SECOND = 1000, 20
"""Handshakes of one network: this many at once, and this many a second; faster ones are delayed."""
MAX_DELAY = 2.0
"""The longest delay of a handshake, in seconds."""
HANG_UP_COST = 20
"""A client that sent too much costs its network this many handshakes."""
_KEPT_NETWORKS = 20_000
_TEXT = [("Content-Type", "text/plain")]


class Client:
    """One engine.io session, on a WebSocket or polling."""

    __slots__ = ("born", "budget", "handles", "identified", "inbox", "network", "polls", "posts", "sid", "ticket")

    def __init__(self, sid: str, network: str, born: float) -> None:
        self.sid = sid
        self.network = network
        self.born = born
        self.budget: SocketBudget | None = None
        """For messages by polling; a WebSocket has its own budget."""
        self.inbox: list[Any] = []
        self.handles = False
        """Whether one of its messages is being handled."""
        self.polls = self.posts = False
        """Whether a poll, or a post, of this session is under way."""
        self.identified = False
        self.ticket: int | None = None


class Clients:
    """Applies the limits between the libraries and the clients of one Socket.IO server."""

    def __init__(
        self,
        server: Any,
        *,
        wait_for_turn: Callable[[str], None] = lambda _network: None,
        budget: Callable[[], SocketBudget] = SocketBudget,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._eio = server.eio
        self._wait_for_turn = wait_for_turn
        self._budget = budget
        self._clock = clock
        self._clients: dict[str, Client] = {}
        self._unidentified: dict[str, dict[str, Client]] = {}
        """Clients by sid, oldest first, by network."""
        self._unidentified_count = 0
        self._of_ticket: Counter[int] = Counter()
        self._handshakes: dict[str, TokenBucket] = {}
        self._delayed: Counter[str] = Counter()
        # public hooks of the libraries, with the original handlers kept to call
        self._connected, self._disconnected = self._eio.handlers["connect"], self._eio.handlers["disconnect"]
        self._handle_message = server._handle_eio_message  # noqa: SLF001 - docs/architecture.md, "Pinned on purpose"
        self._handle_request = self._eio.handle_request
        self._eio.on("connect", self._connect)
        self._eio.on("disconnect", self._disconnect)
        self._eio.on("message", self._message)
        self._eio.handle_request = self._request

    def __len__(self) -> int:
        return len(self._clients)

    @property
    def unidentified(self) -> int:
        """The number of clients that have not identified themselves."""
        return self._unidentified_count

    def publish_metrics(self) -> None:
        """Publish the numbers of clients in `/metrics`."""
        CLIENTS.labels("yes").set_function(lambda: len(self) - self.unidentified)
        CLIENTS.labels("no").set_function(lambda: self.unidentified)

    # identification

    def mark_identified(self, client: Client, ticket_id: int | None = None) -> None:
        """Record that the client has sent a valid token or session, or the token of this ticket."""
        if client.identified or client.sid not in self._clients:
            return
        if ticket_id is not None:
            if self._of_ticket[ticket_id] >= MAX_PER_TICKET:
                return
            self._of_ticket[ticket_id] += 1
            client.ticket = ticket_id
        client.identified = True
        self._forget_unidentified(client)

    def mark_unidentified(self, client: Client) -> None:
        """Record that the client's credential is no longer valid; it has GRACE_SECONDS to send another."""
        if not client.identified:
            return
        client.identified, client.born = False, self._clock()
        if client.ticket is not None:
            self._of_ticket[client.ticket] -= 1
            if not self._of_ticket[client.ticket]:
                del self._of_ticket[client.ticket]
            client.ticket = None
        if client.sid in self._clients:
            self._count_unidentified(client)

    def sweep(self) -> None:
        """Disconnect clients that have not identified themselves in time, except a few of each network."""
        born_before = self._clock() - GRACE_SECONDS
        for clients in list(self._unidentified.values()):
            overdue = [client for client in clients.values() if client.born <= born_before and not client.handles]
            for client in overdue[ALLOWANCE:]:
                self._hang_up(client, "unknown")

    def _count_unidentified(self, client: Client) -> None:
        clients = self._unidentified.setdefault(client.network, {})
        candidates = clients if len(clients) >= MAX_UNIDENTIFIED_PER_NETWORK else None
        if candidates is None and self._unidentified_count >= MAX_UNIDENTIFIED:
            candidates = max(self._unidentified.values(), key=len)
        if candidates:
            # the oldest has had the most time to identify itself
            oldest = next(
                (other for other in candidates.values() if not other.handles), next(iter(candidates.values()))
            )
            self._hang_up(oldest, "crowd")
            clients = self._unidentified.setdefault(client.network, {})
        clients[client.sid] = client
        self._unidentified_count += 1

    def _forget_unidentified(self, client: Client) -> None:
        clients = self._unidentified.get(client.network, {})
        if clients.pop(client.sid, None) is not None:
            self._unidentified_count -= 1
            if not clients:
                del self._unidentified[client.network]

    # events of engine.io

    def _connect(self, sid: str, environ: dict[str, Any]) -> Any:
        client = Client(sid, _network(environ), self._clock())
        environ[CLIENT] = self._clients[sid] = client
        self._count_unidentified(client)
        return self._connected(sid, environ)

    def _disconnect(self, sid: str, reason: Any = None) -> None:
        client = self._clients.pop(sid, None)
        if client is not None:
            client.inbox.clear()
            self.mark_unidentified(client)
            self._forget_unidentified(client)
        self._disconnected(sid, reason)

    def _message(self, sid: str, data: Any) -> None:
        client = self._clients.get(sid)
        if client is None:
            return
        if len(client.inbox) >= MAX_WAITING:
            self._hang_up(client, "waiting")
            return
        client.inbox.append(data)
        if not client.handles:
            client.handles = True
            # a separate greenlet, so that pongs are read while a message waits for the database
            gevent.spawn(self._handle, client)

    def _handle(self, client: Client) -> None:
        """Handle the client's messages, one after another."""
        try:
            while client.inbox:
                self._wait_for_turn(client.network)
                if client.inbox:  # empty if it has disconnected meanwhile
                    data = client.inbox.pop(0)
                    if not data:
                        raise InvalidPacket("empty")  # the library would treat it as an event without a name
                    self._handle_message(client.sid, data)
        except InvalidPacket as error:
            self._disconnect_on_invalid_packet(client, str(error))
        except Exception as error:  # noqa: BLE001 - any error is logged, and ends only this client
            if client.sid in self._clients:  # otherwise it has disconnected, and replies to it fail
                rate_limited_log.warning("socket_handler_failed", client.network, error=repr(error), exc_info=error)
                self._hang_up(client, "failed")
        finally:
            client.handles = False

    # disconnecting

    def _disconnect_on_invalid_packet(self, client: Client, reason: str) -> None:
        rate_limited_log.warning("nonsense_on_a_socket", client.network, error=reason)
        self._hang_up(client, "nonsense")

    def _hang_up(self, client: Client, reason: str, **facts: Any) -> None:
        record_hang_up(client.network, reason, **facts)
        self._end(client.sid)

    def _end(self, sid: str) -> None:
        """End a session and its connection immediately."""
        socket = self._eio.sockets.pop(sid, None)
        if socket is None:
            self._disconnect(sid)
            return
        if isinstance(socket.queue, ClientSendQueue):
            socket.queue.abort()
        socket.close(wait=False, abort=True, reason=self._eio.reason.SERVER_DISCONNECT)

    # requests

    def _request(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Handle a request for engine.io: a handshake, a poll or post, or a WebSocket until it ends."""
        query = parse_qs(environ.get("QUERY_STRING", ""))
        websocket, method = environ.get("wsgi.websocket"), environ["REQUEST_METHOD"]
        if "j" in query:
            return _refuse(start_response, "400 Bad Request", "JSONP is not served.")
        if websocket is None and query.get("transport") == ["websocket"]:
            return _refuse(start_response, "400 Bad Request", "This is not a WebSocket.")
        if "sid" not in query and method == "GET" and not self._delay_handshake(_network(environ)):
            return _refuse(start_response, "503 Service Unavailable", "Too many new connections at once. Try again.")
        client = self._clients.get(query.get("sid", [""])[0])
        if client is not None and client.identified:
            mark_identified(environ)
        del query  # frees memory: a WebSocket stays in this frame until it ends
        if websocket is not None:
            return self._on_websocket(client, environ, start_response)
        if client is not None and method == "POST":
            return self._post(client, environ, start_response)
        if client is not None and method == "GET":
            return self._poll(client, environ, start_response)
        return self._handle_request(environ, start_response)

    def _delay_handshake(self, network: str) -> bool:
        """Delay a handshake if its network makes too many; return False if it must be refused."""
        delay = self._charge(network, 1)
        if delay <= 0:
            return True
        if self._delayed[network] >= MAX_UNIDENTIFIED_PER_NETWORK:
            return False
        self._delayed[network] += 1
        try:
            gevent.sleep(min(delay, MAX_DELAY))
        finally:
            self._delayed[network] -= 1
            if not self._delayed[network]:
                del self._delayed[network]
        return True

    def _charge(self, network: str, handshakes: int) -> float:
        bucket = self._handshakes.pop(network, None) or TokenBucket(HANDSHAKES, HANDSHAKES_PER_SECOND, self._clock)
        self._handshakes[network] = bucket
        while len(self._handshakes) > _KEPT_NETWORKS:
            del self._handshakes[next(iter(self._handshakes))]
        return bucket.charge(handshakes)

    def _on_websocket(self, client: Client | None, environ: dict[str, Any], start_response: Any) -> Any:
        """Serve a WebSocket until it ends; `client` is the polling session that upgrades to it, if any."""
        budget: SocketBudget = environ["wsgi.websocket"].raw_read.budget
        try:
            return self._handle_request(environ, start_response)
        except Exception as error:  # noqa: BLE001 - any error from foreign bytes ends only this client
            client = environ.get(CLIENT) or client
            if client is not None and client.sid in self._clients:
                if not budget.exceeded:
                    rate_limited_log.warning("nonsense_on_a_socket", client.network, error=type(error).__name__)
                self._end(client.sid)
            return []
        finally:
            if budget.exceeded:
                self._charge(_network(environ), HANG_UP_COST)

    def _poll(self, client: Client, environ: dict[str, Any], start_response: Any) -> Any:
        if client.polls:
            self._hang_up(client, "overlap")
            return _refuse(start_response, "400 Bad Request", "Another poll of this session is under way.")
        client.polls = True
        try:
            return self._handle_request(environ, start_response)
        finally:
            client.polls = False

    def _post(self, client: Client, environ: dict[str, Any], start_response: Any) -> Any:
        if client.posts:
            self._hang_up(client, "overlap")
            return _refuse(start_response, "400 Bad Request", "Another message of this session is under way.")
        client.posts = True
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            client.budget = budget = client.budget or self._budget()
            if length > MAX_MESSAGE:
                raise OverBudget("bytes", budget.messages, length)
            body = environ["wsgi.input"].read(length)
            budget.spend(body.count(b"\x1e") + 1, len(body))
            _decoded(body)
            environ["wsgi.input"] = BytesIO(body)
            return self._handle_request(environ, start_response)
        except OverBudget as error:
            self._charge(client.network, HANG_UP_COST)
            self._hang_up(client, error.reason, messages=error.messages, bytes=error.size)
            return _refuse(start_response, "413 Content Too Large", "This session has sent too much.")
        except InvalidPacket as error:
            self._disconnect_on_invalid_packet(client, str(error))
            return _refuse(start_response, "400 Bad Request", "This is not a valid message.")
        except OSError:
            self._hang_up(client, "broken off")
            return _refuse(start_response, "400 Bad Request", "The message was broken off.")
        finally:
            client.posts = False


def _network(environ: dict[str, Any]) -> str:
    return str(network_of(str(environ.get("REMOTE_ADDR", ""))))


def _decoded(body: bytes) -> Payload:
    """Decode the packets of a POST; the library itself would log a traceback for each invalid one.

    Raises: InvalidPacket if the body has another format.
    """
    try:
        if body.startswith(b"d="):
            raise ValueError("JSONP")
        return Payload(encoded_payload=body.decode())
    except Exception as error:  # noqa: BLE001 - any error means an invalid payload
        raise InvalidPacket(type(error).__name__) from None


def _refuse(start_response: Any, status: str, text: str) -> list[bytes]:
    body = text.encode()
    start_response(status, [*_TEXT, ("Content-Length", str(len(body)))])
    return [body]
