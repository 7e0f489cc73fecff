"""A stranger who sends without end: `python -m benchmarks.flooding PORT KIND CONNECTIONS SECONDS [ADDRESS]`.

Each connection sends up to two megabytes a second, reads nothing or throws away what it reads, and comes again at once
when it is disconnected. At the end it prints (connections made, megabytes sent).
"""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass

CHUNK = 32 * 1024
PAUSE = CHUNK / 2_000_000
"""Seconds between two chunks: two megabytes a second."""
PATIENCE = 5.0
_SOCKET = "/socket.io/?EIO=4&transport=websocket"
_POLLING = "/socket.io/?EIO=4&transport=polling"


def frame(payload: bytes, first: int = 0x81) -> bytes:
    """A WebSocket frame of a client, masked by zeros; `first` holds FIN and the opcode."""
    size = len(payload)
    head = bytes([first, 0x80 | size]) if size < 126 else bytes([first, 0xFE]) + size.to_bytes(2, "big")
    return head + bytes(4) + payload


def event(name: str, wish: object) -> bytes:
    """A Socket.IO event with an answer, as an engine.io packet."""
    return f"42/live,1{json.dumps([name, wish])}".encode()


def request(method: str, path: str, body: bytes = b"", *headers: str) -> bytes:
    """The bytes of an HTTP request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    if body:
        lines += ["Content-Type: text/plain", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def until(line: socket.socket, word: bytes) -> bytes:
    """Read until this was said. Raises ConnectionError where the server hangs up before."""
    heard = b""
    while word not in heard:
        more = line.recv(1 << 16)
        if not more:
            raise ConnectionError("hung up")
        heard += more
    return heard


@dataclass
class Flood:
    """One kind of flood: how a connection begins, and what it sends again and again."""

    begin: Callable[[socket.socket], None]
    again: bytes
    reads: bool = True
    once: bool = False
    """Hang up after the beginning, and come again."""


def _upgrade(line: socket.socket) -> None:
    key = f"Sec-WebSocket-Key: {b64encode(bytes(16)).decode()}"
    line.sendall(
        request("GET", _SOCKET, b"", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", key)
    )
    until(line, b'"sid"')


def _join(line: socket.socket) -> None:
    _upgrade(line)
    line.sendall(frame(b"40/live,"))
    until(line, b"40/live")


def _polling(line: socket.socket) -> str:
    line.sendall(request("GET", _POLLING))
    heard = until(line, b'"sid"')
    while b"}" not in heard.split(b'"sid"', 1)[1]:
        heard += line.recv(1 << 16)
    return heard.split(b'"sid":"', 1)[1].split(b'"', 1)[0].decode()


def _nothing(line: socket.socket) -> None:
    """An HTTP connection needs no beginning."""


_BOARD = event("subscribe", {"branch": "central", "view": "board"})
_FALSE_TICKET = event("subscribe", {"branch": "central", "view": "ticket", "token": "17-AAAAAAAAAAAAAAAAAAAA"})

FLOODS: dict[str, Flood] = {
    "noops": Flood(_upgrade, frame(b"6")),
    "pongs": Flood(_upgrade, frame(b"3")),
    "control frames": Flood(_upgrade, frame(b"", 0x89)),
    "pieces": Flood(_upgrade, frame(b"4", 0x01) + frame(b"", 0x00) * 1000),
    "subscriptions": Flood(_join, frame(_FALSE_TICKET)),
    "subscriptions, answers unread": Flood(_join, frame(_FALSE_TICKET) + frame(_BOARD), reads=False),
    "long messages": Flood(_join, frame(event("subscribe", {"branch": "x" * 60_000, "view": "board"}))),
    "connections": Flood(_join, b"", once=True),
    "HTTP, pipelined": Flood(_nothing, request("GET", "/healthz")),
    "polling sessions": Flood(_nothing, request("GET", _POLLING)),
}
POLLING_PACKETS = "polling, packets"
KINDS = (*FLOODS, POLLING_PACKETS)


def _polling_packets(line: socket.socket) -> bytes:
    """Begin a polling session; the bytes of a POST with as many packets as one may hold."""
    sid = _polling(line)
    packets = b"\x1e".join([b"40/live,", *[_FALSE_TICKET] * 15])
    return request("POST", f"{_POLLING}&sid={sid}", packets)


class Count:
    """What was done, by all threads."""

    def __init__(self) -> None:
        self.connections = 0
        self.sent = 0


def flood(port: int, kind: str, seconds: float, count: Count, address: str) -> None:
    """Flood until the time is over; one connection after another."""
    until_then = time.monotonic() + seconds
    while time.monotonic() < until_then:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), PATIENCE, (address, 0)) as line,
        ):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            count.connections += 1
            if kind == POLLING_PACKETS:
                one = Flood(_nothing, _polling_packets(line))
            else:
                one = FLOODS[kind]
                one.begin(line)
            if one.once:
                continue
            chunk = one.again * max(1, CHUNK // len(one.again))
            if one.reads:
                threading.Thread(target=_throw_away, args=(line,), daemon=True).start()
            while time.monotonic() < until_then:
                line.sendall(chunk)
                count.sent += len(chunk)
                time.sleep(PAUSE)


def _throw_away(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while line.recv(1 << 16):
            pass


def main() -> None:
    """Flood over so many connections at once."""
    port, kind, connections, seconds = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    address = sys.argv[5] if len(sys.argv) > 5 else "127.0.0.1"
    count = Count()
    threads = [
        threading.Thread(target=flood, args=(port, kind, seconds, count, address), daemon=True)
        for _ in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + 2 * PATIENCE)
    print(count.connections, round(count.sent / 1e6, 1), flush=True)


if __name__ == "__main__":
    main()
