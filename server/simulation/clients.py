"""The cheapest clients there can be: a kept HTTP connection, and a WebSocket that looks at nothing but the seq."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

SECONDS = 30.0
"""After so long without an answer a call has failed."""
_HANDSHAKE = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1"
_SUBSCRIBED = b"43/live,0["
_STATE = b'42/live,["state",'


@dataclass(frozen=True)
class Endpoint:
    """A server to reach, and the address that a client comes from; another one of this machine, where both are."""

    host: str
    port: int
    come_from: str | None = None

    @classmethod
    def of(cls, url: str, number: int) -> Self:
        """The server of that URL, for the clients of the branch of that number."""
        parts = urlsplit(url)
        host = parts.hostname or "127.0.0.1"
        # a proxy that sends each address to one server sees as many addresses as branches
        own = f"127.1.{number // 250}.{number % 250 + 1}" if host in ("127.0.0.1", "localhost") else None
        return cls(host, parts.port or 80, own)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection from there."""
        local = (self.come_from, 0) if self.come_from else None
        return await asyncio.open_connection(self.host, self.port, local_addr=local, limit=1 << 20)


class ApiClient:
    """One kept connection with one token; a call at a time."""

    def __init__(self, place: Endpoint, token: str) -> None:
        self._place = place
        self._head = (
            f"Host: {place.host}:{place.port}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        )
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: dict[str, Any], key: str) -> tuple[int, dict[str, Any]]:
        """(status, JSON). Raises OSError, also for a server that does not answer, and EOFError where it hung up."""
        async with asyncio.timeout(SECONDS):
            try:
                return await self._post(path, json.dumps(body), key)
            except BaseException:  # also when it is cancelled: the answer may still come, and is nobody else's
                self.close()
                raise

    async def _post(self, path: str, body: str, key: str) -> tuple[int, dict[str, Any]]:
        if self._line is None or self._line[0].at_eof():
            self.close()
            self._line = await self._place.connect()
        reader, writer = self._line
        writer.write(
            f"POST /api/v1{path} HTTP/1.1\r\nIdempotency-Key: {key}\r\n{self._head}{len(body)}\r\n\r\n{body}".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
        answer = await reader.readexactly(int(fields.get("content-length", 0)))
        if fields.get("connection", "").lower() == "close":
            self.close()
        told = json.loads(answer) if "json" in fields.get("content-type", "") else {}
        return int(head[0].split()[1]), told

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line[1].close()
            self._line = None


class Watcher:
    """One screen: it subscribes, answers pings, and says the seq and the time of every state that it is told."""

    def __init__(self, place: Endpoint, token: str, slug: str, view: str) -> None:
        self._place = place
        self._hello = json.dumps({"token": token})
        self._wish = json.dumps(["subscribe", {"branch": slug, "view": view}])
        self._writer: asyncio.StreamWriter | None = None

    async def watch(self, told: Callable[[int, float], None], ready: Callable[[], None]) -> None:
        """Until the connection ends, which raises. `told(seq, when)` is first called with the snapshot's."""
        reader, self._writer = await self._place.connect()
        self._writer.write(
            (
                f"{_HANDSHAKE}\r\nHost: {self._place.host}:{self._place.port}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
            ).encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            raise ConnectionError(head.split(b"\r\n", 1)[0].decode())
        while True:
            text = await self._frame(reader)
            if text == b"2":
                self._say("3")
            elif text.startswith(b"0{"):
                self._say(f"40/live,{self._hello}")
            elif text.startswith(b"40/live"):
                self._say(f"42/live,0{self._wish}")
            elif text.startswith(_STATE):
                told(_seq(text), time.monotonic())
            elif text.startswith(_SUBSCRIBED):
                told(json.loads(text[len(_SUBSCRIBED) - 1 :])[0]["seq"], time.monotonic())
                ready()
            else:
                raise ConnectionError(text[:200].decode(errors="replace"))

    async def _frame(self, reader: asyncio.StreamReader) -> bytes:
        begin = await reader.readexactly(2)
        size = begin[1]
        if size == 126:
            size = int.from_bytes(await reader.readexactly(2))
        elif size == 127:
            size = int.from_bytes(await reader.readexactly(8))
        if begin[0] != 0x81:
            raise ConnectionError("The server ended the connection.")
        return await reader.readexactly(size)

    def _say(self, text: str) -> None:
        """Send a short text; masked by zeros, which leaves it as it is."""
        assert self._writer is not None
        data = text.encode()
        size = bytes((0x80 | len(data),)) if len(data) < 126 else bytes((0xFE, *len(data).to_bytes(2)))
        self._writer.write(b"\x81" + size + bytes(4) + data)

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()


def _seq(text: bytes) -> int:
    """The seq of a state, which comes first in it."""
    begin = text.index(b'"seq":') + 6
    end = text.index(b",", begin)
    return int(text[begin:end])
