"""Printers on a serial line, opened by python-escpos."""

import contextlib
import os
import select
import time
from dataclasses import dataclass
from typing import Any

from printer.encoding.library import escpos
from printer.link.transport import LinkGone

_STEP_SECONDS = 0.02
_PORT_BYTES = 4096  # what a port may hold of what it took
_BITS = 11  # of a byte on the line, at most
_FAREWELL_SECONDS = 2.0  # beyond that


@dataclass(frozen=True)
class SerialPrinter:
    """A printer at a serial port; `flow` is how it says that its buffer is full."""

    address: str
    port: str
    baud: int = 9600
    bits: int = 8
    parity: str = "N"
    stop: int = 1
    flow: str = "dsrdtr"
    keeps: bool = False

    def connect(self) -> "SerialTransport":
        """Opens the port. Raises LinkGone."""
        library = escpos()
        line = library.Serial(
            devfile=self.port,
            baudrate=self.baud,
            bytesize=self.bits,
            parity=self.parity,
            stopbits=self.stop,
            timeout=0,
            xonxoff=self.flow == "xonxoff",
            dsrdtr=self.flow == "dsrdtr",
        )
        try:
            line.open()
            # Another agent on the same port would print into our tickets.
            line.device.exclusive = True
            line.device.rtscts = self.flow == "rtscts"
            # Writing never blocks: a port whose printer is off would hold the agent for ever.
            line.device.write_timeout = 0
            line.device.reset_input_buffer()
        except Exception as error:  # python-escpos, pyserial and termios each raise their own kinds
            if line.device:
                line.device.close()
            raise LinkGone(f"{self.port} cannot be opened: {str(error).strip().splitlines()[-1]}") from error
        return SerialTransport(line, _PORT_BYTES * _BITS / self.baud + _FAREWELL_SECONDS)


class SerialTransport:
    """An open port. Reading and writing are polled, since pyserial cannot wait for both."""

    def __init__(self, line: Any, farewell: float) -> None:
        self._line = line
        self._farewell = farewell
        self._ended = False

    def exchange(self, out: memoryview, wait: float) -> tuple[int, bytes]:
        """As the protocol says."""
        deadline = time.monotonic() + wait
        while True:
            try:
                heard = bytes(self._line.device.read(self._line.device.in_waiting))
                taken = int(self._line.device.write(bytes(out)) or 0) if out and self._takes() else 0
            except OSError as error:  # pyserial's errors are OSErrors
                raise LinkGone(f"the serial line is gone: {error}") from error
            if heard or taken or time.monotonic() >= deadline:
                return taken, heard
            time.sleep(_STEP_SECONDS)

    def _takes(self) -> bool:
        """Whether the port has room. Without any, pyserial 3.5 tries again for ever, whatever its timeout is."""
        return os.name != "posix" or bool(select.select([], [self._line.device], [], 0)[1])

    def pending(self) -> int:
        """What the port still holds."""
        try:
            return int(self._line.device.out_waiting)
        except OSError:
            return 0  # the line is gone; the next exchange says so

    def end_of_data(self) -> None:
        """Waits until the port has sent what it holds; a serial line has no end to tell."""
        deadline = time.monotonic() + self._farewell
        try:
            while self._line.device.out_waiting and time.monotonic() < deadline:
                time.sleep(_STEP_SECONDS)
            self._ended = True
        except OSError as error:
            raise LinkGone(f"the serial line is gone: {error}") from error

    def close(self) -> None:
        """Lets go of the port; without `end_of_data` before, what it still holds is thrown away."""
        # Unplugged, there is nothing left to let go of; pyserial and termios each say so in their own way.
        with contextlib.suppress(Exception):
            if not self._ended:
                self._line.device.reset_output_buffer()
        with contextlib.suppress(Exception):
            self._line.device.close()
