"""Waiting for something to be committed in a branch."""

from __future__ import annotations

from collections import defaultdict

from gevent.event import Event


class Commits:
    """Wakes those who wait for a branch when something was committed there."""

    def __init__(self) -> None:
        self._events: dict[int, Event] = defaultdict(Event)
        self._closed = False

    def tell(self, branch_id: int) -> None:
        """Something was committed: everybody who waits goes on, who comes later waits anew."""
        self._events.pop(branch_id, Event()).set()

    def wait(self, branch_id: int, seconds: float) -> bool:
        """Whether something was committed within so many seconds."""
        return not self._closed and bool(self._events[branch_id].wait(seconds))

    def close(self) -> None:
        """The server stops: nobody waits any longer."""
        self._closed = True
        while self._events:
            self._events.popitem()[1].set()

    @property
    def closed(self) -> bool:
        """Whether the server is stopping."""
        return self._closed
