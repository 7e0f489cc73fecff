"""A clock that moves only when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class HandClock:
    """Call it for the time; `forward` lets time pass. Setting `now` sets the wall clock alone, as people do."""

    def __init__(self, now: datetime = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)) -> None:
        self.now = now
        self._seconds = 1000.0

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float = 0, **more: float) -> datetime:
        """Move on and tell the new time."""
        passed = timedelta(seconds=seconds, **more)
        self.now += passed
        self._seconds += passed.total_seconds()
        return self.now

    def monotonic(self) -> float:
        """Seconds that no setting of the wall clock changes."""
        return self._seconds
