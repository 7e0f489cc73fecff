"""Where blocking work runs: the composition root brings threads beside the hub, commands and tests need none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

import gevent
from gevent import monkey
from gevent.threadpool import ThreadPool

R = TypeVar("R")
_native_lock: Callable[[], Any] = monkey.get_original("_thread", "allocate_lock")


class Threads(Protocol):
    """Runs blocking work off the hub; the composition root brings gevent's, commands and tests run it in place."""

    def run(self, work: Callable[[], R]) -> R:
        """`work()` on a thread of the pool; the caller waits without blocking others."""

    def start(self, work: Callable[[], None]) -> None:
        """Begin `work` beside the caller, without waiting for it."""

    def finish(self) -> None:
        """Come back when no thread works any more."""


class Worker(Protocol):
    """Does one thing after another."""

    def start(self, work: Callable[[], None], then: Callable[[], None]) -> None:
        """Do `work`, which must not raise, and when it is done `then` where the caller's own kind runs."""

    def finish(self) -> None:
        """Nothing will be started from now on."""


class InPlace:
    """For commands and tests, which have no hub to protect: everything is done where it is asked for."""

    def run(self, work: Callable[[], R]) -> R:
        return work()

    def start(self, work: Callable[[], None], then: Callable[[], None] = lambda: None) -> None:
        work()
        then()

    def finish(self) -> None:
        pass  # what runs in place has run


class OffHub:
    """Real OS threads for blocking work, so that the hub never waits for a disk."""

    def __init__(self, size: int) -> None:
        self._pool = ThreadPool(size)

    def run(self, work: Callable[[], R]) -> R:
        """The work's result; what it raises is raised here, and not also printed by the pool as a crash."""

        def attempt() -> tuple[R | None, Exception | None]:
            try:
                return work(), None
            except Exception as error:  # noqa: BLE001 - carried over to the caller's thread, where it is raised
                return None, error

        result, error = self._pool.apply(attempt)
        if error is not None:
            raise error
        return cast("R", result)

    def start(self, work: Callable[[], None]) -> None:
        gevent.spawn(work)

    def finish(self) -> None:
        self._pool.join()


class OwnThread:
    """One OS thread that sleeps on a lock of the operating system, and says by the loop's own signal that it is done.

    That is half the way, and a fourth of the time, of a task for a pool.
    """

    def __init__(self) -> None:
        self._pool = ThreadPool(1)
        self._asleep = _native_lock()
        self._asleep.acquire()
        self._work: Callable[[], None] | None = None
        self._then: Callable[[], None] = lambda: None
        self._signal = gevent.get_hub().loop.async_()
        # a greenlet of its own, since what follows may wait, which the loop must not
        self._signal.start(lambda: gevent.spawn(self._then))
        self._pool.spawn(self._keep_working)

    def start(self, work: Callable[[], None], then: Callable[[], None]) -> None:
        self._work, self._then = work, then
        self._asleep.release()

    def _keep_working(self) -> None:
        while True:
            self._asleep.acquire()
            if self._work is None:
                return
            self._work()
            self._signal.send()

    def finish(self) -> None:
        self._work = None
        self._asleep.release()
        self._pool.join()
