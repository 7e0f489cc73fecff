"""From the touch on the kiosk to the first byte of the picture at the TCP printer, with a print agent of its own.

The touch is the kiosk's request for a number. The reference is what cannot be left out: one such request, answered; two
round trips on loopback, for the printer's answer and the agent's word; the picture drawn and packed. Both alternate.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from benchmarks import branch, clients, picture
from benchmarks.table import Row, more_by_at_most
from printer.encoding import encode_picture
from printer.layout import draw

TINY = {"rounds": 2}
PATIENCE = 30

_PICTURE, _READY = b"\x1dv0", b"\x12"
_QUESTION, _PROOF = b"\x10\x04", b"\x1d(H\x06\x00\x30\x30"
_TELL_CHANGES, _SENSOR, _CUT = b"\x1da\x0e", b"\x1dr\x01", b"\x1dVB\x00"
_STATUS, _PAPER_THERE = b"\x10\x00\x00\x00", b"\x00"


class Paper:
    """A printer on TCP that is always ready, answers at once, and notes when the first band of a picture came."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._changed = threading.Condition()
        self._began: float | None = None
        self._done = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def first_byte(self) -> float:
        """When the picture's first byte came; waits until the ticket is proven, so that the agent is idle again."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._began and self._done, PATIENCE), "no ticket came"
            began, self._began, self._done = self._began, None, False
        assert began is not None
        return began

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with closing(line):
                self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        heard, answered, began, sensed = b"", 0, False, 0
        while more := line.recv(1 << 16):
            now = time.perf_counter()
            heard += more
            asked = heard.count(_QUESTION)
            line.sendall(_READY * (asked - answered))
            answered = asked
            if _TELL_CHANGES in more:
                line.sendall(_STATUS)
            sensors = heard.count(_SENSOR)
            line.sendall(_PAPER_THERE * (sensors - sensed))
            sensed = sensors
            if not began and _PICTURE in heard:
                began = True
                with self._changed:
                    self._began = now
            name = heard.rpartition(_PROOF)[2][:4]
            if _PROOF not in heard or len(name) < 4:
                continue
            line.sendall(b"\x37\x22" + name + b"\0")
            # a first ticket is asked for a name before its cut, too
            if _CUT in heard[heard.rfind(_PICTURE) :]:
                heard, answered, began, sensed = b"", 0, False, 0
                with self._changed:
                    self._done = True
                    self._changed.notify_all()


class Echo:
    """A line on loopback that says everything back."""

    def __init__(self) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        self._line = socket.create_connection(listener.getsockname())
        self._far, _ = listener.accept()
        listener.close()
        for end in (self._line, self._far):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=self._say_back, daemon=True).start()

    def round_trip(self) -> None:
        """There and back."""
        self._line.sendall(_QUESTION)
        assert self._line.recv(16)

    def close(self) -> None:
        """End it."""
        self._line.close()

    def _say_back(self) -> None:
        with closing(self._far):
            while heard := self._far.recv(16):
                self._far.sendall(heard)


@contextmanager
def agent(served: branch.Served, port: int) -> Iterator[int]:
    """The print agent of the branch's printer, which is at that port; gives its process id."""
    with TemporaryDirectory(prefix="giliran-bench-") as name:
        command = [sys.executable, "-m", "printer", "--server", f"http://127.0.0.1:{served.port}"]
        environment = os.environ | {"GILIRAN_TOKEN": served.tokens["printer"], "XDG_STATE_HOME": name}
        process = subprocess.Popen(
            [*command, "--device", f"network://127.0.0.1:{port}"], env=environment, stderr=subprocess.DEVNULL
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(PATIENCE)


def rows(*, rounds: int = 40) -> Iterator[Row]:
    """One touch after another, each when the paper of the one before is out."""
    ours, reference = [], []
    with ExitStack() as stack:
        served = stack.enter_context(branch.fresh())
        paper, echo = stack.enter_context(Paper()), stack.enter_context(closing(Echo()))
        stack.enter_context(agent(served, paper.port))
        kiosk = stack.enter_context(clients.Clients(served.port, 1))
        body = json.dumps({"service": "A", "language": "id"}).encode()
        for turn, key in zip(range(-3, rounds), clients.keys()):  # noqa: B905 - the keys have no end
            path = f"/api/v1/branches/{branch.SLUG}/tickets"
            request = clients.post(path, served.tokens["kiosk"], body, f"Idempotency-Key: {key}")
            touched = time.perf_counter()
            answered = kiosk.send(1, lambda _, request=request: request, b"201").seconds  # type: ignore[misc]
            first_byte = paper.first_byte()
            ticket, began = picture.content(max(turn, 0)), time.perf_counter()
            echo.round_trip()
            echo.round_trip()
            encode_picture(draw(ticket, picture.PAPER))
            if turn >= 0:  # the first ones read the fonts
                ours.append((first_byte - touched) * 1000)
                reference.append((answered + time.perf_counter() - began) * 1000)
    yield Row("touch on the kiosk → first raster byte at the printer", "ms", ours, reference, more_by_at_most(30))
