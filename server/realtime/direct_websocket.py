"""The last metre to a screen: whole frames, written straight to who reads; to who lags, the newest state alone.

Socket.IO's own way to a client is a queue and a greenlet that empties it: to a thousand screens it costs more than all
the rest, and for a screen that has stopped reading it grows without end. Here the queue passes a packet by itself where
its client is up to date: the frame's bytes, made once for a room, go to the connection without waiting. What the
connection does not take waits in the queue, where a state replaces the older one of the same room.

The way in is engineio's driver table, which names the queue and the WebSocket that it works with. That table is no
promised interface, nor are some names behind it: they are gathered in `RELIED_ON`, and where one is missing everything
takes the libraries' own way.
"""

from __future__ import annotations

from functools import cached_property
from socket import IPPROTO_TCP, TCP_NOTSENT_LOWAT
from typing import Any, TypeAlias

import engineio
import engineio.async_drivers.gevent as driver
import engineio.socket
import gevent
import socketio
import structlog
from engineio.packet import MESSAGE, Packet
from gevent.queue import Empty, JoinableQueue
from geventwebsocket.exceptions import WebSocketError
from geventwebsocket.websocket import Header, WebSocket

from server.serving.connections import cut

log = structlog.get_logger()

MAX_ANSWERS = 200
MAX_ANSWER_BYTES = 1024 * 1024
"""What may wait for one client besides states. Who goes on asking without reading is cut off."""
UNSENT = 16 * 1024
"""Bytes that the kernel may hold unsent for a client: it would fill megabytes with states that are old by then."""
UPGRADE_SECONDS = 10.0
"""How long a client may take to go over from polling to its WebSocket."""
LINGER_SECONDS = 3.0
"""How long a connection that ends may take to read its last words, before it is cut."""

RELIED_ON: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (driver, ("_async", "WebSocketWSGI")),
    (driver.WebSocketWSGI, ("send", "wait", "close")),
    (engineio.Server, ("_get_socket", "create_queue", "send_packet")),
    (engineio.socket.Socket, ("_upgrade_websocket", "_websocket_handler", "check_ping_timeout", "poll", "send")),
    (socketio.Manager, ("basic_leave_room", "emit")),
    (WebSocket, ("OPCODE_BINARY", "OPCODE_TEXT", "closed", "handler", "raw_write")),
    (Header, ("encode_header",)),
    (JoinableQueue, ("queue", "task_done")),
)
"""Names that no library promises and that this module, or `rooms`, lives by."""

Tcp: TypeAlias = Any
"""A gevent socket; its types leave out that `send` takes a time-out."""


def missing() -> list[str]:
    """Those of the names relied on that the installed libraries have no longer."""
    gone = [f"{owner.__name__}.{name}" for owner, names in RELIED_ON for name in names if not hasattr(owner, name)]
    table = getattr(driver, "_async", {})
    return gone + [f"{driver.__name__}._async[{key!r}]" for key in ("queue", "websocket") if key not in table]


def install(server: Any) -> None:
    """Give every connection of this engineio server a `ClientSendQueue` and a `DirectWebSocket`.

    Call it before the first connection comes.
    """
    server._async = server._async | {"queue": ClientSendQueue, "websocket": DirectWebSocket}  # noqa: SLF001 - see RELIED_ON


def frame_of(data: str | bytes) -> bytes:
    """A whole WebSocket message from a server, as bytes: one unmasked frame."""
    payload = data.encode() if isinstance(data, str) else bytes(data)
    opcode = WebSocket.OPCODE_TEXT if isinstance(data, str) else WebSocket.OPCODE_BINARY
    return bytes(Header.encode_header(True, opcode, b"", len(payload), 0)) + payload


class SnapshotPacket(Packet):  # type: ignore[misc]
    """The newest state of a room, on its way to all who watch it; encoded and framed once for all of them."""

    def __init__(self, room: str, encoded: str) -> None:
        super().__init__(MESSAGE, encoded)
        self.room = room

    @cached_property
    def frame(self) -> bytes:
        """What goes out on a WebSocket."""
        return frame_of(self.encode())


class RawFrame:
    """Bytes for the wire as they are: the rest of a frame that was begun, or a frame that is none of engineio's."""

    __slots__ = ("data",)

    def __init__(self, data: bytes | memoryview) -> None:
        self.data = memoryview(data)

    def encode(self) -> memoryview:
        return self.data


