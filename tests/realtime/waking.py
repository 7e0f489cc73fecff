"""The lines of three servers to Redis, in a process of their own: `python -m tests.realtime.waking REDIS`.

They do what its standard input says ("one moved 7 42", "one ended") and say what they hear, a line each.
"""

from gevent import monkey

if __name__ == "__main__":
    monkey.patch_all()

import subprocess
import sys
import threading
from datetime import UTC, datetime
from typing import Self

from gevent.fileobject import FileObjectPosix

from server.domain.history.events import Event, EventType
from server.realtime import wakeups
from server.realtime.wakeups import Wakeups
from server.store.engines.transaction import Committed
from tests.journeys.client import eventually
from tests.journeys.giliran import ROOT

LINES = {"one": "ours", "other": "ours", "stranger": "theirs"}
"""Each line to Redis, and whose installation it belongs to."""


def main(redis: str) -> None:
    """Until the input ends."""
    wakeups.RETRY_SECONDS = wakeups.HEARTBEAT_SECONDS = wakeups.ANSWER_SECONDS = 0.2
    wakeups.SILENCE_SECONDS = 1.0
    lines = {name: line_of(name, redis, installation) for name, installation in LINES.items()}
    for line in lines.values():
        line.start()
    for order in FileObjectPosix(sys.stdin.fileno(), "r"):
        name, word, *numbers = str(order).split()
        if word == "moved":
            branch_id, seq = map(int, numbers)
            event = Event(seq, EventType.ISSUED, datetime.now(UTC), None, None, None, None, {})
            lines[name].committed([Committed(branch_id, "central", (event,))])
        elif word == "ended":
            lines[name].right_ended()
        else:
            print(name, "trouble:", lines[name].trouble, flush=True)
    for line in lines.values():
        line.close()


def line_of(name: str, redis: str, installation: str) -> Wakeups:
    """A line that says what it hears."""
    line = Wakeups(
        redis,
        installation,
        branch_moved=lambda branch_id, seq: print(name, "moved", branch_id, seq, flush=True),
        look_around=lambda: print(name, "looks", "in trouble" if line.trouble else "well", flush=True),
    )
    return line


class Waking:
    """That process; use as a context. `heard` has what it said so far."""

    def __init__(self, redis: str) -> None:
        self.heard: list[str] = []
        self._command = [sys.executable, "-m", "tests.realtime.waking", redis]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._reading = threading.Thread(target=self._read)
        self._reading.start()
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._reading.join(60)
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.heard.append(line.strip())

    def say(self, order: str) -> None:
        """Let one of them do something."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()

    def until(self, line: str) -> None:
        """Come back when one has said this."""
        eventually(lambda: self.heard, lambda heard: line in heard, 60)

    def until_it_is(self, name: str, trouble: str) -> None:
        """Come back when this one, asked for its trouble, says this."""
        before = len(self.heard)

        def asked() -> list[str]:
            self.say(f"{name} how")
            return self.heard[before:]

        eventually(asked, lambda said: f"{name} trouble: {trouble}" in said, 60)


if __name__ == "__main__":
    main(sys.argv[1])
