"""The packets that a socket may send: a few events of ours. Other packets disconnect the client."""

from __future__ import annotations

from typing import Any

from socketio.packet import CONNECT, DISCONNECT, EVENT, Packet

EVENTS = ("subscribe", "unsubscribe")


class InvalidPacket(ValueError):
    """A client has sent a packet that is not allowed; the text is the reason, as logged."""


class StrictPacket(Packet):  # type: ignore[misc]
    """A packet as our pages and programs send it.

    The library lets a client name any event, even its internal `connect` and `disconnect`: after the latter, a client
    would still be in a room, but would not be cleaned up when the session ends.
    """

    def decode(self, encoded_packet: Any) -> int:
        """Decode a packet. Raises: InvalidPacket if it is not allowed."""
        if not isinstance(encoded_packet, str):
            raise InvalidPacket("binary")
        try:
            attachments = super().decode(encoded_packet)
        except Exception as error:  # noqa: BLE001 - foreign bytes can cause any error
            raise InvalidPacket(type(error).__name__) from None
        if attachments:
            raise InvalidPacket("binary")
        if self.packet_type not in (CONNECT, DISCONNECT, EVENT):
            raise InvalidPacket("type")
        if self.packet_type == EVENT:
            data = self.data
            if not isinstance(data, list) or not 1 <= len(data) <= 2 or data[0] not in EVENTS:
                raise InvalidPacket("event")
        return 0
