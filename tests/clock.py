"""A clock that moves only when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class HandClock:
    """Call it for the time; `forward` moves it."""

    def __init__(self, now: datetime = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)) -> None:
        self.now = now
        self.passed = 0.0

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float = 0, **more: float) -> datetime:
        """Move on and tell the new time."""
        gone = timedelta(seconds=seconds, **more)
        self.now += gone
        self.passed += gone.total_seconds()
        return self.now

    def seconds_passed(self) -> float:
        """What a clock that nobody can set shows; setting `now` does not move it."""
        return self.passed
