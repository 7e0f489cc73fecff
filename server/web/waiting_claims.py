"""Claims of print jobs that wait: which of a printer's may take a job."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class WaitingClaims:
    """Of the claims of one printer that wait at the same time, the newest alone takes a job.

    An older one may be a dead agent's, whose line nobody has missed yet: a job that it took would wait for its lease
    to lapse.
    """

    def __init__(self) -> None:
        self._waiting: dict[int, list[object]] = {}

    def printers(self) -> frozenset[int]:
        """The ids of those that wait for work now."""
        return frozenset(self._waiting)

    @contextmanager
    def waits(self, device_id: int) -> Iterator[Callable[[], bool]]:
        """While the claim waits; gives whether it is the newest one."""
        me = object()
        claims = self._waiting.setdefault(device_id, [])
        claims.append(me)
        try:
            yield lambda: claims[-1] is me
        finally:
            claims.remove(me)
            if not claims:
                self._waiting.pop(device_id, None)
