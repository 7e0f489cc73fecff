"""The virtual printer on a TCP port."""

import contextlib
import io
import os
import queue
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from printer.encoding.commands import CLEAR_BUFFER
from printer.virtual.faults import Faults
from printer.virtual.machine import BUFFER_BYTES, Machine, Ticket

_KEPT = 60  # pieces of paper in the tray
_RESET = struct.pack("ii", 1, 0)  # linger for no time: the other side sees the line break


class VirtualPrinter:
    """An ESC/POS printer that listens on TCP, one connection at a time, and keeps its tickets as pictures.

    `port` 0 takes a free one. `keep` is a folder where every ticket is also written as a PNG. `pace` and
    `buffer_bytes` as for Machine.
    Used with `with`, or started and closed.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        paper: int = 80,
        keep: Path | None = None,
        pace: int | None = 1600,
        buffer_bytes: int = BUFFER_BYTES,
    ) -> None:
        self.host, self.port, self.paper = host, port, paper
        self.tickets: list[Ticket] = []
        self._keep = keep
        self._machine = Machine(paper, self._answer, self._ticket, pace, buffer_bytes)
        self._changed = threading.Condition()
        self._watchers: list[queue.SimpleQueue[str]] = []
        self._listener: socket.socket | None = None
        self._connection: socket.socket | None = None
        self._closed = False
        self._threads: list[threading.Thread] = []
        self.connections = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Listens. Raises OSError when the port is taken."""
        if self._keep:
            self._keep.mkdir(parents=True, exist_ok=True)
        self._listen()
        self._machine.start()

    def close(self) -> None:
        """Switches off, and waits until it is off."""
        self._closed = True
        self._unlisten()
        self._hang_up()
        self._machine.close()
        for thread in self._threads:
            thread.join(5)

    @property
    def faults(self) -> Faults:
        """What is wrong now."""
        return self._machine.faults

    def set_faults(self, **changes: Any) -> Faults:
        """Changes what is wrong, by the names of Faults. Raises ValueError for what makes no sense."""
        before = self._machine.faults
        faults = before.changed(changes)
        if faults.refuse and not before.refuse:
            self._unlisten()
            self._hang_up()
        self._machine.set_faults(faults)
        if before.refuse and not faults.refuse:
            self._listen()
        self._tell()
        return faults

    def wait_for(self, condition: Callable[["VirtualPrinter"], bool], within: float = 10) -> bool:
        """Waits until the condition holds for this printer, looked at whenever a ticket comes or a fault changes."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self), within)

    @contextlib.contextmanager
    def watch(self) -> Iterator["queue.SimpleQueue[str]"]:
        """A queue that gets a word whenever something changed."""
        watcher: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._watchers.append(watcher)
        try:
            yield watcher
        finally:
            self._watchers.remove(watcher)

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()
        for watcher in list(self._watchers):
            watcher.put("changed")

    def _ticket(self, ticket: Ticket) -> None:
        if self._keep:
            stream = io.BytesIO()
            ticket.picture.save(stream, "PNG")
            path = self._keep / f"{ticket.at:%Y%m%d-%H%M%S}-{ticket.serial:04d}.png"
            path.write_bytes(stream.getvalue())
        self.tickets = [*self.tickets, ticket][-_KEPT:]
        self._tell()

    # The line

    def _listen(self) -> None:
        listener = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self.host, self.port))
            listener.listen(8)
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        self._listener = listener
        thread = threading.Thread(target=self._accept, args=(listener,), name="virtual-printer-line", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _unlisten(self) -> None:
        listener, self._listener = self._listener, None
        if listener:
            # A blocked accept holds the socket open: shutting it down wakes it. Some systems call that an error.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _hang_up(self) -> None:
        connection = self._connection
        if connection:
            with contextlib.suppress(OSError):  # it hung up first
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while self._listener is listener:
            try:
                connection, _ = listener.accept()
            except OSError:
                return  # closed: switched off, or refusing
            self.connections += 1
            self._connection = connection
            try:
                self._serve(connection)
            except OSError:
                pass  # a line that broke: hosts come and go, and a printer does not mind
            finally:
                self._connection = None
                connection.close()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received = 0
        while not self._closed:
            size = 4096
            if not self._machine.room(0.05):
                # As a real one does, it obeys a real-time command that comes next even when it can hold no more.
                size = 0 if self.faults.stall else _real_time_command(connection)
            broken = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if broken:
                # The kernel would still hand out what had arrived; a printer's small stack drops it with the line.
                raise OSError(broken, os.strerror(broken))
            if not size:
                continue
            limit = self.faults.drop_after
            data = connection.recv(size if limit is None else max(1, min(size, limit - received)))
            if not data:
                return
            received += len(data)
            self._machine.receive(data)
            if limit is not None and received >= limit:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                return

    def _answer(self, reply: bytes) -> None:
        connection = self._connection
        if connection and not self.faults.stall:
            with contextlib.suppress(OSError):  # whoever asked may have hung up meanwhile
                connection.sendall(reply)


def _real_time_command(connection: socket.socket) -> int:
    """How long the real-time command is that is next on the line; 0: there is none. Raises OSError: it broke."""
    try:
        ahead = connection.recv(len(CLEAR_BUFFER), socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return 0
    if not ahead:
        raise ConnectionResetError("the host hung up")
    if ahead == CLEAR_BUFFER:
        return len(CLEAR_BUFFER)
    return 3 if ahead[:2] == b"\x10\x04" and len(ahead) >= 3 else 0
