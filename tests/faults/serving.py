"""A server in a process of its own whose clock a test sets: `python -m tests.faults.serving DATA PORT CLOCK`."""

from gevent import monkey

if __name__ == "__main__":
    monkey.patch_all()

import json
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from server.app import build
from server.settings import Settings


@dataclass(frozen=True)
class SetClock:
    """A clock that goes on from the time that is written in a file, together with when that was written."""

    file: Path

    def __call__(self) -> datetime:
        told = json.loads(self.file.read_text())
        return datetime.fromisoformat(told["time"]) + timedelta(seconds=time.time() - told["at"])

    def set(self, now: datetime) -> None:
        """Make it this time now, for every process that reads the file."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps({"time": now.astimezone(UTC).isoformat(), "at": time.time()}))
        fresh.rename(self.file)

    def step(self, seconds: float) -> None:
        """Set it forward, or back."""
        self.set(self() + timedelta(seconds=seconds))


def main(data: Path, port: int, clock: SetClock) -> None:
    """Serve until SIGTERM."""
    application = build(Settings(host="127.0.0.1", port=port, data=data), clock=clock)
    application.listen()
    application.run_until_signal()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), SetClock(Path(sys.argv[3])))
