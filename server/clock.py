"""The only clock. The composition root and the commands hand it down; below them time is an argument."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from server.domain.calendar.clock_jump import JUMP, ClockJump

log = structlog.get_logger()


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def seconds_passed() -> float:
    """Seconds since some moment, by a clock that nobody can set; on Linux it counts a machine's sleep too."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class JumpWatch:
    """Notices when the clock is put ahead while this process runs. Call it often; it returns the last jump."""

    def __init__(self, clock: Callable[[], datetime], passed: Callable[[], float]) -> None:
        self._clock = clock
        self._passed = passed
        self._seen = clock(), passed()
        self._last: ClockJump | None = None

    def __call__(self) -> ClockJump | None:
        """The last jump so far; None before the first."""
        now, passed = self._clock(), self._passed()
        # no lock: whoever looks at the same time finds the same jump
        (before, since), self._seen = self._seen, (now, passed)
        expected = before + timedelta(seconds=passed - since)
        if now - expected > JUMP:
            self._last = ClockJump(expected, now)
            log.warning("clock_put_ahead", expected=expected.isoformat(), shows=now.isoformat())
        return self._last
