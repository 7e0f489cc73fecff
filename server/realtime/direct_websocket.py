"""Writes each frame directly to clients that keep up; a slow client gets only the newest state.

Socket.IO sends through a queue and a greenlet for each client. For a screen that has stopped reading, that queue grows
without limit; for a thousand screens, it costs more than everything else. Here the queue bounds what waits for a slow
client, and a packet bypasses it if its client is up to date: the frame's bytes, made once for a room, go to the
connection without waiting. Bytes that the connection does not take wait in the queue, where a state replaces the older
one of the same room.

The hook is engineio's driver table, which names the queue and the WebSocket class. That table and some names behind it
are not a public interface: they are listed in `PRIVATE_NAMES`, and if one is missing, the libraries' own code runs.
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

from server.serving.connections import reset

log = structlog.get_logger()

MAX_ANSWERS = 200
MAX_ANSWER_BYTES = 1024 * 1024
"""Limits of what may wait for one client besides states. A client that asks without reading is disconnected."""
MAX_UNSENT_BYTES = 16 * 1024
"""Bytes that the kernel may buffer for a client: otherwise it would buffer megabytes of outdated states."""
UPGRADE_SECONDS = 10.0
"""How long a client may take to upgrade from polling to its WebSocket."""
LINGER_SECONDS = 3.0
"""How long an ending connection may take to read its last packets before it is reset."""

PRIVATE_NAMES: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (driver, ("_async", "WebSocketWSGI")),
    (driver.WebSocketWSGI, ("send", "wait", "close")),
    (engineio.Server, ("_get_socket", "create_queue", "send_packet")),
    (engineio.socket.Socket, ("_upgrade_websocket", "_websocket_handler", "check_ping_timeout", "poll", "send")),
    (socketio.Manager, ("basic_leave_room", "emit")),
    (WebSocket, ("OPCODE_BINARY", "OPCODE_TEXT", "closed", "handler", "raw_write")),
    (Header, ("encode_header",)),
    (JoinableQueue, ("queue", "task_done")),
)
"""Names outside the libraries' public interfaces on which this module, or `rooms`, relies."""

Tcp: TypeAlias = Any
"""A gevent socket; its type stubs lack the timeout of `send`."""


def missing_names() -> list[str]:
    """Return the names of PRIVATE_NAMES that the installed libraries lack."""
    absent = [
        f"{owner.__name__}.{name}" for owner, names in PRIVATE_NAMES for name in names if not hasattr(owner, name)
    ]
    table = getattr(driver, "_async", {})
    return absent + [f"{driver.__name__}._async[{key!r}]" for key in ("queue", "websocket") if key not in table]


def install(server: Any) -> None:
    """Give every connection of this engineio server a `ClientSendQueue` and a `DirectWebSocket`.

    Call it before the first connection.
    """
    server._async = server._async | {"queue": ClientSendQueue, "websocket": DirectWebSocket}  # noqa: SLF001 - see PRIVATE_NAMES


def frame_of(data: str | bytes) -> bytes:
    """Return a complete WebSocket message from a server: one unmasked frame (RFC 6455, section 5.2)."""
    payload = data.encode() if isinstance(data, str) else bytes(data)
    opcode = WebSocket.OPCODE_TEXT if isinstance(data, str) else WebSocket.OPCODE_BINARY
    return bytes(Header.encode_header(True, opcode, b"", len(payload), 0)) + payload


class SnapshotPacket(Packet):  # type: ignore[misc]
    """The newest state of a room; it is encoded and framed once for all its clients."""

    def __init__(self, room: str, encoded: str) -> None:
        super().__init__(MESSAGE, encoded)
        self.room = room

    @cached_property
    def frame(self) -> bytes:
        """The bytes to send on a WebSocket."""
        return frame_of(self.encode())


class RawFrame:
    """Bytes to send unchanged: the rest of a started frame, or a control frame."""

    __slots__ = ("data",)

    def __init__(self, data: bytes | memoryview) -> None:
        self.data = memoryview(data)

    def encode(self) -> memoryview:
        return self.data


