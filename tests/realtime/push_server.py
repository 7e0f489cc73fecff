"""A push server in this process, on a thread with its own hub, and clients that use an independent library.

The server is the real one without the queue: Flask, our Socket.IO, our WebSocket handler, on a real port. Its namespace
lets a client enter any room, and answers with the newest seq; the tests push any state.
"""

from __future__ import annotations

import json
import queue
import socket
import struct
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self, TypeVar

import gevent
import websocket
from flask import Flask, request
from flask_socketio import Namespace, join_room

from server.realtime.clients import CLIENT, Client, Clients
from server.realtime.direct_websocket import ClientSendQueue, DirectWebSocket
from server.realtime.feed import NAMESPACE, make_socketio
from server.serving.budget import SocketBudget
from server.serving.limits import BoundedServer

R = TypeVar("R")
PATIENCE = 60


class OpenNamespace(Namespace):  # type: ignore[misc]
    """A namespace that lets every client into every room."""

    def __init__(self, push_server: PushServer) -> None:
        super().__init__(NAMESPACE)
        self._push_server = push_server

    def on_subscribe(self, room: str) -> int:
        self._push_server.before_subscribing(request.environ[CLIENT])
        join_room(room)
        return self._push_server.seq

    def on_unsubscribe(self, data: Any) -> Any:
        """Answer with the data of the message; the event serves as an echo here."""
        return data


class UnlimitedBudget(SocketBudget):
    """A budget for tests that send much in a short time."""

    MESSAGES = BYTES = 1 << 30


