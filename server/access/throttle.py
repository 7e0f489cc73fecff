"""Limits on sign-in and on calls of nobody known. Devices and staff are not limited."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv6Address, ip_address
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

    def take_back(self, key: str) -> None:
        """Uncount one try: it was a right one."""
        if key in self._full_until:
            self._full_until[key] -= self._every


@dataclass(frozen=True)
class SignIns:
    """Slows down guessing without keeping staff out: only wrong passwords count.

    A browser in which somebody has signed in before has a measure of its own, so that neither a stranger who guesses
    at an account, nor one behind the branch's own address, holds up the counters in the morning. Everybody else shares
    the measure of their address, wide enough for a branch that signs in at once, and that of the account.
    """

    of_browser: Throttle = field(default_factory=lambda: Throttle(burst=10, every=6))
    of_address: Throttle = field(default_factory=lambda: Throttle(burst=40, every=3))
    of_account: Throttle = field(default_factory=lambda: Throttle(burst=10, every=30))

    @contextmanager
    def counted(self, browser: str | None, address: str, account: str, now: datetime) -> Iterator[None]:
        """One try, taken back where it comes to its end without an error. Raises RateLimited."""
        if browser is not None:
            measures = [(self.of_browser, browser)]
        else:
            measures = [(self.of_address, address), (self.of_account, account.casefold())]
        for measure, key in measures:
            measure.check(key, now)
        yield
        for measure, key in measures:
            measure.take_back(key)


def network_of(address: str) -> str:
    """What is throttled for an address: itself, or its /64 of IPv6, of which one machine has all."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    return str(ip.ipv4_mapped or IPv6Address(int(ip) >> 64 << 64))
