"""A bound on what a socket may send, before a byte of it is unmasked."""

from __future__ import annotations

from typing import Any

from geventwebsocket.exceptions import WebSocketError
from geventwebsocket.handler import WebSocketHandler

MAX_MESSAGE = 64 * 1024
"""Bytes; a subscription takes a few hundred."""


class BoundedWebSocketHandler(WebSocketHandler):  # type: ignore[misc]
    """Hangs up on a frame that is larger than any message of ours.

    The library reads a frame whole, whatever its announced length, and unmasks it byte by byte in Python: a stranger's
    20 MB would hold up every screen for seconds.
    """

    def upgrade_connection(self) -> Any:
        """As the library does, with the bound put before its reading of payloads."""
        upgraded = super().upgrade_connection()
        socket = self.websocket
        if socket is not None:
            read = socket.raw_read

            def bounded(size: int) -> bytes:
                if size > MAX_MESSAGE:
                    raise WebSocketError(f"A frame of {size} bytes is more than {MAX_MESSAGE}.")
                data: bytes = read(size)
                return data

            socket.raw_read = bounded
        return upgraded