class PushServer:
    """The server, and calls on its hub; use as a context."""

    def __init__(
        self,
        *,
        send_buffer: int | None = None,
        pings: tuple[float, float] | None = None,
        budget: Callable[[], SocketBudget] = SocketBudget,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seq = 0
        self.port = 0
        self.websockets: list[DirectWebSocket] = []
        self._send_buffer = send_buffer
        self._pings = pings
        self._budget = budget
        self._clock = clock
        self.before_subscribing: Callable[[Client], object] = lambda _client: None
        """Called on the hub for each subscription."""
        self._actions: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        self._ready = threading.Event()
        self._over = False
        self._thread = threading.Thread(target=self._live, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(PATIENCE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.do(self._close)
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # on the hub

    def _live(self) -> None:
        flask = Flask("push-server")
        self.socketio = make_socketio(flask)
        self.clients = Clients(self.socketio.server, budget=self._budget, clock=self._clock)
        self.socketio.on_namespace(OpenNamespace(self))
        self.eio = self.socketio.server.eio
        if self._pings:
            self.eio.ping_interval, self.eio.ping_timeout = self._pings
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        if self._send_buffer:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._send_buffer)
        self.port = listener.getsockname()[1]
        listener.setblocking(False)
        self._server = BoundedServer(gevent.socket.socket(fileno=listener.detach()), flask, socket_budget=self._budget)
        self._server.start()
        wake = gevent.get_hub().loop.async_()
        self._wake = wake.send
        self._ready.set()
        while not self._over:
            gevent.get_hub().wait(wake)
            while not self._actions.empty():
                gevent.spawn(self._answer, *self._actions.get())
        gevent.sleep(0.05)  # just disconnected clients end before the hub does
        gevent.get_hub().destroy(destroy_loop=True)

    @staticmethod
    def _answer(action: Callable[[], Any], future: Future[Any]) -> None:
        try:
            future.set_result(action())
        except BaseException as error:  # noqa: BLE001 - passed on to the test
            future.set_exception(error)

    def _close(self) -> None:
        gevent.joinall([gevent.spawn(self.eio.disconnect, sid) for sid in list(self.eio.sockets)], 5)
        self.eio.shutdown()
        self._server.stop(timeout=1)
        self._over = True
        gevent.spawn(self._wake)

    # from a test

    def do(self, action: Callable[[], R]) -> R:
        """Run the action on the hub; return its result."""
        future: Future[R] = Future()
        self._actions.put((action, future))
        self._wake()
        return future.result(PATIENCE)

    def push(self, room: str, **content: Any) -> int:
        """Push the next state to a room; return its seq."""

        def action() -> int:
            self.seq += 1
            self.socketio.emit("state", {"seq": self.seq, **content}, namespace=NAMESPACE, to=room)
            return self.seq

        return self.do(action)

    def note(self, room: str, content: Any) -> None:
        """Send an event that no other event may replace."""
        self.do(lambda: self.socketio.emit("note", content, namespace=NAMESPACE, to=room))

    def send_queues(self) -> list[ClientSendQueue]:
        """Return the queues of all clients, in order of connection."""
        return self.do(lambda: [client.queue for client in self.eio.sockets.values()])

    def rooms(self) -> dict[str, int]:
        """Return the number of clients in each room."""
        rooms = self.do(lambda: {k: len(v) for k, v in self.socketio.server.manager.rooms.get(NAMESPACE, {}).items()})
        return {name: count for name, count in rooms.items() if name and ":" in name}


def eventually(condition: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Wait until the condition is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never became true"
        time.sleep(0.02)


class Reader:
    """A client on a WebSocket that reads only on demand; the library websocket-client parses the frames."""

    def __init__(
        self, port: int, room: str | None = None, *, receive_buffer: int | None = None, timeout: float = PATIENCE
    ) -> None:
        self.line = socket.socket()
        if receive_buffer:
            self.line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.line.settimeout(timeout)
        self.line.connect(("127.0.0.1", port))
        self.states: list[dict[str, Any]] = []
        self.notes: list[Any] = []
        self.pings = 0
        self._asked = 0
        self._ws = websocket.create_connection(
            f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket", socket=self.line, timeout=timeout
        )
        assert str(self._ws.recv()).startswith("0{")
        self.send("40/live,")
        self.read_until(lambda text: text.startswith("40/live,"))
        if room:
            self.subscribe(room)

    def send(self, text: str) -> None:
        self._ws.send(text)

    def ping(self, payload: bytes = b"hello") -> None:
        """Send a ping of the WebSocket layer, not of engineio."""
        self._ws.ping(payload)

    def ask(self, event: str, data: Any) -> str:
        """Send an event without reading; return the prefix of its answer."""
        self._asked += 1
        self.send(f"42/live,{self._asked}" + json.dumps([event, data]))
        return f"43/live,{self._asked}["

    def subscribe(self, room: str) -> int:
        """Enter a room; return the seq in the answer."""
        prefix = self.ask("subscribe", room)
        answer: list[int] = json.loads(self.read_until(lambda text: text.startswith(prefix))[len(prefix) - 1 :])
        return answer[0]

    def read_until(self, condition: Callable[[str], bool]) -> str:
        """Read messages and answer pings, until a message meets the condition; return that message."""
        while True:
            text = self._ws.recv()
            assert isinstance(text, str) and text, f"disconnected: {text!r}"
            if text == "2":
                self.pings += 1
                self.send("3")
            elif text.startswith("42/live,"):
                name, content = json.loads(text.removeprefix("42/live,"))
                (self.states if name == "state" else self.notes).append(content)
            if condition(text):
                return text

    def read_to_seq(self, seq: int) -> dict[str, Any]:
        """Read up to the state of this seq or a newer one; return it."""
        while not (self.states and self.states[-1]["seq"] >= seq):
            self.read_until(lambda text: text.startswith("42/live,"))
        return self.states[-1]

    def send_first_frame(self, piece: str, opcode: int) -> None:
        """Send a frame that is not the last of its message."""
        self._ws.send_frame(websocket.ABNF.create_frame(piece, opcode, fin=0))

    def is_disconnected(self, seconds: float = PATIENCE) -> bool:
        """Return whether the server ends the connection within this time; messages are read meanwhile."""
        self.line.settimeout(seconds)
        try:
            self.read_until(lambda _: False)
        except websocket.WebSocketTimeoutException:
            return False
        except (websocket.WebSocketException, OSError, AssertionError):
            return True
        raise AssertionError

    def vanish(self) -> None:
        """Let `close` reset the connection, as a restarted machine does."""
        self.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self) -> None:
        """Close the connection."""
        self.line.close()
