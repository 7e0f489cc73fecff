"""Simulated screens for a publisher without sockets."""

from __future__ import annotations

from typing import Any


class Screens:
    """Screens with the board, the queue and the newest tickets; they keep the last push of each."""

    def __init__(self) -> None:
        self.tickets: list[int] = []
        self.last: dict[str, dict[str, Any]] = {}

    def watched(self, branch_id: int) -> tuple[bool, bool, list[int]]:
        return True, True, self.tickets

    def push(self, room: str, message: dict[str, Any]) -> None:
        assert message["seq"] > self.last.get(room, {"seq": 0})["seq"], "pushes come in order, and none says nothing"
        self.last[room] = message
