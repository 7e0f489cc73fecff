"""Reads WebSocket messages within a budget (RFC 6455, section 5).

The library's own reader has no limits, does not yield while bytes are available, and takes 80 ms for a message of
60 kB, which it unmasks and checks byte by byte in Python (docs/decisions/0001-websocket-library.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from geventwebsocket.exceptions import ProtocolError, WebSocketError
from geventwebsocket.websocket import WebSocket

from server.serving.addresses import network_of
from server.serving.budget import OverBudget, SocketBudget
from server.serving.hang_ups import record_hang_up

MAX_MESSAGE = 64 * 1024
"""Bytes of a WebSocket message; a subscription takes a few hundred."""
_MAX_CONTROL = 125
_FIN, _RESERVED, _OPCODE, _MASKED, _SIZE = 0x80, 0x70, 0x0F, 0x80, 0x7F
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


class MessageReader:
    """Reads a client's messages. Every frame, of any kind, is charged to the budget before its payload is read."""

    __slots__ = ("_read", "_wait_for_turn", "budget")

    def __init__(self, read: Callable[[int], bytes], budget: SocketBudget, wait_for_turn: Callable[[], None]) -> None:
        self._read = read
        self._wait_for_turn = wait_for_turn
        self.budget = budget

    def message(self, control: Callable[[int, bytes], None]) -> str | bytes | None:
        """Return the next message; None after a close frame. `control(opcode, payload)` handles a ping or close.

        Raises: ProtocolError if a frame violates RFC 6455; UnicodeDecodeError if text is not UTF-8; OverBudget if the
        client sends too much; WebSocketError if the connection ends or a message is longer than MAX_MESSAGE.
        """
        kind, pieces, size = 0, [], 0
        while True:
            final, opcode, payload = self._frame(MAX_MESSAGE - size)
            if opcode >= _CLOSE:
                if opcode != _PONG:
                    control(opcode, payload)
                if opcode == _CLOSE:
                    return None
                continue
            if (opcode == _CONTINUATION) != bool(kind):
                raise ProtocolError("A message starts inside another, or continues none.")
            kind = kind or opcode
            pieces.append(payload)
            size += len(payload)
            if final:
                content = b"".join(pieces)
                return content.decode() if kind == _TEXT else content

    def _frame(self, max_size: int) -> tuple[bool, int, bytes]:
        """Return (whether the frame ends its message, opcode, payload) of the next frame."""
        first, second = self._exactly(2)
        final, opcode, size, extended = bool(first & _FIN), first & _OPCODE, second & _SIZE, 0
        if opcode not in (_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG):
            raise ProtocolError("An unknown opcode.")
        if first & _RESERVED or not second & _MASKED:
            raise ProtocolError("Reserved bits, or no mask.")
        if opcode >= _CLOSE and (size > _MAX_CONTROL or not final):
            raise ProtocolError("A control frame in pieces, or too long.")
        if size > _MAX_CONTROL:
            extended = 2 if size == _MAX_CONTROL + 1 else 8
            size = int.from_bytes(self._exactly(extended), "big")
        if size > max_size and opcode < _CLOSE:
            raise WebSocketError(f"A message is more than {MAX_MESSAGE} bytes.")
        self.budget.spend(1, 2 + extended + 4 + size)
        self._wait_for_turn()
        return final, opcode, unmask(self._exactly(4), self._exactly(size))

    def _exactly(self, size: int) -> bytes:
        data = self._read(size) if size else b""
        if len(data) != size:
            raise WebSocketError("The connection ended inside a frame.")
        return data


def unmask(key: bytes, payload: bytes) -> bytes:
    """Return the payload without its mask; masking is the same operation."""
    size = len(payload)
    mask = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(mask, "little")).to_bytes(size, "little")


class BudgetedWebSocket(WebSocket):  # type: ignore[misc]
    """The library's connection with our reader; its `raw_read` is a MessageReader.

    It has no attributes of its own, so that a connection of the library can be converted to this class.
    """

    __slots__ = ()

    def read_message(self) -> Any:
        """Return the next message; None if none will come. Raises: OverBudget, after the client was disconnected."""
        try:
            return self.raw_read.message(self._control)
        except OverBudget as error:
            address = str(network_of(str((self.environ or {}).get("REMOTE_ADDR", ""))))  # `environ` is None once closed
            record_hang_up(address, error.reason, messages=error.messages, bytes=error.size)
            self.handler.hang_up()
            raise

    def _control(self, opcode: int, payload: bytes) -> None:
        if opcode == _PING:
            self.handle_ping(None, payload)
        else:
            self.handle_close(None, payload)
