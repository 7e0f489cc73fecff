"""The clients of the live feed: what each may send, one handler at a time, and how many may be of nobody known."""

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
from server.realtime.strict_packet import Nonsense
from server.serving.addresses import network_of
from server.serving.budget import OverBudget, SocketBudget, TokenBucket
from server.serving.fairness import note_known
from server.serving.hang_ups import CLIENTS, hung_up, strangers
from server.serving.websocket import MAX_MESSAGE

log = structlog.get_logger()

CLIENT = "giliran.client"
"""Where a connection's environment holds its `Client`."""
PER_NETWORK = 1000
"""Clients of one network that have not shown who they are: all phones of a hall may come back in one second."""
IN_ALL = 4000
"""The same, of all networks together."""
GRACE_SECONDS = 10.0
"""How long a client may take to show who it is."""
ALLOWANCE = 20
"""So many clients of a network need not show it."""
PER_TICKET = 30
"""So many clients at once are known by the token of one ticket: anybody may take a ticket."""
MAX_WAITING = 32
"""Messages of one client that may wait while another one of its messages is handled."""
HANDSHAKES, HANDSHAKES_A_SECOND = 1000, 20
"""Of one network: so many sockets may begin at once, and so many a second; who comes too fast waits."""
MAX_DELAY = 2.0
"""Seconds that a handshake waits at most."""
HANG_UP_COSTS = 20
"""A client that sent too much has used up as many handshakes."""
_KEPT_NETWORKS = 20_000
_TEXT = [("Content-Type", "text/plain")]


class Client:
    """One engine.io session, on a WebSocket or polling."""

    __slots__ = ("born", "budget", "handles", "inbox", "known", "network", "polls", "posts", "sid", "ticket")

    def __init__(self, sid: str, network: str, born: float) -> None:
        self.sid = sid
        self.network = network
        self.born = born
        self.budget: SocketBudget | None = None
        """Of what comes by polling; a WebSocket has its own."""
        self.inbox: list[Any] = []
        self.handles = False
        """Whether one of its messages is being handled."""
        self.polls = self.posts = False
        """Whether a request of it is under way."""
        self.known = False
        self.ticket: int | None = None


