"""A ticket printer of our own on a TCP port: it reads ESC/POS, keeps what it prints, and answers status requests.

It knows what a common network printer knows: raster images (GS v 0), feeds, cuts, real-time status (DLE EOT n),
the answer that everything before it is printed (GS ( H function 48), GS r, and its whole status when automatic
status (GS a) is switched on.
"""

import queue
import socket
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

ESC, GS, DLE, EOT, DC4 = 0x1B, 0x1D, 0x10, 0x04, 0x14
ESC_OPERANDS = {ord(letter): 1 for letter in "adJtR!3EMG-VS{ r p=c"} | {ord("@"): 0, ord("2"): 0, ord("p"): 3}
GS_OPERANDS = {ord(letter): 1 for letter in "!BaIrhwfHb"} | {ord("L"): 2, ord("W"): 2, ord("P"): 2}
FINE = 0x12
OUT_OF_PAPER = {1: FINE | 0x08, 2: FINE | 0x20, 4: FINE | 0x60}
"""What an empty printer answers to each DLE EOT: off line, stopped at the paper's end, no paper at its sensors."""


@dataclass
class Paper:
    """One ticket between two cuts: its raster rows, each a byte string of eight dots a byte, and any plain text."""

    rows: list[bytes] = field(default_factory=list)
    text: bytes = b""

    @property
    def dots(self) -> int:
        """How many dots are black."""
        return sum(int.from_bytes(row).bit_count() for row in self.rows)


class PaperPrinter:
    """Listens on `port` while it is used as a context; `papers` receives each ticket when it is cut."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.papers: queue.Queue[Paper] = queue.Queue()
        self.proofs: list[bytes] = []
        self.has_paper = True
        self._connections: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            connection.close()
        self._thread.join(60)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # the context has ended
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            _Job(connection, self).read()
        except OSError:
            pass  # the other side, or the end of the context, closed it
        finally:
            connection.close()


class _Job:
    """The bytes of one connection, command by command."""

    def __init__(self, connection: socket.socket, printer: PaperPrinter) -> None:
        self._connection = connection
        self._stream = connection.makefile("rb")
        self._printer = printer
        self._paper = Paper()

    def read(self) -> None:
        with self._stream:
            while first := self._stream.read(1):
                if first[0] == DLE:
                    self._real_time()
                elif first[0] == ESC:
                    self._take(ESC_OPERANDS[self._take(1)[0]])
                elif first[0] == GS:
                    self._gs(self._take(1)[0])
                else:
                    self._paper.text += first

    def _take(self, count: int) -> bytes:
        taken = self._stream.read(count)
        if len(taken) < count:
            raise ConnectionResetError("the job ended within a command")
        return taken

    def _real_time(self) -> None:
        command = self._take(1)[0]
        if command == EOT:
            asked = self._take(1)[0]
            answer = FINE if self._printer.has_paper else OUT_OF_PAPER.get(asked, FINE)
            self._connection.sendall(bytes([answer]))
        elif command == DC4:
            self._take({1: 2, 2: 2, 8: 7}[self._take(1)[0]])

    def _gs(self, command: int) -> None:
        if command == ord("v"):
            self._raster()
        elif command == ord("("):
            self._block(self._take(1)[0])
        elif command == ord("V"):
            self._cut(self._take(1)[0])
        else:
            operands = self._take(GS_OPERANDS[command])
            if command == ord("r"):
                self._connection.sendall(b"\x00")
            elif command == ord("a") and operands[0]:
                self._connection.sendall(bytes([0x10, 0, 0 if self._printer.has_paper else 0x0C, 0]))
            elif command == ord("I"):
                self._connection.sendall(b"_PAPER\x00" if operands[0] >= 65 else b"\x00")

    def _raster(self) -> None:
        _, _, low, high, rows_low, rows_high = self._take(6)
        width = low + 256 * high
        self._paper.rows += [self._take(width) for _ in range(rows_low + 256 * rows_high)]

    def _block(self, kind: int) -> None:
        low, high = self._take(2)
        data = self._take(low + 256 * high)
        if kind == ord("H") and data[0] == 48:
            self._printer.proofs.append(data[2:6])
            self._connection.sendall(b"\x37\x22" + data[2:6] + b"\x00")

    def _cut(self, mode: int) -> None:
        if mode >= 65:
            self._take(1)
        if self._paper.rows or self._paper.text.strip(b"\x00\n"):
            self._printer.papers.put(self._paper)
        self._paper = Paper()
