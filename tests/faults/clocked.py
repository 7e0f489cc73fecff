"""A server whose clock a test sets, on its own data or on a database that several share."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.faults.serving import SetClock
from tests.journeys.giliran import Giliran


class ClockedServer(Giliran):
    """The server, with a clock that can be set while it runs and while it does not."""

    def __init__(self, data: Path, database: str | None = None) -> None:
        super().__init__(data)
        self.database = database or self.database
        self.clock = SetClock(data.with_suffix(".clock"))

    def _program(self) -> list[str]:
        words = [str(self.data), str(self.port), str(self.clock.file), *([self.database] if self.database else [])]
        return ["tests.faults.serving", *words]

    def signal(self, number: signal.Signals) -> None:
        """Stop it for a while (SIGSTOP), or let it go on (SIGCONT)."""
        os.kill(self.pid, number)
