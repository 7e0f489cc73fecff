"""The rooms of this process, and the delivery of states: encoded once, in order, a slice of clients at a time."""

from __future__ import annotations

from typing import Any

import gevent
import socketio

from server.realtime.direct_websocket import SnapshotPacket

STATE = "state"
"""The event whose messages are complete states `{seq, …}`: a newer one replaces an older one."""
CLIENTS_PER_SLICE = 50
"""Clients written to before the loop serves others: this takes well under a millisecond."""


class Rooms(socketio.Manager):  # type: ignore[misc]
    """The room manager of one process."""

    def __init__(self) -> None:
        super().__init__()
        self._newest: dict[str, int] = {}

    def emit(self, event: str, data: Any, namespace: str, room: Any = None, **more: Any) -> None:
        """Send an event to a room's local clients: states by direct delivery, others as the library does."""
        room = more.pop("to", None) or room
        if event == STATE and isinstance(room, str) and not more.get("callback"):
            self._deliver(room, namespace, data)
        else:
            super().emit(event, data, namespace, room=room, **more)

    def basic_leave_room(self, sid: str, namespace: str, room: str) -> None:
        """Leave the room as the library does, and forget the newest seq of an empty room."""
        super().basic_leave_room(sid, namespace, room)
        if room not in self.rooms.get(namespace, {}):
            self._newest.pop(room, None)

    def _deliver(self, room: str, namespace: str, message: dict[str, Any]) -> None:
        members, seq = self.rooms.get(namespace, {}).get(room, {}), message["seq"]
        if not members or seq <= self._newest.get(room, -1):
            return
        self._newest[room] = seq
        # a state is JSON, so the library need not search it for bytes
        packet = self.server.packet_class(socketio.packet.EVENT, [STATE, message], namespace, binary=False)
        state = SnapshotPacket(room, packet.encode())
        for count, (sid, client) in enumerate(list(members.items()), 1):
            if sid in members:
                self.server.eio.send_packet(client, state)
            if count % CLIENTS_PER_SLICE == 0:
                _yield_to_loop()
                if self._newest.get(room) != seq:
                    return  # a newer state is already on its way to everybody


def _yield_to_loop() -> None:
    """Wait until the loop has served every socket and timer; `sleep(0)` often returns earlier."""
    hub = gevent.get_hub()
    hub.wait(hub.loop.timer(0))
