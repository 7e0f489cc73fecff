"""Rate limits on sign-in and on anonymous requests. Devices and staff are not limited.

They are kept in one process and use its monotonic clock, so changes of the wall clock have no effect. A restart resets
them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from math import ceil

from server.domain.errors import RateLimited

_MAX_KEYS = 20_000


class Throttle:
    """A leaky bucket for each key: `burst` at once, then one every `every` seconds."""

    def __init__(self, burst: int, every: float) -> None:
        self._burst = burst
        self._every = every
        self._full_until: OrderedDict[str, float] = OrderedDict()

    def check(self, key: str, at: float) -> None:
        """Count one attempt at `at` (monotonic seconds). Raises RateLimited with the seconds to wait."""
        wait = self._wait(key, at)
        if wait > 1e-9:
            seconds = ceil(wait)
            raise RateLimited(f"Too many tries. Please wait {seconds} seconds.", seconds)
        self._full_until[key] = max(at, self._full_until.get(key, at)) + self._every
        self._full_until.move_to_end(key)
        while len(self._full_until) > _MAX_KEYS:
            self._full_until.popitem(last=False)

    def take_back(self, key: str) -> None:
        """Uncount one attempt, because it succeeded."""
        if key in self._full_until:
            self._full_until[key] -= self._every

    def refused(self, at: float) -> dict[str, int]:
        """Return key → seconds to wait, for keys whose next attempt would be refused."""
        waits = {key: self._wait(key, at) for key in self._full_until}
        return {key: ceil(wait) for key, wait in waits.items() if wait > 1e-9}

    def _wait(self, key: str, at: float) -> float:
        return self._full_until.get(key, at) - at - (self._burst - 1) * self._every


@dataclass(frozen=True)
class SignIns:
    """Slows down password guessing without locking out staff: only wrong passwords count.

    A browser in which this account has signed in before has its own limit. So neither a stranger who guesses the
    account's password, nor one behind the branch's own address, delays staff in the morning. All others share the
    limits of their address, wide enough for a branch that signs in at once, and of the account.
    """

    of_browser: Throttle = field(default_factory=lambda: Throttle(burst=10, every=6))
    of_address: Throttle = field(default_factory=lambda: Throttle(burst=40, every=3))
    of_account: Throttle = field(default_factory=lambda: Throttle(burst=10, every=30))
    right: Throttle = field(default_factory=lambda: Throttle(burst=60, every=2))
    """Correct passwords, by account: each costs a slow hash and a session. Wrong ones never fill it."""

    @contextmanager
    def attempt(self, browser: str | None, address: str, account: str, at: float) -> Iterator[None]:
        """Count one attempt before its password is checked, so that parallel attempts cannot exceed a limit.

        It is uncounted if the block ends without an error. `browser` has signed in to this account before, else None.
        Raises RateLimited.
        """
        account = account.casefold()
        if browser is not None:
            wrong = [(self.of_browser, f"{browser} {account}")]
        else:
            wrong = [(self.of_address, address), (self.of_account, account)]
        counted: list[tuple[Throttle, str]] = []
        try:
            for throttle, key in [*wrong, (self.right, account)]:
                throttle.check(key, at)
                counted.append((throttle, key))
            yield
        except RateLimited:
            for throttle, key in counted:
                throttle.take_back(key)
            raise
        except Exception:
            self.right.take_back(account)
            raise
        for throttle, key in wrong:
            throttle.take_back(key)


def network_of(address: str) -> str:
    """Return the throttle key of an address: itself, or its /64 of IPv6, all of which one machine may use."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    return str(ip.ipv4_mapped or IPv6Address(int(ip) >> 64 << 64))
