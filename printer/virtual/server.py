"""The virtual printer on a TCP port."""

import contextlib
import io
import os
import queue
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from PIL import Image

from printer.encoding.commands import CLEAR_BUFFER
from printer.virtual.adapter import Adapter
from printer.virtual.faults import Faults
from printer.virtual.machine import BUFFER_BYTES, Machine, Moment, Ticket
from printer.virtual.model import Model

_KEPT = 60  # pieces of paper in the tray
_RESET = struct.pack("ii", 1, 0)  # linger for no time: the other side sees the line break
_CHECK_SECONDS = 0.05  # between two looks at what is wrong, while nothing comes


class VirtualPrinter:
    """An ESC/POS printer that listens on TCP, one connection at a time, and keeps its tickets as pictures.

    `port` 0 takes a free one. `keep` is a folder where every ticket is also written as a PNG. `pace`,
    `buffer_bytes` and `model` as for Machine.
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
        model: Model | None = None,
    ) -> None:
        self.host, self.port, self.paper = host, port, paper
        self.tickets: list[Ticket] = []
        self._keep = keep
        self._machine = Machine(paper, self._answer, self._ticket, pace, buffer_bytes, model)
        self._adapter = Adapter(self._machine.receive)
        self._changed = threading.Condition()
        self._resting = threading.Event()  # set when it is switched off
        self._watchers: list[queue.SimpleQueue[str]] = []
        self._listener: socket.socket | None = None
        self._plug = _Plug()
        self._connection: socket.socket | None = None
        self._unsaid = b""  # while the cable is out; the line sends it when it is back
        self._break: bool | None = None  # True: reset what is connected, False: end it in order
        self._wake: socket.socket | None = None
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
        self._wake, self._woken = socket.socketpair()
        try:
            self._listen()
        except OSError:
            self._sleep()
            raise
        self._machine.start()

    def close(self) -> None:
        """Switches off, and waits until it is off."""
        self._closed = True
        self._resting.set()
        self._plug.pull()
        self._unlisten()
        self.drop()
        self._adapter.close()
        self._machine.close()
        for thread in self._threads:
            thread.join(5)
        self._sleep()

    def _sleep(self) -> None:
        if self._wake:
            self._wake.close()
            self._woken.close()
            self._wake = None

    @property
    def faults(self) -> Faults:
        """What is wrong now."""
        return self._machine.faults

    @property
    def hanging(self) -> Image.Image | None:
        """The paper that hangs out and was not cut off, when there is ink on it."""
        return self._machine.hanging

    def set_faults(self, **changes: Any) -> Faults:
        """Changes what is wrong, by the names of Faults. Raises ValueError for what makes no sense."""
        with self._changed:  # whoever waits for a fault sees it when the port is as the fault has it, not before
            before = self._machine.faults
            faults = before.changed(changes)
            if before.off and not faults.off:
                self.drop()  # it knows nothing of the line that was open when it lost its power
            self._machine.set_faults(faults)
            if _port(faults) != _port(before):
                self._turn(faults)
            if before.unreachable and not faults.unreachable:
                unsaid, self._unsaid = self._unsaid, b""
                self._answer(unsaid)
            self._tell()
        return faults

    def _turn(self, faults: Faults) -> None:
        """Makes the port look as these faults have it."""
        self._plug.pull()
        self._unlisten()
        if faults.refuse:
            self.drop()
        elif faults.off or faults.unreachable:
            self._plug.fill(self.host, self.port)
        else:
            self._listen()

    def drop(self, *, reset: bool = True) -> None:
        """Breaks the connection there is now: with a reset, or in order."""
        self._break = reset
        if self._wake:
            self._wake.send(b"!")

    def say(self, reply: bytes) -> None:
        """Says something to whoever is connected, asked or not."""
        self._answer(reply)

    def when(self, moment: Moment, count: int, then: Callable[[], object]) -> None:
        """Calls `then` once, at the moment when that has happened `count` more times, and before anything else does."""
        self._machine.when(moment, count, then)

    def forget_plans(self) -> None:
        """Nothing that was planned happens any more."""
        self._machine.forget_plans()

    def wait_for(self, condition: Callable[["VirtualPrinter"], bool], within: float = 60) -> bool:
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

    def _accept(self, listener: socket.socket) -> None:
        while self._listener is listener:
            try:
                connection, _ = listener.accept()
            except OSError:
                return  # closed: switched off, or refusing
            self.connections += 1
            self._tell()
            self._break = None
            self._connection = connection
            alone = self.faults.alone
            if alone:
                self._unlisten()
            try:
                self._serve(connection)
            except OSError:
                pass  # a line that broke: hosts come and go, and a printer does not mind
            finally:
                self._connection = None
                connection.close()
                self._machine.hung_up()
            if alone or self.faults.refuse_after:
                self._rest(self.faults.refuse_after or 0.0)
                return

    def _rest(self, seconds: float) -> None:
        """Refuses connections for so long after one, and listens again."""
        self._unlisten()
        self._resting.wait(seconds)
        with self._changed:
            if not self._closed and self._listener is None and _port(self.faults) == "open":
                self._listen()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received, moved_at = 0, time.monotonic()
        while not self._closed:
            faults = self.faults
            idle = faults.idle_close is not None and time.monotonic() - moved_at > faults.idle_close
            limit = faults.drop_after
            dropped = limit is not None and received >= limit
            if self._break is not None or dropped or idle:
                in_order = self._break is False or (self._break is None and (idle or faults.hang_up))
                _end(connection, in_order, lambda: self._closed)
                return
            size = 4096
            if not self._machine.room(_CHECK_SECONDS):
                # As a real one does, it obeys a real-time command that comes next even when it can hold no more.
                size = 0 if faults.deaf else _real_time_command(connection)
            if not faults.deaf:
                broken = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if broken:
                    # The kernel would still hand out what had arrived; a printer's small stack drops it with the line.
                    raise OSError(broken, os.strerror(broken))
            if not size:
                continue
            readable, _, _ = select.select([connection, self._woken], [], [], _CHECK_SECONDS)
            if self._woken in readable:
                self._woken.recv(64)  # something changed: look again
            if connection not in readable or self._break is not None:
                continue
            if limit is not None:
                size = min(size, limit - received)
            data = self._read(connection, size, faults.rate)
            if not data:
                return
            if self.faults.off or self._break is not None:
                continue  # the power or the line went while these bytes were on their way
            received, moved_at = received + len(data), time.monotonic()
            self._pass_on(data)

    def _pass_on(self, data: bytes) -> None:
        """Gives the machine what came, by way of the adapter where there is one."""
        faults = self.faults
        if faults.adapter:
            self._adapter.take(data, faults.adapter, overtakes=faults.overtakes)
        else:
            self._machine.receive(data)

    def _read(self, connection: socket.socket, size: int, rate: int | None) -> bytes:
        """At most so many bytes, at so many a second; nothing when the host has hung up."""
        if rate is not None:
            size = max(1, min(size, rate // 20))
            time.sleep(size / rate)
        return connection.recv(self._machine.appetite(size))

    def _answer(self, reply: bytes) -> None:
        if self.faults.unreachable:
            self._unsaid += reply
            return
        connection = self._connection
        if connection and reply and self._break is None:  # what breaks the line breaks it before another word
            with contextlib.suppress(OSError):  # whoever asked may have hung up meanwhile
                connection.sendall(reply)


def _port(faults: Faults) -> str:
    """How the port looks from outside."""
    return "closed" if faults.refuse else "silent" if faults.off or faults.unreachable else "open"


def _end(connection: socket.socket, in_order: bool, closing: Callable[[], bool]) -> None:
    """Ends a connection: reset, or by the end of our stream; what still comes after that is not obeyed."""
    if not in_order:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        return
    connection.shutdown(socket.SHUT_WR)
    while not closing():
        if select.select([connection], [], [], _CHECK_SECONDS)[0] and not connection.recv(4096):
            return


class _Plug:
    """Holds a port in a way that whoever connects hears nothing: its queue of waiting connections is full."""

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    def fill(self, host: str, port: int) -> None:
        """Begins to hold the port. Raises OSError when it is taken."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family)
        self._held.append(listener)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(0)
        for _ in range(3):  # the queue is a little longer than was asked for
            waiting = socket.socket(family)
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1" if host == "0.0.0.0" else host, port))  # noqa: S104
            self._held.append(waiting)

    def pull(self) -> None:
        """Lets go of the port."""
        for held in self._held:
            held.close()
        self._held.clear()


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
