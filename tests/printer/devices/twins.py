"""The virtual printer behind lines other than TCP: a pseudo-terminal, and what pyusb calls a backend.

A twin does what `VirtualPrinter` does, as far as such a line knows it, so that one table of faults can be played over
all lines. Its break is the plug pulled out; put right, it is in again.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import tty
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from PIL import Image

from printer.virtual import Faults, Moment, Ticket
from printer.virtual.machine import Machine


class Twin(ABC):
    """A machine and its paper; what carries its bytes is the subclass's. Used with `with`."""

    def __init__(self, paper: int, buffer_bytes: int = 65_536) -> None:
        self.tickets: list[Ticket] = []
        self.plugged = False
        self._changed = threading.Condition()
        self._machine = Machine(paper, self._answer, self._ticket, None, buffer_bytes)

    def __enter__(self) -> Self:
        self._machine.start()
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()
        self._machine.close()

    @abstractmethod
    def plug(self) -> None:
        """Puts the plug in."""

    @abstractmethod
    def unplug(self) -> None:
        """Pulls the plug out; what is on the line is lost."""

    @abstractmethod
    def _answer(self, reply: bytes) -> None: ...

    @property
    def faults(self) -> Faults:
        return self._machine.faults

    @property
    def hanging(self) -> Image.Image | None:
        return self._machine.hanging

    def set_faults(self, **changes: Any) -> None:
        self._machine.set_faults(self.faults.changed(changes))
        if not self.faults.unreachable and not self.plugged:
            self.plug()
        elif self.faults.unreachable and self.plugged:
            self.unplug()
        self._tell()

    def drop(self, *, reset: bool = True) -> None:
        """The plug is out at once, until something is put right."""
        self.unplug()

    def when(self, moment: Moment, count: int, then: Callable[[], object]) -> None:
        self._machine.when(moment, count, then)

    def forget_plans(self) -> None:
        self._machine.forget_plans()

    def say(self, reply: bytes) -> None:
        self._answer(reply)

    def wait_for(self, condition: Callable[[Any], bool], within: float = 60) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: condition(self), within)

    def _ticket(self, ticket: Ticket) -> None:
        self.tickets.append(ticket)
        self._tell()

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()


class SerialTwin(Twin):
    """On a pseudo-terminal, which is found under `port`: a link, as udev makes one."""

    def __init__(self, port: Path, paper: int, buffer_bytes: int = 65_536) -> None:
        super().__init__(paper, buffer_bytes)
        self.port = port
        self._host = -1
        self._reading: threading.Thread | None = None

    def plug(self) -> None:
        self._host, line = os.openpty()
        tty.setraw(self._host)
        tty.setraw(line)
        self.port.unlink(missing_ok=True)
        self.port.symlink_to(os.ttyname(line))
        self.plugged = True
        self._reading = threading.Thread(target=self._read, args=(self._host, line), daemon=True)
        self._reading.start()

    def unplug(self) -> None:
        self.plugged = False
        self.port.unlink(missing_ok=True)
        if self._reading and self._reading is not threading.current_thread():
            self._reading.join(60)

    def _read(self, host: int, line: int) -> None:
        """Ends when it is unplugged; the terminal hangs up by that."""
        try:
            while self.plugged and host == self._host:
                deaf = not self._machine.room(0.02) and not self.faults.off
                if deaf or not select.select([host], [], [], 0.02)[0]:
                    continue
                data = os.read(host, self._machine.appetite(1024))
                if not self.faults.off:  # without power, what comes is heard by nobody
                    self._machine.receive(data)
        finally:
            os.close(line)
            os.close(host)

    def _answer(self, reply: bytes) -> None:
        if self.plugged:
            with contextlib.suppress(OSError):  # unplugged meanwhile
                os.write(self._host, reply)
