"""A box on the line to a printer: it takes all that comes at once, and passes it on slowly."""

import threading
from collections.abc import Callable

from printer.encoding.commands import CLEAR_BUFFER

_STEP_SECONDS = 0.02


class Adapter:
    """Passes bytes on at so many a second, in their order; with `overtakes` real-time commands pass ahead."""

    def __init__(self, receive: Callable[[bytes], None]) -> None:
        self._receive = receive
        self._held = bytearray()
        self._rate = 1
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None

    def take(self, data: bytes, rate: int, *, overtakes: bool) -> None:
        """Takes bytes from the host, to be passed on at this rate."""
        ahead: list[bytes] = []
        with self._changed:
            self._rate = rate
            if overtakes and CLEAR_BUFFER in data:
                ahead.append(CLEAR_BUFFER)
                self._held.clear()
                data = data.partition(CLEAR_BUFFER)[2]
            # A host sends a question alone, or behind what it does not have to wait for.
            if overtakes and data[-3:-1] == b"\x10\x04":
                ahead.append(data[-3:])
                data = data[:-3]
            self._held += data
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._pass_on, name="virtual-printer-adapter", daemon=True)
                self._thread.start()
        for command in ahead:
            self._receive(command)

    def close(self) -> None:
        """Passes nothing on any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread:
            self._thread.join(5)

    def _pass_on(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._held)
                if self._closed:
                    return
                size = max(1, round(self._rate * _STEP_SECONDS))
                step = bytes(self._held[:size])
                del self._held[:size]
                self._changed.wait_for(lambda: self._closed, len(step) / self._rate)
            self._receive(step)
