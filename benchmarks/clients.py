"""Keep-alive HTTP clients that cost next to nothing: raw sockets, requests made of bytes, one loop for all."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

PATIENCE = 60
_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


def post(path: str, token: str, body: bytes, *headers: str) -> bytes:
    """The bytes of a request."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}", *headers]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + _END + body


def get(path: str, token: str) -> bytes:
    """The bytes of a request for a page."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


@dataclass
class Burst:
    """What so many requests took."""

    seconds: float
    waits: list[float]
    """Seconds from each request to its whole answer."""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.waits) / self.seconds

    @property
    def mean(self) -> float:
        """Mean seconds of one."""
        return sum(self.waits) / len(self.waits)

    def percentile(self, share: int) -> float:
        """The wait that so many of a hundred do not exceed."""
        return sorted(self.waits)[min(len(self.waits) - 1, len(self.waits) * share // 100)]


class Clients:
    """So many clients of one server, each with a connection that it keeps."""

    def __init__(self, port: int, count: int) -> None:
        self._ready = selectors.EpollSelector()
        self._lines = []
        for number in range(count):
            line = socket.create_connection(("127.0.0.1", port))
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._ready.register(line, selectors.EVENT_READ, number)
            self._lines.append(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in self._lines:
            line.close()
        self._ready.close()

    def send(self, count: int, request: Callable[[int], bytes], wanted: bytes) -> Burst:
        """Send so many requests, every client its next one when it has the answer to its last.

        `request(client)` is its next one; `wanted` is the status that every answer must have.
        """
        sent: list[float] = [0.0] * len(self._lines)
        waits: list[float] = []
        left = count
        clock = time.perf_counter
        began = clock()
        for number, line in enumerate(self._lines[:count]):
            sent[number] = clock()
            line.sendall(request(number))
            left -= 1
        while len(waits) < count:
            ready = self._ready.select(PATIENCE)
            assert ready, f"{count - len(waits)} answers are missing"
            for key, _ in ready:
                number, line = key.data, self._lines[key.data]
                _whole(line, wanted)
                now = clock()
                waits.append(now - sent[number])
                if left:
                    left -= 1
                    sent[number] = now
                    line.sendall(request(number))
        return Burst(clock() - began, waits)

    def start(self, request: Callable[[int], bytes]) -> None:
        """Let the first client send a request, and not wait."""
        self._lines[0].sendall(request(0))

    def finish(self, wanted: bytes) -> None:
        """Read the answer to it."""
        _whole(self._lines[0], wanted)


def _whole(line: socket.socket, wanted: bytes) -> None:
    """Read one answer to its end."""
    heard = line.recv(1 << 16)
    assert heard.startswith(b"HTTP/1.1 " + wanted), heard
    while (end := heard.find(_END)) < 0:
        heard += line.recv(1 << 16)
    at = heard.lower().index(_LENGTH, 0, end + 2) + len(_LENGTH)
    length = int(heard[at : heard.index(b"\r", at)])
    while len(heard) < end + len(_END) + length:
        more = line.recv(1 << 20)
        assert more, "the server hung up in the middle of an answer"
        heard += more


def keys() -> Iterator[str]:
    """An Idempotency-Key for each press, all of one length."""
    number = time.time_ns()
    while True:
        yield f"{number:032x}"
        number += 1
