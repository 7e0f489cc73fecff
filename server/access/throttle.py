"""Limits on sign-in and on calls of nobody known. Devices and staff are not limited."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from math import ceil

from server.domain.errors import RateLimited

_KEPT = 20_000


class Throttle:
    """A leaky bucket for each key: `burst` at once, then one every `every` seconds.

    In memory and per process on purpose: it guards this process's work, and a restart forgives.
    """

    def __init__(self, burst: int, every: float) -> None:
        self._burst = burst
        self._every = every
        self._full_until: OrderedDict[str, float] = OrderedDict()

    def check(self, key: str, now: datetime) -> None:
        """Count one try. Raises RateLimited with the seconds to wait."""
        at = now.timestamp()
        drained = max(at, self._full_until.get(key, at))
        if drained - at > (self._burst - 1) * self._every + 1e-9:
            wait = ceil(drained - at - (self._burst - 1) * self._every)
            raise RateLimited(f"Too many tries. Please wait {wait} seconds.", wait)
        self._full_until[key] = drained + self._every
        self._full_until.move_to_end(key)
        while len(self._full_until) > _KEPT:
            self._full_until.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Empty the bucket: the one who tried has succeeded."""
        self._full_until.pop(key, None)
