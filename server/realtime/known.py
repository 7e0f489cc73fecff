"""What a socket may say: our own few events and nothing else; who says more is hung up on."""

from __future__ import annotations

from typing import Any

import structlog
from socketio.packet import CONNECT, DISCONNECT, EVENT, Packet

log = structlog.get_logger()

EVENTS = ("subscribe", "unsubscribe")


class KnownPacket(Packet):  # type: ignore[misc]
    """A packet as our pages and programs send it.

    The library lets a client name any event, its own `connect` and `disconnect` among them: whoever had said the latter
    would still be in a room, and no longer be known when the session ends.
    """

    def decode(self, encoded_packet: Any) -> int:
        """Raises ValueError for what is no packet of ours."""
        if not isinstance(encoded_packet, str) or super().decode(encoded_packet):
            raise ValueError("binary")
        if self.packet_type not in (CONNECT, DISCONNECT, EVENT):
            raise ValueError("type")
        if self.packet_type == EVENT:
            data = self.data
            if not isinstance(data, list) or not 1 <= len(data) <= 2 or data[0] not in EVENTS:
                raise ValueError("event")
        return 0


def hang_up_on_nonsense(server: Any) -> None:
    """End the connection of whoever sends this Socket.IO server what is no packet, in one line of the log.

    The library writes a traceback for each, and keeps the connection.
    """
    handle = server._handle_eio_message  # noqa: SLF001 - pinned: docs/architecture.md, "Pinned on purpose"

    def careful(eio_sid: str, data: Any) -> None:
        try:
            handle(eio_sid, data)
        except Exception as error:  # noqa: BLE001 - whatever a stranger's bytes set off is his to bear
            log.info("nonsense_on_a_socket", error=type(error).__name__)
            server.eio.disconnect(eio_sid)

    server.eio.on("message", careful)
