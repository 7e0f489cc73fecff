"""Claims of print jobs that wait: which of a printer's may take a job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class WaitingClaims:
    """Of the claims of one printer that wait at the same time, the newest alone takes a job.

    An older one may be a dead agent's, whose line nobody has missed yet: a job that it took would wait for its lease
    to lapse.
    """

    def __init__(self) -> None:
        self._waiting: dict[int, list[object]] = {}
        self._tokens: Counter[int] = Counter()

    def printers(self) -> frozenset[int]:
        """The ids of those that wait for work now."""
        return frozenset(self._waiting)

    def tokens(self) -> set[int]:
        """The ids of the tokens with which they wait."""
        return set(self._tokens)

    @contextmanager
    def waits(self, device_id: int, token_id: int | None = None) -> Iterator[Callable[[], bool]]:
        """While the claim waits; gives whether it is the newest one."""
        me = object()
        if token_id is not None:
            self._tokens[token_id] += 1
        claims = self._waiting.setdefault(device_id, [])
        claims.append(me)
        try:
            yield lambda: claims[-1] is me
        finally:
            if token_id is not None:
                self._tokens[token_id] -= 1
                if not self._tokens[token_id]:
                    del self._tokens[token_id]
            claims.remove(me)
            if not claims:
                self._waiting.pop(device_id, None)
