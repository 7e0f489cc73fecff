"""Programs that are kept running until they are told to end."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0
"""Seconds of running after which a program is taken to be well again."""


class Program(Protocol):
    """A program that needs more than a command: things to be put right before a start, a look while it runs."""

    def prepare(self) -> tuple[Sequence[str], Sequence[int]]:
        """What to run now, and which descriptors it inherits. Raises OSError where it cannot be started now."""

    def started(self, now: float, group: int) -> None:
        """It was started, as this group of processes."""

    def look(self, now: float) -> str | None:
        """Why it must be ended and started again, such as "does not answer"; None where all is well."""

    def ended(self, now: float) -> None:
        """It has ended, or could not be started. May come without `started`."""


@dataclass(frozen=True)
class Command:
    """A program that is nothing but its command."""

    words: Sequence[str]

    def prepare(self) -> tuple[Sequence[str], Sequence[int]]:
        return self.words, ()

    def started(self, now: float, group: int) -> None:
        pass

    def look(self, now: float) -> str | None:
        return None

    def ended(self, now: float) -> None:
        pass


@dataclass
class Child:
    """A program that is started again whenever it ends, after a pause that doubles while it keeps ending.

    Times are seconds of one monotonic clock, handed in by the caller.
    """

    name: str
    program: Program
    environment: Mapping[str, str]
    say: Callable[[str], None]
    """Takes one line, when it ended."""
    patience: float
    """Seconds it may take to end in good order."""
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _started_at: float = field(default=0.0, init=False)
    _start_at: float = field(default=0.0, init=False)
    _pause: float = field(default=FIRST_PAUSE, init=False)

    @property
    def pid(self) -> int | None:
        """The process's id, which is its group's too; None while it does not run."""
        return None if self._process is None else self._process.pid

    def tend(self, now: float) -> None:
        """Starts the program if it is due, and notices if it has ended."""
        if self._process is None:
            if now >= self._start_at:
                self._start(now)
        elif (status := self._process.poll()) is not None:
            self._end(now, f"ended with status {status}")
        elif reason := self.program.look(now):
            self._end(now, reason)

    def _end(self, now: float, reason: str) -> None:
        self.kill()
        self.program.ended(now)
        self._put_off(now, reason)

    def _start(self, now: float) -> None:
        # A session of its own: Ctrl-C reaches the launcher alone, which ends its children in order,
        # and a browser's many processes are one group that can be ended together.
        try:
            command, descriptors = self.program.prepare()
            self._process = subprocess.Popen(
                command, env=self.environment, start_new_session=True, pass_fds=tuple(descriptors)
            )
        except OSError as error:
            self.program.ended(now)
            self._put_off(now, f"cannot be started: {error}")
        else:
            self._started_at = now
            self.program.started(now, self._process.pid)

    def _put_off(self, now: float, reason: str) -> None:
        if now - self._started_at >= STEADY_AFTER:
            self._pause = FIRST_PAUSE
        self.say(f"the {self.name} {reason}; starting it again in {self._pause:.0f} s")
        self._start_at = now + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def ask_to_end(self) -> None:
        """Asks the program and all that it started to end."""
        self._signal(signal.SIGTERM)

    def end(self) -> None:
        """Waits until the program has ended, and ends it by force when its patience is over."""
        if self._process is not None:
            try:
                self._process.wait(self.patience)
            except subprocess.TimeoutExpired:
                self.say(f"the {self.name} does not end by itself and is killed")
            self.kill()

    def kill(self) -> None:
        """Ends the program and whatever it left behind, at once."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            try:
                os.killpg(self._process.pid, number)
            except ProcessLookupError:
                return  # it has ended, and left nobody behind


def keep(children: Sequence[Child], stop: threading.Event) -> None:
    """Keeps all of them running until `stop`, then ends them, all that they started included."""
    try:
        while not stop.is_set():
            for child in children:
                child.tend(time.monotonic())
            stop.wait(0.2)
        for child in children:
            child.ask_to_end()
        for child in children:
            child.end()
    finally:
        for child in children:
            child.kill()
