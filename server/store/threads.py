"""Where blocking work runs: the composition root brings threads beside the hub, commands and tests need none."""

from __future__ import annotations

from collections import deque
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
    """Does one kind of work, whenever some waits."""

    def begin(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """From now on: `work` does all that waits, and says what it did, or None where nothing waited.

        What it did goes to `done`, in order, where those are who wait for it.
        """

    def wake(self) -> None:
        """Something waits."""

    def finish(self) -> None:
        """Come back when nothing waits any more; nothing will be done from now on."""


class InPlace:
    """For commands and tests, which have no hub to protect: everything is done where it is asked for."""

    def __init__(self) -> None:
        self._work: Callable[[], Any] = lambda: None
        self._done: Callable[[Any], None] = lambda _result: None

    def run(self, work: Callable[[], R]) -> R:
        return work()

    def start(self, work: Callable[[], None]) -> None:
        work()

    def begin(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        self._work, self._done = work, done

    def wake(self) -> None:
        while (result := self._work()) is not None:
            self._done(result)

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
    """One OS thread that goes from work to work without asking the hub in between.

    It sleeps on a lock of the operating system, and what it has done comes back by the loop's own signal: half the
    way, and a fourth of the time, of a task for a pool.
    """

    def __init__(self) -> None:
        self._pool = ThreadPool(1)
        self._asleep = _native_lock()
        self._asleep.acquire()
        self._results: deque[Any] = deque()
        self._finishing = False

    def begin(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        signal = gevent.get_hub().loop.async_()

        def hand_back() -> None:
            while self._results:
                gevent.spawn(done, self._results.popleft())

        def keep_working() -> None:
            while not self._finishing:
                self._asleep.acquire()
                while (result := work()) is not None:
                    self._results.append(result)
                    signal.send()

        signal.start(hand_back)
        self._pool.spawn(keep_working)

    def wake(self) -> None:
        if self._asleep.locked():
            self._asleep.release()

    def finish(self) -> None:
        self._finishing = True
        self.wake()
        self._pool.join()
