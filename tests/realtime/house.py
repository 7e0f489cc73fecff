"""A push server in this process, on a thread with a hub of its own, and clients that read it by an independent library.

The server is the real one without the queue: Flask, our Socket.IO, our WebSocket handler, on a real port. Its namespace
lets a client enter any room, and answers with the newest seq; the tests push what they like.
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


class Door(Namespace):  # type: ignore[misc]
    """Whoever asks gets in."""

    def __init__(self, house: House) -> None:
        super().__init__(NAMESPACE)
        self._house = house

    def on_subscribe(self, room: str) -> int:
        self._house.before_subscribing(request.environ[CLIENT])
        join_room(room)
        return self._house.seq

    def on_unsubscribe(self, what: Any) -> Any:
        """The other event that there is: here it answers what was asked."""
        return what


class Generous(SocketBudget):
    """The budget of those who ask much in a short time, on purpose."""

    MESSAGES = BYTES = 1 << 30


class House:
    """The server, and a way onto its hub; use as a context."""

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
        self.wires: list[DirectWebSocket] = []
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
        flask = Flask("house")
        self.socketio = make_socketio(flask)
        self.clients = Clients(self.socketio.server, budget=self._budget, clock=self._clock)
        self.socketio.on_namespace(Door(self))
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
        gevent.sleep(0.05)  # who was just disconnected comes to an end before the hub does
        gevent.get_hub().destroy(destroy_loop=True)

    @staticmethod
    def _answer(action: Callable[[], Any], future: Future[Any]) -> None:
        try:
            future.set_result(action())
        except BaseException as error:  # noqa: BLE001 - carried over to the test
            future.set_exception(error)

    def _close(self) -> None:
        gevent.joinall([gevent.spawn(self.eio.disconnect, sid) for sid in list(self.eio.sockets)], 5)
        self.eio.shutdown()
        self._server.stop(timeout=1)
        self._over = True
        gevent.spawn(self._wake)

    # from a test

    def do(self, action: Callable[[], R]) -> R:
        """What the action gives, done on the hub."""
        future: Future[R] = Future()
        self._actions.put((action, future))
        self._wake()
        return future.result(PATIENCE)

    def push(self, room: str, **more: Any) -> int:
        """Push the next state to a room; its seq."""

        def action() -> int:
            self.seq += 1
            self.socketio.emit("state", {"seq": self.seq, **more}, namespace=NAMESPACE, to=room)
            return self.seq

        return self.do(action)

    def note(self, room: str, what: Any) -> None:
        """Send an event that nothing may replace."""
        self.do(lambda: self.socketio.emit("note", what, namespace=NAMESPACE, to=room))

    def send_queues(self) -> list[ClientSendQueue]:
        """Those of all clients, in the order they came."""
        return self.do(lambda: [client.queue for client in self.eio.sockets.values()])

    def rooms(self) -> dict[str, int]:
        """How many are in each room that was entered."""
        rooms = self.do(lambda: {k: len(v) for k, v in self.socketio.server.manager.rooms.get(NAMESPACE, {}).items()})
        return {name: count for name, count in rooms.items() if name and ":" in name}


def eventually(holds: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Come back when this holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)


class Reader:
    """A client on a WebSocket that reads when it is told to; frames are taken apart by the library websocket-client."""

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
        self.say("40/live,")
        self.take(lambda text: text.startswith("40/live,"))
        if room:
            self.subscribe(room)

    def say(self, text: str) -> None:
        self._ws.send(text)

    def ping(self, payload: bytes = b"hello") -> None:
        """A ping of the WebSocket layer, not of engineio's."""
        self._ws.ping(payload)

    def ask(self, event: str, what: Any) -> str:
        """Send an event without reading; the beginning of the answer to come."""
        self._asked += 1
        self.say(f"42/live,{self._asked}" + json.dumps([event, what]))
        return f"43/live,{self._asked}["

    def subscribe(self, room: str) -> int:
        """Enter a room; the answer."""
        begin = self.ask("subscribe", room)
        answer: list[int] = json.loads(self.take(lambda text: text.startswith(begin))[len(begin) - 1 :])
        return answer[0]

    def take(self, holds: Callable[[str], bool]) -> str:
        """Read and answer pings, until a message for which this holds."""
        while True:
            text = self._ws.recv()
            assert isinstance(text, str) and text, f"hung up: {text!r}"
            if text == "2":
                self.pings += 1
                self.say("3")
            elif text.startswith("42/live,"):
                name, what = json.loads(text.removeprefix("42/live,"))
                (self.states if name == "state" else self.notes).append(what)
            if holds(text):
                return text

    def until(self, seq: int) -> dict[str, Any]:
        """Read up to the state of this seq or a newer one."""
        while not (self.states and self.states[-1]["seq"] >= seq):
            self.take(lambda text: text.startswith("42/live,"))
        return self.states[-1]

    def begin_a_message(self, piece: str, opcode: int) -> None:
        """Send a frame that another one is to follow."""
        self._ws.send_frame(websocket.ABNF.create_frame(piece, opcode, fin=0))

    def is_hung_up_on(self, seconds: float = PATIENCE) -> bool:
        """Whether the server ends the connection within this time; what is told meanwhile is read."""
        self.line.settimeout(seconds)
        try:
            self.take(lambda _: False)
        except websocket.WebSocketTimeoutException:
            return False
        except (websocket.WebSocketException, OSError, AssertionError):
            return True
        raise AssertionError

    def vanish(self) -> None:
        """Be gone with a reset, as a machine that has started anew."""
        self.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self) -> None:
        """Hang up."""
        self.line.close()
