"""A server whose clock a test sets, on its own data or on a database that several share; it begins at once."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from server.clock import system_clock
from tests.faults.forking import Forked
from tests.faults.serving import SetClock


class ClockedServer(Forked):
    """The server, with a clock that can be set while it runs and while it does not."""

    def __init__(self, data: Path, database: str | None = None) -> None:
        self.clock = SetClock(data.with_suffix(".clock"))
        self.clock.set(system_clock())
        super().__init__(data, str(self.clock.file), *([database] if database else []))
        self.database = database or self.database

    def signal(self, number: signal.Signals) -> None:
        """Stop it for a while (SIGSTOP), or let it go on (SIGCONT)."""
        os.kill(self.pid, number)