class ClientSendQueue(JoinableQueue):  # type: ignore[type-arg]
    """The packets that wait for one client, in order; a `SnapshotPacket` replaces the older one of its room.

    While the client is on a WebSocket and keeps up, packets bypass the queue.
    """

    __slots__ = ("_closed_for_input", "_direct_websocket")

    def __init__(self) -> None:
        super().__init__()
        self._direct_websocket: DirectWebSocket | None = None
        self._closed_for_input = False

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Send a packet to the client now, or queue it; None ends the queue. Never waits, and keeps the limits."""
        if item is None:
            super().put(None)
            if self._direct_websocket is not None:
                self._closed_for_input = True
                self._direct_websocket.end_soon()
            return
        if self._closed_for_input:
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
        """Return the next packet; on a WebSocket one at a time, so that waiting packets can still be replaced."""
        if self._direct_websocket is None or not self._direct_websocket.is_up:
            return super().get(block, timeout)
        if not block:
            raise Empty
        # without a timeout: pings detect a dead client, and this queue is mostly bypassed
        return super().get()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the queue is empty, at most LINGER_SECONDS by default; return whether it is."""
        return bool(super().join(LINGER_SECONDS if timeout is None else timeout))

    @property
    def pending(self) -> int:
        """Bytes that wait for the client, including the frame being sent."""
        unsent_bytes = 0 if self._direct_websocket is None else self._direct_websocket.unsent_bytes
        return unsent_bytes + sum(len(item.encode()) for item in self.queue if item is not None)

    @property
    def is_closed_for_input(self) -> bool:
        """Whether the queue accepts no more packets."""
        return self._closed_for_input

    def attach(self, websocket_writer: DirectWebSocket) -> bool:
        """Set the client's WebSocket; return False if it already has one."""
        if self._direct_websocket is not None:
            return False
        self._direct_websocket = websocket_writer
        return True

    def abort(self) -> None:
        """Send nothing more, and end the WebSocket now."""
        self.forget()
        if self._direct_websocket is not None:
            self._direct_websocket.end()

    def detach(self) -> None:
        """Remove the WebSocket, which has ended."""
        self._direct_websocket = None

    def forget(self) -> None:
        """Drop all packets, waiting and future ones."""
        self._closed_for_input = True
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
    """One client's WebSocket. All writes go through this class, so no frame starts inside another.

    Senders of packets write without waiting (`write`); the greenlet that empties the client's queue waits (`send`).
    """

    def __init__(self, handler: Any, server: Any) -> None:
        super().__init__(handler, server)
        self._client = handler.__self__
        self._send_queue: ClientSendQueue = self._client.queue
        self._reset_timer: gevent.Greenlet[..., None] | None = None
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
        self._tcp.setsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT, MAX_UNSENT_BYTES)
        timer = gevent.spawn_later(UPGRADE_SECONDS, self._end_if_not_upgraded) if self._client.connected else None
        try:
            return super().__call__(environ, start_response)
        finally:
            if timer is not None:
                timer.kill(block=False)
            if self.is_up:
                self._send_queue.forget()
            self._send_queue.detach()
            if self._reset_timer is not None:
                self._reset_timer.kill(block=False)

    @property
    def is_up(self) -> bool:
        """Whether the client has finished its upgrade from polling to this connection."""
        return bool(self._client.upgraded)

    @property
    def is_free(self) -> bool:
        """Whether a frame may start now."""
        return not self.unsent_bytes and bool(self._client.upgraded)

    def write(self, item: Any) -> Any:
        """Send as much as the connection takes at once; return the item that must wait, or None if all was sent."""
        data = _bytes_of(item)
        sent = self._try(data)
        if sent == len(data):
            return None
        return RawFrame(memoryview(data)[sent:]) if sent else item

    def send(self, message: str | bytes | memoryview) -> None:
        """Send the complete message, waiting for the client. Only the greenlet that empties the queue calls this."""
        if self._sock.closed and not isinstance(message, memoryview):
            raise WebSocketError("Nothing follows a close.")
        data = message if isinstance(message, memoryview) else frame_of(message)
        self.unsent_bytes = len(data)
        try:
            self._tcp.sendall(data)
        finally:
            self.unsent_bytes = 0

    def close(self) -> None:
        """Send a close frame to the client, and reset the connection if the client does not end it."""
        super().close()
        self._send_queue.forget()
        self.end_soon()

    def end_soon(self) -> None:
        """End the connection after LINGER_SECONDS, so that the client can read its last packets."""
        if self._reset_timer is None:
            self._reset_timer = gevent.spawn_later(LINGER_SECONDS, self.end)

    def end(self) -> None:
        """Reset the connection: the kernel would keep a dead client's unsent bytes for a quarter of an hour."""
        reset(self._tcp)

    def _end_if_not_upgraded(self) -> None:
        if not self.is_up:
            self.end()

    def _try(self, data: bytes | memoryview) -> int:
        """Send what the connection takes at once; return the number of bytes.

        A broken connection takes none; the greenlet that reads or sends on it gets the error.
        """
        try:
            return int(self._tcp.send(data, 0, 0.0))
        except OSError:
            return 0

    def _control(self, frame: bytes) -> None:
        """Send a pong or close frame of the WebSocket layer; queue it if another frame is being sent."""
        if self.is_up and not self._send_queue.is_closed_for_input:
            self._send_queue.put(RawFrame(bytes(frame)))
        elif not self.is_up or not (self.unsent_bytes or self._send_queue.queue):
            self._try(bytes(frame))


def _bytes_of(item: Any) -> bytes | memoryview:
    if isinstance(item, SnapshotPacket):
        return item.frame
    return item.data if isinstance(item, RawFrame) else frame_of(item.encode())