class Clients:
    """Stands between the libraries and the clients of one Socket.IO server."""

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
        self._unknown: dict[str, dict[str, Client]] = {}
        """Network → sid → client, the oldest first."""
        self._unknown_count = 0
        self._of_ticket: Counter[int] = Counter()
        self._handshakes: dict[str, TokenBucket] = {}
        self._delayed: Counter[str] = Counter()
        # public ways of the libraries, each with what it leads to kept behind it
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
    def unknown(self) -> int:
        """How many have not shown who they are."""
        return self._unknown_count

    def publish_figures(self) -> None:
        """Let `/metrics` tell how many clients there are."""
        CLIENTS.labels("yes").set_function(lambda: len(self) - self.unknown)
        CLIENTS.labels("no").set_function(lambda: self.unknown)

    # who is who

    def show(self, client: Client, ticket_id: int | None = None) -> None:
        """The client has shown a true token, a session, or the token of this ticket: it counts no longer."""
        if client.known or client.sid not in self._clients:
            return
        if ticket_id is not None:
            if self._of_ticket[ticket_id] >= PER_TICKET:
                return
            self._of_ticket[ticket_id] += 1
            client.ticket = ticket_id
        client.known = True
        self._forget_unknown(client)

    def hide(self, client: Client) -> None:
        """What the client has shown holds no longer; it has some seconds for something else."""
        if not client.known:
            return
        client.known, client.born = False, self._clock()
        if client.ticket is not None:
            self._of_ticket[client.ticket] -= 1
            if not self._of_ticket[client.ticket]:
                del self._of_ticket[client.ticket]
            client.ticket = None
        if client.sid in self._clients:
            self._count_unknown(client)

    def sweep(self) -> None:
        """Hang up on those who have not shown in time who they are, but for a few of each network."""
        latest = self._clock() - GRACE_SECONDS
        for clients in list(self._unknown.values()):
            late = [client for client in clients.values() if client.born <= latest and not client.handles]
            for client in late[ALLOWANCE:]:
                self._hang_up(client, "unknown")

    def _count_unknown(self, client: Client) -> None:
        clients = self._unknown.setdefault(client.network, {})
        crowd = clients if len(clients) >= PER_NETWORK else None
        if crowd is None and self._unknown_count >= IN_ALL:
            crowd = max(self._unknown.values(), key=len)
        if crowd:
            # the oldest has had the longest time to show who it is
            oldest = next((one for one in crowd.values() if not one.handles), next(iter(crowd.values())))
            self._hang_up(oldest, "crowd")
            clients = self._unknown.setdefault(client.network, {})
        clients[client.sid] = client
        self._unknown_count += 1

    def _forget_unknown(self, client: Client) -> None:
        clients = self._unknown.get(client.network, {})
        if clients.pop(client.sid, None) is not None:
            self._unknown_count -= 1
            if not clients:
                del self._unknown[client.network]

    # what engine.io tells

    def _connect(self, sid: str, environ: dict[str, Any]) -> Any:
        client = Client(sid, _network(environ), self._clock())
        environ[CLIENT] = self._clients[sid] = client
        self._count_unknown(client)
        return self._connected(sid, environ)

    def _disconnect(self, sid: str, reason: Any = None) -> None:
        client = self._clients.pop(sid, None)
        if client is not None:
            client.inbox.clear()
            self.hide(client)
            self._forget_unknown(client)
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
            # a greenlet of its own: pongs are to be read also while a message waits for the database
            gevent.spawn(self._handle, client)

    def _handle(self, client: Client) -> None:
        """Handle what the client has sent, one message after another."""
        try:
            while client.inbox:
                self._wait_for_turn(client.network)
                if client.inbox:  # it may have hung up meanwhile
                    data = client.inbox.pop(0)
                    if not data:
                        raise Nonsense("empty")  # the library takes it for an event without a name
                    self._handle_message(client.sid, data)
        except Nonsense as nonsense:
            self._hang_up_on_nonsense(client, str(nonsense))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and ends this client alone
            if client.sid in self._clients:  # else it hung up meanwhile, and what is for it finds nothing
                strangers.tell("socket_handler_failed", client.network, error=repr(error), exc_info=error)
                self._hang_up(client, "failed")
        finally:
            client.handles = False

    # hanging up

    def _hang_up_on_nonsense(self, client: Client, what: str) -> None:
        strangers.tell("nonsense_on_a_socket", client.network, error=what)
        self._hang_up(client, "nonsense")

    def _hang_up(self, client: Client, reason: str, **facts: Any) -> None:
        hung_up(client.network, reason, **facts)
        self._end(client.sid)

    def _end(self, sid: str) -> None:
        """End a session and its connection at once."""
        socket = self._eio.sockets.pop(sid, None)
        if socket is None:
            self._disconnect(sid)
            return
        if isinstance(socket.queue, ClientSendQueue):
            socket.queue.cut()
        socket.close(wait=False, abort=True, reason=self._eio.reason.SERVER_DISCONNECT)

    # requests

    def _request(self, environ: dict[str, Any], start_response: Any) -> Any:
        """A request of engine.io's: a handshake, one of a polling session, or a WebSocket for as long as it lasts."""
        query = parse_qs(environ.get("QUERY_STRING", ""))
        websocket, method = environ.get("wsgi.websocket"), environ["REQUEST_METHOD"]
        if "j" in query:
            return _refuse(start_response, "400 Bad Request", "JSONP is not served.")
        if websocket is None and query.get("transport") == ["websocket"]:
            return _refuse(start_response, "400 Bad Request", "This is no WebSocket.")
        if "sid" not in query and method == "GET" and not self._handshake_waits(_network(environ)):
            return _refuse(start_response, "503 Service Unavailable", "Too many sockets begin at once.")
        client = self._clients.get(query.get("sid", [""])[0])
        if client is not None and client.known:
            note_known(environ)
        del query  # a WebSocket stays here for as long as it lasts
        if websocket is not None:
            return self._on_websocket(client, environ, start_response)
        if client is not None and method == "POST":
            return self._post(client, environ, start_response)
        if client is not None and method == "GET":
            return self._poll(client, environ, start_response)
        return self._handle_request(environ, start_response)

    def _handshake_waits(self, network: str) -> bool:
        """Let a handshake wait where its network makes too many; whether it may go on."""
        delay = self._charge(network, 1)
        if delay <= 0:
            return True
        if self._delayed[network] >= PER_NETWORK:
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
        bucket = self._handshakes.pop(network, None) or TokenBucket(HANDSHAKES, HANDSHAKES_A_SECOND, self._clock)
        self._handshakes[network] = bucket
        while len(self._handshakes) > _KEPT_NETWORKS:
            del self._handshakes[next(iter(self._handshakes))]
        return bucket.charge(handshakes)

    def _on_websocket(self, client: Client | None, environ: dict[str, Any], start_response: Any) -> Any:
        """A WebSocket until it ends; `client` is the polling session that goes over to it, if there is one."""
        budget: SocketBudget = environ["wsgi.websocket"].raw_read.budget
        try:
            return self._handle_request(environ, start_response)
        except Exception as error:  # noqa: BLE001 - whatever a stranger's bytes set off is his to bear
            client = environ.get(CLIENT) or client
            if client is not None and client.sid in self._clients:
                if not budget.exceeded:
                    strangers.tell("nonsense_on_a_socket", client.network, error=type(error).__name__)
                self._end(client.sid)
            return []
        finally:
            if budget.exceeded:
                self._charge(_network(environ), HANG_UP_COSTS)

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
        except OverBudget as over:
            self._charge(client.network, HANG_UP_COSTS)
            self._hang_up(client, over.reason, messages=over.messages, bytes=over.size)
            return _refuse(start_response, "413 Content Too Large", "This session has sent too much.")
        except Nonsense as nonsense:
            self._hang_up_on_nonsense(client, str(nonsense))
            return _refuse(start_response, "400 Bad Request", "This is no message.")
        except OSError:
            self._hang_up(client, "broken off")
            return _refuse(start_response, "400 Bad Request", "The message was broken off.")
        finally:
            client.posts = False


def _network(environ: dict[str, Any]) -> str:
    return str(network_of(str(environ.get("REMOTE_ADDR", ""))))


def _decoded(body: bytes) -> Payload:
    """The packets of a POST; the library itself logs a traceback for each that has none."""
    try:
        if body.startswith(b"d="):
            raise ValueError("JSONP")
        return Payload(encoded_payload=body.decode())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is no payload
        raise Nonsense(type(error).__name__) from None


def _refuse(start_response: Any, status: str, text: str) -> list[bytes]:
    body = text.encode()
    start_response(status, [*_TEXT, ("Content-Length", str(len(body)))])
    return [body]