class ClientSendQueue(JoinableQueue):  # type: ignore[type-arg]
    """What one client has still to be told, in order; a `SnapshotPacket` takes the place of the older one of its room.

    While the client is on a WebSocket, has nothing waiting and takes what it is sent, packets do not enter at all.
    """

    __slots__ = ("_direct_websocket", "_silent")

    def __init__(self) -> None:
        super().__init__()
        self._direct_websocket: DirectWebSocket | None = None
        self._silent = False

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Tell the client this (a packet, or None: that was all), now or in its turn; never waits, keeps the bounds."""
        if item is None:
            super().put(None)
            if self._direct_websocket is not None:
                self._silent = True
                self._direct_websocket.end_soon()
            return
        if self._silent:
            return
        if self._direct_websocket is not None and not self.queue and self._direct_websocket.is_free:
            item = self._direct_websocket.write(item)
            if item is None:
                return
        elif type(item) is SnapshotPacket:
            self._drop_older(item)
        super().put(item)
        if self._has_too_much:
            log.warning("client_reads_nothing", pending_bytes=self.pending)
            self.forget()
            if self._direct_websocket is not None:
                self._direct_websocket.end_soon()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The next packet; on a WebSocket one at a time, so that what is not yet being sent can still be replaced."""
        if self._direct_websocket is None or not self._direct_websocket.is_up:
            return super().get(block, timeout)
        if not block:
            raise Empty
        # the pings tell whether a client is there, not the silence of a queue that is mostly passed by
        return super().get()

    def join(self, timeout: float | None = None) -> bool:
        """Whether all was taken; one who does not take it is not waited for."""
        return bool(super().join(LINGER_SECONDS if timeout is None else timeout))

    @property
    def pending(self) -> int:
        """Bytes that are kept for the client, the frame under way included: what it costs to be slow."""
        unsent_bytes = 0 if self._direct_websocket is None else self._direct_websocket.unsent_bytes
        return unsent_bytes + sum(len(item.encode()) for item in self.queue if item is not None)

    @property
    def is_silent(self) -> bool:
        """Whether nothing more is taken in for this client."""
        return self._silent

    def attach(self, websocket_writer: DirectWebSocket) -> bool:
        """From now on this is the client's WebSocket; whether it has no other one."""
        if self._direct_websocket is not None:
            return False
        self._direct_websocket = websocket_writer
        return True

    def cut(self) -> None:
        """The client is disconnected: nothing more is sent, and its WebSocket ends now."""
        self.forget()
        if self._direct_websocket is not None:
            self._direct_websocket.end()

    def detach(self) -> None:
        """The WebSocket is gone."""
        self._direct_websocket = None

    def forget(self) -> None:
        """Nobody will take what waits here, nor what comes."""
        self._silent = True
        while self.queue:
            self.queue.popleft()
            self.task_done()

    @property
    def _has_too_much(self) -> bool:
        answers = [len(item.encode()) for item in self.queue if item is not None and type(item) is not SnapshotPacket]
        return len(answers) > MAX_ANSWERS or (len(answers) > 1 and sum(answers) > MAX_ANSWER_BYTES)

    def _drop_older(self, state: SnapshotPacket) -> None:
        for waiting in self.queue:
            if type(waiting) is SnapshotPacket and waiting.room == state.room:
                self.queue.remove(waiting)
                self.task_done()
                return


class DirectWebSocket(driver.WebSocketWSGI):  # type: ignore[misc]
    """One client's WebSocket. All that is written goes through here, and no frame begins inside another.

    Whoever has news writes without waiting (`write`); the greenlet that empties the client's outbox waits (`send`).
    """

    def __init__(self, handler: Any, server: Any) -> None:
        super().__init__(handler, server)
        self._client = handler.__self__
        self._send_queue: ClientSendQueue = self._client.queue
        self._cut: gevent.Greenlet[..., None] | None = None
        self.unsent_bytes = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Serve the connection until it ends."""
        websocket = environ.get("wsgi.websocket")
        if websocket is None:
            return super().__call__(environ, start_response)
        if not self._send_queue.attach(self):
            return []
        self._tcp: Tcp = websocket.handler.socket
        websocket.raw_write = self._control
        self._tcp.setsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT)
        late = gevent.spawn_later(UPGRADE_SECONDS, self._end_halfway) if self._client.connected else None
        try:
            return super().__call__(environ, start_response)
        finally:
            if late is not None:
                late.kill(block=False)
            if self.is_up:
                self._send_queue.forget()
            self._send_queue.detach()
            if self._cut is not None:
                self._cut.kill(block=False)

    @property
    def is_up(self) -> bool:
        """Whether the client is on this connection, and no longer on its way here from polling."""
        return bool(self._client.upgraded)

    @property
    def is_free(self) -> bool:
        """Whether a frame may begin now."""
        return not self.unsent_bytes and bool(self._client.upgraded)

    def write(self, item: Any) -> Any:
        """Send what the connection takes at once; what must wait its turn, None where all is gone."""
        data = _on_the_wire(item)
        sent = self._try(data)
        if sent == len(data):
            return None
        return RawFrame(memoryview(data)[sent:]) if sent else item

    def send(self, message: str | bytes | memoryview) -> None:
        """Send all of it, waiting for the client; called by the one greenlet that empties the outbox."""
        if self._sock.closed and not isinstance(message, memoryview):
            raise WebSocketError("Nothing follows a close.")
        data = message if isinstance(message, memoryview) else frame_of(message)
        self.unsent_bytes = len(data)
        try:
            self._tcp.sendall(data)
        finally:
            self.unsent_bytes = 0

    def close(self) -> None:
        """Say so to the client, and cut the connection where it does not hang up by itself."""
        super().close()
        self._send_queue.forget()
        self.end_soon()

    def end_soon(self) -> None:
        """Leave the client a moment for its last words."""
        if self._cut is None:
            self._cut = gevent.spawn_later(LINGER_SECONDS, self.end)

    def end(self) -> None:
        """Cut the connection: what a dead client never took must not stay in the kernel for a quarter of an hour."""
        cut(self._tcp)

    def _end_halfway(self) -> None:
        if not self.is_up:
            self.end()

    def _try(self, data: bytes | memoryview) -> int:
        """How many bytes the connection takes at once. A broken one takes none; who waits on it finds that out."""
        try:
            return int(self._tcp.send(data, 0, 0.0))
        except OSError:
            return 0

    def _control(self, frame: bytes) -> None:
        """A pong or close of the WebSocket layer, from whatever greenlet: in its turn where a frame is under way."""
        if self.is_up and not self._send_queue.is_silent:
            self._send_queue.put(RawFrame(bytes(frame)))
        elif not self.is_up or not (self.unsent_bytes or self._send_queue.queue):
            self._try(bytes(frame))


def _on_the_wire(item: Any) -> bytes | memoryview:
    if isinstance(item, SnapshotPacket):
        return item.frame
    return item.data if isinstance(item, RawFrame) else frame_of(item.encode())
