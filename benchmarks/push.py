"""What a push to many displays costs, against stock Flask-SocketIO and the library `websockets`, in one run.

    python benchmarks/push.py [--displays 1000] [--rounds 40]

The three servers run side by side with as many displays each; every round pushes the same kilobyte once through each of
them, in turn, so that whatever else the machine does meets all alike. Ratios are taken within a round; the table shows
medians, with the tenth and the ninetieth percentile. Everything stays on loopback.
"""

from __future__ import annotations

import argparse
import json
import selectors
import socket
import subprocess
import sys
import time
from base64 import b64encode
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from types import TracebackType
from typing import Any, Self

from push_servers import NAMESPACE, ROOM, raise_file_limit

KINDS = ("ours", "stock", "websockets")
PATIENCE = 60


class Server:
    """One of the servers, and its displays."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        script = Path(__file__).with_name("push_servers.py")
        self._process = subprocess.Popen([sys.executable, str(script), kind], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._port, control = map(int, self._process.stdout.readline().split())
        self._control = socket.create_connection(("127.0.0.1", control)).makefile("rw")
        self.displays: list[socket.socket] = []
        self._ready = selectors.EpollSelector()
        self._length = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def ask(self, command: str) -> Any:
        """The answer of the server's control port."""
        self._control.write(command + "\n")
        self._control.flush()
        return json.loads(self._control.readline())

    def connect(self) -> None:
        """One display more, which watches the board."""
        line = socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE)
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
        time.sleep(2)
        lengths = {len(line.recv(1 << 20)) for line in self.displays}
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
        processor = (self.ask("cpu") - before) / len(self.displays) * 1e6
        return processor, (median(seen) - began) * 1000, (seen[-1] - began) * 1000

    def drain(self) -> None:
        """Forget what the displays were told."""
        time.sleep(0.5)
        for line in self.displays:
            line.recv(1 << 20)


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


def spread(values: list[float]) -> str:
    """Median, and where four fifths of them lie."""
    tenths = quantiles(values, n=10)
    return f"{median(values):.2f} [{tenths[0]:.2f}-{tenths[-1]:.2f}]"


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--displays", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=40)
    wanted = parser.parse_args()
    raise_file_limit()
    with Server("ours") as ours, Server("stock") as stock, Server("websockets") as reference:
        servers = (ours, stock, reference)
        memory: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for server in servers:
            server.connect()  # what the first one alone brings in
        steps = [wanted.displays * n // 4 for n in range(5)]
        marks = {server.kind: [float(server.ask("memory"))] for server in servers}
        for low, high in pairwise(steps):
            for server in servers:
                while len(server.displays) < high + 1:
                    server.connect()
                marks[server.kind].append(float(server.ask("memory")))
                memory[server.kind].append((marks[server.kind][-1] - marks[server.kind][-2]) / (high - low) / 1024)
        for server in servers:
            server.learn_length()
        figures: dict[str, list[tuple[float, float, float]]] = {kind: [] for kind in KINDS}
        for turn in range(wanted.rounds + 3):
            for server in (*servers[turn % 3 :], *servers[: turn % 3]):
                measured = server.push()
                if turn >= 3:  # the first ones warm up
                    figures[server.kind].append(measured)
        stalls: dict[str, list[float]] = {}
        for server in servers:
            stalls[server.kind] = server.ask(f"stalls {wanted.rounds // 2}")
            server.drain()

    print(f"{wanted.displays} displays, {wanted.rounds} rounds; median [p10-p90]\n")
    print(f"{'what':36} {'ours':>24} {'stock':>24} {'websockets':>24}   {'ratio':>20} target")
    rows = (
        ("processor a message, µs", 0, "websockets", "<= 1.0"),
        ("half of the displays have it, ms", 1, "websockets", ""),
        ("the last display has it, ms", 2, "websockets", "<= 1.3"),
    )
    for what, column, against, target in rows:
        by_kind = {kind: [one[column] for one in figures[kind]] for kind in KINDS}
        ratio = spread([a / b for a, b in zip(by_kind["ours"], by_kind[against], strict=True)])
        print(f"{what:36} " + " ".join(f"{spread(by_kind[k]):>24}" for k in KINDS) + f"   {ratio:>20} {target}")
    ratio = f"{median(memory['ours']) / median(memory['stock']):.2f} of stock"
    cells = " ".join(f"{median(memory[kind]):>24.1f}" for kind in KINDS)
    print(f"{'memory a display, KiB':36} {cells}   {ratio:>20} <= 1.15")
    for name, cut in (("p99", 99), ("max", 100)):
        worst = {k: sorted(v)[min(len(v) - 1, len(v) * cut // 100)] for k, v in stalls.items()}
        print(f"{f'loop held by pushes, ms, {name}':36} " + " ".join(f"{worst[k]:>24.1f}" for k in KINDS))


if __name__ == "__main__":
    main()
