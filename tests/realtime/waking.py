"""Three servers' connections to Redis in a separate process: `python -m tests.realtime.waking REDIS`.

They follow commands on standard input ("one moved 7 42", "one ended"), and print what they receive, a line each.
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

SERVERS = {"one": "ours", "other": "ours", "stranger": "theirs"}
"""The installation of each connection."""


def main(redis: str) -> None:
    """Run until the input ends."""
    wakeups.RETRY_SECONDS = wakeups.HEARTBEAT_SECONDS = wakeups.ANSWER_SECONDS = 0.2
    wakeups.SILENCE_SECONDS = 1.0
    connections = {name: connect(name, redis, installation) for name, installation in SERVERS.items()}
    for connection in connections.values():
        connection.start()
    for command in FileObjectPosix(sys.stdin.fileno(), "r"):
        name, word, *numbers = str(command).split()
        if word == "moved":
            branch_id, seq = map(int, numbers)
            event = Event(seq, EventType.ISSUED, datetime.now(UTC), None, None, None, None, {})
            connections[name].committed([Committed(branch_id, "central", (event,))])
        elif word == "ended":
            connections[name].right_ended()
        else:
            print(name, "trouble:", connections[name].trouble, flush=True)
    for connection in connections.values():
        connection.close()


def connect(name: str, redis: str, installation: str) -> Wakeups:
    """Return a connection that prints what it receives."""
    connection = Wakeups(
        redis,
        installation,
        branch_moved=lambda branch_id, seq: print(name, "moved", branch_id, seq, flush=True),
        look_around=lambda: print(name, "looks", "in trouble" if connection.trouble else "well", flush=True),
    )
    return connection


class WakeupProcess:
    """That process; use as a context. `output` has the lines that it has printed."""

    def __init__(self, redis: str) -> None:
        self.output: list[str] = []
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
            self.output.append(line.strip())

    def send(self, command: str) -> None:
        """Send a command to one of the connections."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()

    def until(self, line: str) -> None:
        """Wait until this line is printed."""
        eventually(lambda: self.output, lambda output: line in output, 60)

    def until_it_is(self, name: str, trouble: str) -> None:
        """Wait until this connection, asked for its trouble, prints this."""
        before = len(self.output)

        def answers() -> list[str]:
            self.send(f"{name} how")
            return self.output[before:]

        eventually(answers, lambda lines: f"{name} trouble: {trouble}" in lines, 60)


if __name__ == "__main__":
    main(sys.argv[1])
