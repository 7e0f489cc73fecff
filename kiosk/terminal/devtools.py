"""A browser's DevTools over a pipe that the browser inherits: no port is open, so nobody else can use it.

Messages are JSON, each ended by a zero byte; the browser reads them from its descriptor 3 and writes to 4
(Chromium, `--remote-debugging-pipe`). The browser ends when the pipe is closed, so a launcher that is killed
leaves none behind.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

SWITCH = "--remote-debugging-pipe"

# `subprocess` hands descriptors over under their own numbers. They are moved out of the way first, since either may
# be 3 or 4 already.
_EXEC = """
import fcntl, os, sys
given = [int(number) for number in sys.argv[1:3]]
aside = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, 10) for number in given]
for number in given:
    os.close(number)
for number, wanted in zip(aside, (3, 4)):
    os.dup2(number, wanted)
os.execvp(sys.argv[3], sys.argv[3:])
"""


class DevTools:
    """One browser's pipe. Neither `send` nor `receive` waits for the browser."""

    def __init__(self) -> None:
        browser_reads, self._write = os.pipe()
        self._read, browser_writes = os.pipe()
        for mine in (self._read, self._write):
            os.set_blocking(mine, False)
        self.descriptors = (browser_reads, browser_writes)
        """What the browser inherits."""
        self.open = True
        """False once the browser has closed its end."""
        self._count = 0
        self._received = b""

    def command(self, command: Sequence[str]) -> list[str]:
        """The command that runs `command` with the pipe where Chromium looks for it."""
        program, *arguments = command
        return [sys.executable, "-I", "-c", _EXEC, *map(str, self.descriptors), program, SWITCH, *arguments]

    def hand_over(self) -> None:
        """Close the browser's ends here, once it has inherited them."""
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = (-1, -1)

    def send(self, method: str, session: str | None = None, **parameters: object) -> int:
        """Send a command and return its number, under which the answer will come.

        A browser that reads nothing any more, or has ended, gives no answer; that is all that is to be seen of it.
        """
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        try:
            # Far less than PIPE_BUF, so it is written whole or not at all.
            os.write(self._write, json.dumps(message).encode() + b"\0")
        except (BlockingIOError, BrokenPipeError):
            return self._count
        return self._count

    def receive(self) -> list[dict[str, Any]]:
        """All messages that have come whole since the last time."""
        while self.open:
            try:
                part = os.read(self._read, 65536)
            except BlockingIOError:
                break
            self.open = bool(part)
            self._received += part
        *whole, self._received = self._received.split(b"\0")
        return [json.loads(message) for message in whole]

    def close(self) -> None:
        """Close the pipe; a browser that still runs ends."""
        for descriptor in (self._read, self._write, *self.descriptors):
            if descriptor >= 0:
                os.close(descriptor)
        self._read = self._write = -1
        self.descriptors = (-1, -1)
        self.open = False
