"""Printers on the network: raw TCP, port 9100 unless told otherwise."""

import array
import selectors
import socket
import struct
import sys
import time
from dataclasses import dataclass

from printer.link.transport import HungUp, LinkGone

_READ_SIZE = 4096
_FAREWELL_SECONDS = 2.0
_LINE_BYTES = 16 * 1024  # what the kernel may hold of a ticket: more would count as sent long before it is
_DISCARD = struct.pack("ii", 1, 0)  # linger on, for no time


@dataclass(frozen=True)
class NetworkPrinter:
    """A printer at a TCP address; each job has its own connection, as most printers serve one at a time."""

    address: str
    host: str
    port: int
    connect_within: float = 5.0
    keeps: bool = False

    def connect(self) -> "SocketTransport":
        """Opens a connection. Raises LinkGone."""
        try:
            return SocketTransport(socket.create_connection((self.host, self.port), self.connect_within))
        except OSError as error:
            raise LinkGone(f"no connection to {self.host}:{self.port}: {_in_words(error)}") from error


class SocketTransport:
    """A TCP connection that never blocks: it reads while it writes, since a printer may do only one at a time."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LINE_BYTES)
        # A printer that is switched off says nothing; the kernel asks for us while we wait for paper.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
            if hasattr(socket, name):
                self._socket.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        self._ended = False
        self._broken: OSError | None = None
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ)

    def exchange(self, out: memoryview, wait: float) -> tuple[int, bytes]:
        """As the protocol says; the end of the stream is the printer hanging up."""
        if self._broken:
            raise LinkGone(f"the connection broke: {_in_words(self._broken)}") from self._broken
        interest = selectors.EVENT_READ | (selectors.EVENT_WRITE if out else 0)
        self._selector.modify(self._socket, interest)
        events = self._selector.select(wait)
        if not events:
            return 0, b""
        taken, heard = 0, b""
        try:
            if events[0][1] & selectors.EVENT_READ:
                heard = self._socket.recv(_READ_SIZE)
                if not heard:
                    raise HungUp("the printer closed the connection")
            if events[0][1] & selectors.EVENT_WRITE:
                taken = self._socket.send(out)
        except BlockingIOError:
            return taken, heard
        except OSError as error:
            if heard:
                self._broken = error  # what it said before it went may be the proof: that first
                return taken, heard
            raise LinkGone(f"the connection broke: {_in_words(error)}") from error
        return taken, heard

    def pending(self) -> int:
        """What the printer has not acknowledged yet; 0 where the system cannot say (SIOCOUTQ is Linux's)."""
        if sys.platform != "linux":
            return 0
        import fcntl
        import termios

        count = array.array("i", [0])
        try:
            fcntl.ioctl(self._socket, termios.TIOCOUTQ, count)
        except OSError:
            return 0  # the line is gone; the next exchange says so
        return count[0]

    def end_of_data(self) -> None:
        """Half-closes and reads to the end: a close with unread answers would reset what is still on its way."""
        deadline = time.monotonic() + _FAREWELL_SECONDS
        self._ended = True
        try:
            self._socket.shutdown(socket.SHUT_WR)
            self._selector.modify(self._socket, selectors.EVENT_READ)
            while (left := deadline - time.monotonic()) > 0:
                if self._selector.select(left) and not self._socket.recv(_READ_SIZE):
                    return
        except OSError as error:
            raise LinkGone(f"the connection broke: {_in_words(error)}") from error

    def close(self) -> None:
        """Lets go of the socket; without `end_of_data` before, what the printer has not read yet is thrown away."""
        if self._socket.fileno() != -1:
            if not self._ended:
                # Given up in the middle: what still waits in the line must not come out later.
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DISCARD)
            self._selector.close()
            self._socket.close()


def _in_words(error: OSError) -> str:
    return "timed out" if isinstance(error, TimeoutError) else (error.strerror or str(error)).lower()
