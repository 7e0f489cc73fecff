"""A server's line to the others in a process of its own: `python -m tests.realtime.waking REDIS INSTALLATION`.

It does what its standard input says ("moved 7 42", "ended") and says what it hears, a line each.
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

from server.domain.events import Event, EventType
from server.realtime import wakeups
from server.realtime.wakeups import Wakeups
from server.store.transaction import Committed
from tests.journeys.client import eventually
from tests.journeys.giliran import ROOT


def main(redis: str, installation: str) -> None:
    """Until the input ends."""
    wakeups.AGAIN_SECONDS = wakeups.BEAT_SECONDS = wakeups.ANSWER_SECONDS = 0.2
    wakeups.SILENCE_SECONDS = 1.0
    line = Wakeups(
        redis,
        installation,
        branch_moved=lambda branch_id, seq: print("moved", branch_id, seq, flush=True),
        look_around=lambda: print("look", "in trouble" if line.trouble else "well", flush=True),
    )
    line.start()
    for order in FileObjectPosix(sys.stdin.fileno(), "r"):
        word, *numbers = str(order).split()
        if word == "moved":
            branch_id, seq = map(int, numbers)
            event = Event(seq, EventType.ISSUED, datetime.now(UTC), None, None, None, None, {})
            line.committed([Committed(branch_id, "central", (event,))])
        elif word == "ended":
            line.right_ended()
        else:
            print("trouble:", line.trouble, flush=True)
    line.close()


class Waking:
    """That process; use as a context. `heard` has what it said so far."""

    def __init__(self, redis: str, installation: str = "ours") -> None:
        self.heard: list[str] = []
        self._command = [sys.executable, "-m", "tests.realtime.waking", redis, installation]

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
        """Let it do something."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()

    def until(self, line: str) -> None:
        """Come back when it has said this."""
        eventually(lambda: self.heard, lambda heard: line in heard, 60)

    def until_it_is(self, trouble: str) -> None:
        """Come back when, asked for its trouble, it says this."""
        before = len(self.heard)

        def asked() -> list[str]:
            self.say("how")
            return self.heard[before:]

        eventually(asked, lambda said: f"trouble: {trouble}" in said, 60)


if __name__ == "__main__":
    main(*sys.argv[1:])
