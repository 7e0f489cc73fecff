"""The demo's other processes: kept running while the demo does, and ended with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import gevent
from gevent.event import Event

STEADY_SECONDS = 60.0
"""Whoever ran this long is well; what went wrong before no longer counts."""
RESTARTS = 5
ENDS_WITHIN_SECONDS = 5.0
_LAST_WORDS = 4096


@dataclass
class Child:
    """A module that runs as a process of its own and ends with its parent; it is restarted a few times when it ends."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    """Variables beside those of the machine; of GILIRAN_… it sees these alone."""
    log: Path
    """Where its output goes; begun anew at every start of the demo."""
    say: Callable[[str], None]
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _ending: Event = field(default_factory=Event, init=False)

    def keep_running(self) -> None:
        """Start it, and again after it ended, until `end`. Gives up, and says so, when it keeps ending."""
        failures = 0
        self.log.write_bytes(b"")
        while not self._ending.is_set():
            began = monotonic()
            status = self._run()
            if self._ending.is_set():
                return
            failures = 1 if monotonic() - began >= STEADY_SECONDS else failures + 1
            why = f"the {self.name} ended with status {status}{self._last_words()}"
            if failures > RESTARTS:
                self.say(f"{why}. That happened {failures} times; it stays off. See {self.log}.")
                return
            self.say(f"{why}. Starting it again.")
            self._ending.wait(2 ** (failures - 1))

    def _run(self) -> int:
        variables = {k: v for k, v in os.environ.items() if not k.startswith("GILIRAN_")}
        with self.log.open("ab") as log:
            # a session of its own: Ctrl-C reaches the demo alone, which ends its children in order
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "server.demo.parent_watchdog", *self.command],
                env=variables | dict(self.environment),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self._process.wait()

    def _last_words(self) -> str:
        lines = self.log.read_bytes()[-_LAST_WORDS:].decode(errors="replace").strip().splitlines()
        return f": {lines[-1]}" if lines else ""

    def end(self) -> None:
        """Ask it to end, and wait; whoever does not is killed."""
        self._ending.set()
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(ENDS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class ProcessSupervisor:
    """All children of the demo."""

    def __init__(self) -> None:
        self._children: list[tuple[Child, gevent.Greenlet[[], None]]] = []

    def start(self, child: Child) -> None:
        """Keep this one running from now on."""
        self._children.append((child, gevent.spawn(child.keep_running)))

    def end(self) -> None:
        """End all, side by side, and wait until they have."""
        gevent.joinall([gevent.spawn(child.end) for child, _ in self._children])
        gevent.killall([greenlet for _, greenlet in self._children])
