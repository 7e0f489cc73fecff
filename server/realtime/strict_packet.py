"""What a socket may say: our own few events and nothing else; who says more is disconnected."""

from __future__ import annotations

from typing import Any

from socketio.packet import CONNECT, DISCONNECT, EVENT, Packet

EVENTS = ("subscribe", "unsubscribe")


class Nonsense(ValueError):
    """What a client has sent is no packet of ours."""


class StrictPacket(Packet):  # type: ignore[misc]
    """A packet as our pages and programs send it.

    The library lets a client name any event, its own `connect` and `disconnect` among them: whoever had said the latter
    would still be in a room, and no longer be known when the session ends.
    """

    def decode(self, encoded_packet: Any) -> int:
        """Raises Nonsense for what is no packet of ours."""
        if not isinstance(encoded_packet, str):
            raise Nonsense("binary")
        try:
            attachments = super().decode(encoded_packet)
        except Exception as error:  # noqa: BLE001 - whatever a stranger's bytes set off
            raise Nonsense(type(error).__name__) from None
        if attachments:
            raise Nonsense("binary")
        if self.packet_type not in (CONNECT, DISCONNECT, EVENT):
            raise Nonsense("type")
        if self.packet_type == EVENT:
            data = self.data
            if not isinstance(data, list) or not 1 <= len(data) <= 2 or data[0] not in EVENTS:
                raise Nonsense("event")
        return 0
