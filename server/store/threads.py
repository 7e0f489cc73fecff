"""Where blocking work runs: the composition root brings threads beside the hub, commands and tests need none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

R = TypeVar("R")


class Threads(Protocol):
    """Runs blocking work off the hub; the composition root brings gevent's, commands and tests run it in place."""

    def run(self, work: Callable[[], R]) -> R:
        """`work()` on a thread of the pool; the caller waits without blocking others."""

    def start(self, work: Callable[[], None]) -> None:
        """Begin `work` beside the caller, without waiting for it."""

    def finish(self) -> None:
        """Come back when no thread works any more."""


class InPlace:
    """Threads for commands and tests: there is no hub to protect."""

    def run(self, work: Callable[[], R]) -> R:
        return work()

    def start(self, work: Callable[[], None]) -> None:
        work()

    def finish(self) -> None:
        pass  # what runs in place has run
