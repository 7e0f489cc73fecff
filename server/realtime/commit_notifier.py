"""Waits for commits in a branch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from gevent.event import Event


class CommitNotifier:
    """Wakes the greenlets that wait for a commit in a branch."""

    def __init__(self) -> None:
        self._events: dict[int, Event] = defaultdict(Event)
        self._closed = False

    def notify(self, branch_id: int) -> None:
        """Wake all waiters of a branch after a commit; later subscribers wait for the next one."""
        self._events.pop(branch_id, Event()).set()

    def subscribe(self, branch_id: int) -> Callable[[float], bool]:
        """Return a function that waits for the next commit, at most so many seconds; it returns False if none came.

        Subscribe before you read: then a commit during the read also ends the wait.
        """
        next_commit = self._events[branch_id]
        return lambda seconds: not self._closed and bool(next_commit.wait(seconds))

    def wake_all(self) -> None:
        """Wake all waiters, since the clock was set or a credential was revoked."""
        while self._events:
            self._events.popitem()[1].set()

    def close(self) -> None:
        """Wake all waiters, since the server stops; later waits return at once."""
        self._closed = True
        self.wake_all()

    @property
    def closed(self) -> bool:
        """Whether the server is stopping."""
        return self._closed
