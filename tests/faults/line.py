"""A line between clients and a server that fails on command: cut, half-open, slow, late, disconnected when idle."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

PIECE = 4096
"""Bytes carried at a time. Buffers are kept as small, so that a reader who is slow is felt by the server."""
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Line:
    """Carries TCP connections to a port of this machine, or to a Unix socket, until it is told to fail.

    Faults last until `mend`, for connections that there are and for those to come, unless a method says otherwise.
    They can be combined. Every method returns once it is in force.
    """

    def __init__(self, target: int | Path) -> None:
        self._target = target
        self._connections: set[_Connection] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._hang_ups = threading.Semaphore(0)
        self._heal()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server: asyncio.Server = self._run(self._listen())
        self.port: int = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def _heal(self) -> None:
        self.whole = True
        self.stalled = False
        self.lag = 0.0
        self.rate: float | None = None
        self.patience: float | None = None
        self.answer_bytes: int | None = None

    def mend(self) -> None:
        """Carry everything again. What a stall has held back arrives now."""

        def mend() -> None:
            self._heal()
            for connection in self._connections:
                connection.flowing.set()

        self._do(mend)

    def cut(self) -> None:
        """Reset all connections, and hang up on new ones."""

        def cut() -> None:
            self.whole = False
            for connection in list(self._connections):
                connection.reset()

        self._do(cut)

    def stall(self) -> None:
        """Carry nothing and tell nobody: connections stay open and new ones are taken, but no byte or end arrives."""

        def stall() -> None:
            self.stalled = True
            for connection in self._connections:
                connection.flowing.clear()

        self._do(stall)

    def strand(self) -> None:
        """Stall the connections that there are, as a router that has lost its table does; new ones are whole."""

        def strand() -> None:
            for connection in self._connections:
                connection.flowing.clear()

        self._do(strand)

    def lose_answers(self, after: int = 0) -> None:
        """Carry requests to the server, and reset each connection after so many bytes of their answers."""

        def lose() -> None:
            self.answer_bytes = after
            for connection in self._connections:
                connection.answered = 0

        self._do(lose)

    def delay(self, seconds: float) -> None:
        """Carry every piece so much later, in both directions."""
        self._set("lag", seconds)

    def slow(self, bytes_per_second: float) -> None:
        """Carry what the server says no faster than so; it feels that its reader is slow."""
        self._set("rate", bytes_per_second)

    def hang_up_when_idle(self, seconds: float) -> None:
        """Reset every connection on which nothing was said for so long."""
        self._set("patience", seconds)

    def wait_for_hang_ups(self, count: int) -> None:
        """Come back when so many more connections have been disconnected for saying nothing."""
        for _ in range(count):
            assert self._hang_ups.acquire(timeout=60)

    def close(self) -> None:
        """End everything."""

        async def end() -> None:
            self.whole = False
            self._server.close()
            for connection in list(self._connections):
                connection.reset()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        self._run(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _set(self, name: str, value: float) -> None:
        self._do(lambda: setattr(self, name, value))

    def _do(self, change: Callable[[], None]) -> None:
        async def run() -> None:
            change()

        self._run(run())

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._join, "127.0.0.1", 0, limit=PIECE)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(self, writer)
        self._connections.add(connection)
        if task := asyncio.current_task():
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            await connection.carry(reader)
        finally:
            connection.reset()
            self._connections.discard(connection)


class _Connection:
    """One client's connection, and that to the server for it."""

    def __init__(self, line: Line, near: asyncio.StreamWriter) -> None:
        self._line = line
        self._ends = [near]
        self._last = time.monotonic()
        self.answered = 0
        self.flowing = asyncio.Event()
        if not line.stalled:
            self.flowing.set()

    def reset(self) -> None:
        self.flowing.set()  # what was held back is lost
        for end in self._ends:
            raw = end.transport.get_extra_info("socket")
            with suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            end.transport.abort()

    async def carry(self, near: asyncio.StreamReader) -> None:
        await self.flowing.wait()
        if not self._line.whole:
            return
        target = self._line._target
        raw = socket.socket(socket.AF_UNIX if isinstance(target, Path) else socket.AF_INET)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
        raw.setblocking(False)
        try:
            address = str(target) if isinstance(target, Path) else ("127.0.0.1", target)
            await asyncio.get_running_loop().sock_connect(raw, address)
        except OSError:  # the server is down: disconnected, as by its machine
            raw.close()
            return
        far, back = await asyncio.open_connection(sock=raw, limit=PIECE)
        self._ends.append(back)
        ways = [
            asyncio.create_task(self._asks(near, back)),
            asyncio.create_task(self._answers(far, self._ends[0])),
        ]
        watch = asyncio.create_task(self._watch())
        await asyncio.wait(ways)
        watch.cancel()
        await asyncio.gather(*ways, watch, return_exceptions=True)

    async def _asks(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with self._ending_together():
            while data := await self._next(source):
                await self._say(data, sink)
            sink.write_eof()

    async def _answers(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with self._ending_together():
            while data := await self._next(source):
                left = self._line.answer_bytes
                if left is not None and self.answered + len(data) > left:
                    await self._say(data[: left - self.answered], sink)
                    self.reset()
                    return
                self.answered += len(data)
                await self._say(data, sink)
                if self._line.rate is not None:
                    await asyncio.sleep(len(data) / self._line.rate)
            sink.write_eof()

    @contextmanager
    def _ending_together(self) -> Iterator[None]:
        try:
            yield
        except OSError:  # one side is gone: so is the other
            self.reset()

    async def _next(self, source: asyncio.StreamReader) -> bytes:
        """What was said next; nothing at its end, which a stall holds back as well."""
        data = await source.read(PIECE)
        if self._line.lag:
            await asyncio.sleep(self._line.lag)
        await self.flowing.wait()
        return data

    async def _say(self, data: bytes, sink: asyncio.StreamWriter) -> None:
        self._last = time.monotonic()
        sink.write(data)
        await sink.drain()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(0.02)  # a patience may be set, and a word said, at any time
            patience = self._line.patience
            if patience is not None and time.monotonic() - self._last > patience:
                self.reset()
                self._line._hang_ups.release()
                return


@contextmanager
def line(target: int | Path) -> Iterator[Line]:
    """A line to a port of this machine, or to a Unix socket, for the time of a block."""
    one = Line(target)
    try:
        yield one
    finally:
        one.close()
