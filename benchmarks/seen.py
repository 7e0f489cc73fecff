"""From the press of Next until the displays show it: the request, the durable commit, the push to two hundred displays.

The reference cannot be spared: one raw commit of a call, and a broadcast to as many by the library `websockets`.
"""

from __future__ import annotations

import json
import selectors
import socket
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from benchmarks import branch, raw
from benchmarks.branch import SLUG, Served
from benchmarks.calling import ALL_WAIT, fill, presses
from benchmarks.clients import Clients
from benchmarks.push import PATIENCE, Server, frame, until
from benchmarks.push_servers import NAMESPACE, raise_file_limit
from benchmarks.table import Row, at_most

TINY = {"rounds": 2, "calls": 3, "displays": 8, "waiting": 10}
_STATE = f'42{NAMESPACE},["state"'.encode()
_PING, _PONG = b"2", frame("3")


class Display:
    """A display that watches the board: a WebSocket, and what of a message has come."""

    def __init__(self, served: Served) -> None:
        self.line = socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE)
        key = b64encode(bytes(16)).decode()
        self.line.sendall(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{served.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        heard = until(self.line, b"", b'"sid"')
        self.line.sendall(frame(f"40{NAMESPACE}," + json.dumps({"token": served.tokens["display"]})))
        heard = until(self.line, heard, f"40{NAMESPACE}".encode())
        wish = json.dumps({"branch": SLUG, "view": "board"})
        self.line.sendall(frame(f'42{NAMESPACE},1["subscribe",{wish}]'))
        until(self.line, heard, b'"event":null}]')
        self.line.setblocking(False)
        self._heard = b""

    def states(self) -> int:
        """Read what is there; how many whole states came. A ping is answered."""
        self._heard += self.line.recv(1 << 18)
        found = 0
        while len(self._heard) >= 4:
            length, begins = self._heard[1], 2
            if length == 126:
                length, begins = int.from_bytes(self._heard[2:4], "big"), 4
            if len(self._heard) < begins + length:
                break
            message, self._heard = self._heard[begins : begins + length], self._heard[begins + length :]
            found += message.startswith(_STATE)
            if message == _PING:
                self.line.sendall(_PONG)
        return found


class Wall:
    """So many displays of one branch."""

    def __init__(self, served: Served, count: int) -> None:
        self._ready = selectors.EpollSelector()
        self.displays: list[Display] = []
        for _ in range(count):
            self.displays.append(Display(served))
            self._ready.register(self.displays[-1].line, selectors.EVENT_READ, self.displays[-1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ready.close()
        for display in self.displays:
            display.line.close()

    def watch(self, began: float) -> list[float]:
        """Milliseconds until each display has the next state."""
        seen: dict[Display, float] = {}
        while len(seen) < len(self.displays):
            ready = self._ready.select(PATIENCE)
            assert ready, f"only {len(seen)} of {len(self.displays)} displays have seen it"
            for key, _ in ready:
                if key.data.states():
                    seen.setdefault(key.data, time.monotonic())
        return [(at - began) * 1000 for at in seen.values()]


def p99(waits: list[float]) -> float:
    """What one in a hundred exceeds."""
    return sorted(waits)[len(waits) * 99 // 100]


def rows(rounds: int = 12, calls: int = 20, displays: int = 200, waiting: int = 100) -> Iterator[Row]:
    """Call → seen."""
    raise_file_limit()
    ours, limit = [], []
    with ExitStack() as stack:
        served, (reference, data) = stack.enter_context(branch.fresh()), stack.enter_context(raw.raw())
        broadcast = stack.enter_context(Server("websockets"))
        fill(served, waiting)
        raw.rate(waiting, reference.issue)
        wall = stack.enter_context(Wall(served, displays))
        for _ in range(displays):
            broadcast.connect()
        broadcast.learn_length()
        press = presses(served)
        with Clients(served.port, 1) as counter:
            for turn in range(rounds + 1):
                waits, lower = [], []
                for _ in range(calls):
                    began = time.monotonic()
                    counter.start(press)
                    waits += wall.watch(began)
                    counter.finish(b"200")
                    commit = 1000 / raw.rate(1, reference.call)
                    broadcast.push()
                    lower += [wait + commit for wait in broadcast.waits]
                if turn:  # the first one warms up
                    ours.append(p99(waits))
                    limit.append(p99(lower))
                served.change(*ALL_WAIT)
                branch.change(data, *ALL_WAIT)
    yield Row(f"Next pressed → seen, p99 of {displays} displays", "ms", ours, limit, at_most(3))
