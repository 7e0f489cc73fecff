"""Waiting claims of print jobs, and which claim of a printer may take a job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class WaitingClaims:
    """Of one printer's waiting claims, only the newest takes a job.

    An older claim may be a dead agent's whose lost connection is not detected yet: a job that it took would wait until
    its lease expires.
    """

    def __init__(self) -> None:
        self._waiting: dict[int, list[object]] = {}
        self._tokens: Counter[int] = Counter()

    def printers(self) -> frozenset[int]:
        """Return the ids of the printers that wait for work now."""
        return frozenset(self._waiting)

    def tokens(self) -> set[int]:
        """The ids of the tokens with which they wait."""
        return set(self._tokens)

    @contextmanager
    def waits(self, device_id: int, token_id: int | None = None) -> Iterator[Callable[[], bool]]:
        """Register a waiting claim; yields a function that returns whether it is the newest."""
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
