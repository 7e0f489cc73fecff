"""Waiting for something to be committed in a branch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from gevent.event import Event


class CommitNotifier:
    """Wakes those who wait for a branch when something was committed there."""

    def __init__(self) -> None:
        self._events: dict[int, Event] = defaultdict(Event)
        self._closed = False

    def notify(self, branch_id: int) -> None:
        """Something was committed: everybody who waits goes on, who comes later waits anew."""
        self._events.pop(branch_id, Event()).set()

    def subscribe(self, branch_id: int) -> Callable[[float], bool]:
        """What waits, for so many seconds at most, for the first commit from now on; False where none came.

        Taken before one looks, so that what is committed while one looks is not waited for in vain.
        """
        next_one = self._events[branch_id]
        return lambda seconds: not self._closed and bool(next_one.wait(seconds))

    def wake_all(self) -> None:
        """Let everybody look again: the clock was set, or somebody's right has ended."""
        while self._events:
            self._events.popitem()[1].set()

    def close(self) -> None:
        """The server stops: nobody waits any longer."""
        self._closed = True
        self.wake_all()

    @property
    def closed(self) -> bool:
        """Whether the server is stopping."""
        return self._closed
