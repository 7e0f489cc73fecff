"""What a push to many displays costs, against stock Flask-SocketIO and the library `websockets`, in one run.

The three servers run side by side with as many displays each; every round pushes the same kilobyte once through each of
them, in turn, so that whatever else the machine does meets all alike. *Processor a message* is the server's own time,
user and system, from the push until the last display has it. *Loop held* is what a request in between waits: processor
time that passes before a timer has its turn. Everything stays on loopback.
"""

from __future__ import annotations

import json
import selectors
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from statistics import median, quantiles
from types import TracebackType
from typing import Any, Self

from benchmarks.push_servers import NAMESPACE, ROOM, raise_file_limit
from benchmarks.table import Row, at_most

KINDS = ("ours", "stock", "websockets")
PATIENCE = 60
QUIET = 0.5
WARMING = 3
TINY = {"displays": 8, "rounds": 2}


class Server:
    """One of the servers, and its displays."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        command = [sys.executable, "-m", "benchmarks.push_servers", kind]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.displays: list[socket.socket] = []
        self._ready = selectors.EpollSelector()
        self._length = 0
        self._open = ExitStack()

    def __enter__(self) -> Self:
        said = self._open.enter_context(self._process).stdout
        self._open.callback(self._process.kill)
        assert said is not None
        self._port, control = map(int, said.readline().split())
        line = self._open.enter_context(socket.create_connection(("127.0.0.1", control)))
        self._control = self._open.enter_context(line.makefile("rw"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def ask(self, command: str) -> Any:
        """The answer of the server's control port."""
        self._control.write(command + "\n")
        self._control.flush()
        return json.loads(self._control.readline())

    def connect(self) -> None:
        """One display more, which watches the board."""
        line = self._open.enter_context(socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE))
        path = "/" if self.kind == "websockets" else "/socket.io/?EIO=4&transport=websocket"
        key = b64encode(bytes(16)).decode()
        line.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        heard = b""
        if self.kind == "websockets":
            until(line, heard, b"welcome")
        else:
            heard = until(line, heard, b'"sid"')
            line.sendall(frame(f"40{NAMESPACE},"))
            heard = until(line, heard, f"40{NAMESPACE}".encode())
            line.sendall(frame(f'42{NAMESPACE},1["subscribe","{ROOM}"]'))
            until(line, heard, f"43{NAMESPACE},1[0]".encode())
        line.setblocking(False)
        self._ready.register(line, selectors.EVENT_READ, [0])
        self.displays.append(line)

    def learn_length(self) -> None:
        """Push once, and see how long that is on the wire."""
        self.ask("push")
        lengths = set(self._until_quiet())
        assert len(lengths) == 1, lengths
        self._length = lengths.pop()

    def push(self) -> tuple[float, float, float]:
        """Push once to all: (processor µs a display, ms until half of them have all of it, ms until the last has)."""
        before = self.ask("cpu")
        self._control.write("push\n")
        self._control.flush()
        seen: list[float] = []
        while len(seen) < len(self.displays):
            ready = self._ready.select(PATIENCE)
            assert ready, f"{self.kind}: only {len(seen)} of {len(self.displays)} displays have heard of it"
            for key, _ in ready:
                key.data[0] += len(key.fileobj.recv(1 << 16))  # type: ignore[union-attr]
                if key.data[0] == self._length:
                    key.data[0] = 0
                    seen.append(time.monotonic())
        began = json.loads(self._control.readline())
        self.waits = [(at - began) * 1000 for at in seen]
        processor = (self.ask("cpu") - before) / len(self.displays) * 1e6
        return processor, median(self.waits), self.waits[-1]

    def drain(self) -> None:
        """Forget what the displays were told."""
        self._until_quiet()

    def _until_quiet(self) -> list[int]:
        """How many bytes each display was sent until all had some, and no more came."""
        heard = dict.fromkeys(self.displays, 0)
        while ready := self._ready.select(QUIET if all(heard.values()) else PATIENCE):
            for key, _ in ready:
                heard[key.fileobj] += len(key.fileobj.recv(1 << 20))  # type: ignore[index, union-attr]
        return list(heard.values())


def until(line: socket.socket, heard: bytes, word: bytes) -> bytes:
    """Read until this was said; what was heard after it."""
    while word not in heard:
        more = line.recv(1 << 16)
        assert more, heard
        heard += more
    return heard.split(word, 1)[1]


def frame(text: str) -> bytes:
    """A short message of a client; its mask is zero."""
    data = text.encode()
    assert len(data) < 126
    return bytes([0x81, 0x80 | len(data), 0, 0, 0, 0]) + data


def memory_of_displays(servers: list[Server], displays: int) -> dict[str, list[float]]:
    """Connect so many displays to each server, a quarter at a time; KiB that one of them takes, a figure a quarter."""
    for server in servers:
        server.connect()  # what the first one alone brings in
    marks = {server.kind: [float(server.ask("memory"))] for server in servers}
    kib: dict[str, list[float]] = {server.kind: [] for server in servers}
    for low, high in pairwise(displays * n // 4 for n in range(5)):
        for server in servers:
            while len(server.displays) < high + 1:
                server.connect()
            marks[server.kind].append(float(server.ask("memory")))
            before, after = marks[server.kind][-2:]
            kib[server.kind].append((after - before) / (high - low) / 1024)
    return kib


def rows(*, displays: int = 1000, rounds: int = 40) -> Iterator[Row]:
    """Processor and delay of a push, memory of a display, and how long pushes hold the loop."""
    raise_file_limit()
    with ExitStack() as stack:
        servers = [stack.enter_context(server) for server in [Server(kind) for kind in KINDS]]
        memory = memory_of_displays(servers, displays)
        for server in servers:
            server.learn_length()
        figures: dict[str, list[tuple[float, float, float]]] = {kind: [] for kind in KINDS}
        for turn in range(rounds + WARMING):
            for server in (*servers[turn % 3 :], *servers[: turn % 3]):
                measured = server.push()
                if turn >= WARMING:
                    figures[server.kind].append(measured)
        processor, half, last = ({kind: [one[n] for one in figures[kind]] for kind in KINDS} for n in range(3))
        to = f"{displays:,} displays"
        for what, unit, of, target in (
            ("CPU a pushed message", "µs", processor, at_most(1.0)),
            ("half of them have it after", "ms", half, None),
            ("the last of them has it after", "ms", last, at_most(1.3)),
        ):
            yield Row(f"push to {to}: {what}", unit, of["ours"], of["websockets"], target)
        yield Row("memory of a connected display (stock)", "KiB", memory["ours"], memory["stock"], at_most(1.15))
        held: dict[str, list[float]] = {}
        for server in servers:
            held[server.kind] = server.ask(f"stalls {rounds // 2}")
            server.drain()
        p99 = {kind: quantiles(late, n=100, method="inclusive")[-1] for kind, late in held.items()}
        yield Row("loop held by such pushes, p99", "ms", [p99["ours"]], [p99["websockets"]])
        longest = {kind: max(late) for kind, late in held.items()}
        yield Row("loop held by such pushes, longest", "ms", [longest["ours"]], [longest["websockets"]])
