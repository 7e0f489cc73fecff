"""Limits on sign-in and on calls of nobody known. Devices and staff are not limited.

All of them live in one process and count by its monotonic clock: setting the wall clock keeps nobody out, nor lets
anybody in. A restart forgives.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from math import ceil

from server.domain.errors import RateLimited

_KEPT = 20_000


class Throttle:
    """A leaky bucket for each key: `burst` at once, then one every `every` seconds."""

    def __init__(self, burst: int, every: float) -> None:
        self._burst = burst
        self._every = every
        self._full_until: OrderedDict[str, float] = OrderedDict()

    def check(self, key: str, at: float) -> None:
        """Count one try at `at`, in monotonic seconds. Raises RateLimited with the seconds to wait."""
        wait = self._wait(key, at)
        if wait > 1e-9:
            seconds = ceil(wait)
            raise RateLimited(f"Too many tries. Please wait {seconds} seconds.", seconds)
        self._full_until[key] = max(at, self._full_until.get(key, at)) + self._every
        self._full_until.move_to_end(key)
        while len(self._full_until) > _KEPT:
            self._full_until.popitem(last=False)

    def take_back(self, key: str) -> None:
        """Uncount one try: it was a right one."""
        if key in self._full_until:
            self._full_until[key] -= self._every

    def refused(self, at: float) -> dict[str, int]:
        """Key → seconds to wait, of the keys whose next try would be refused."""
        waits = {key: self._wait(key, at) for key in self._full_until}
        return {key: ceil(wait) for key, wait in waits.items() if wait > 1e-9}

    def _wait(self, key: str, at: float) -> float:
        return self._full_until.get(key, at) - at - (self._burst - 1) * self._every


@dataclass(frozen=True)
class SignIns:
    """Slows down guessing without keeping staff out: only wrong passwords count.

    A browser in which this account has signed in before has a measure of its own for it, so that neither a stranger who
    guesses at the account, nor one behind the branch's own address, holds up the counters in the morning. Everybody
    else shares the measure of their address, wide enough for a branch that signs in at once, and that of the account.
    """

    of_browser: Throttle = field(default_factory=lambda: Throttle(burst=10, every=6))
    of_address: Throttle = field(default_factory=lambda: Throttle(burst=40, every=3))
    of_account: Throttle = field(default_factory=lambda: Throttle(burst=10, every=30))
    right: Throttle = field(default_factory=lambda: Throttle(burst=60, every=2))
    """Right passwords, by account: each costs a slow hash and a session. Wrong ones never fill it."""

    @contextmanager
    def counted(self, browser: str | None, address: str, account: str, at: float) -> Iterator[None]:
        """One try, counted before its password is checked, so that tries in parallel pass no bound.

        Taken back where the block ends without an error. `browser` is known to have signed in to this account, else
        None. Raises RateLimited.
        """
        account = account.casefold()
        if browser is not None:
            wrong = [(self.of_browser, f"{browser} {account}")]
        else:
            wrong = [(self.of_address, address), (self.of_account, account)]
        counted: list[tuple[Throttle, str]] = []
        try:
            for measure, key in [*wrong, (self.right, account)]:
                measure.check(key, at)
                counted.append((measure, key))
            yield
        except RateLimited:
            for measure, key in counted:
                measure.take_back(key)
            raise
        except Exception:
            self.right.take_back(account)
            raise
        for measure, key in wrong:
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
