"""Limits on how much a client may send: token buckets on monotonic time."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic


class TokenBucket:
    """A token bucket: allows `burst` at once, and `rate` more a second."""

    __slots__ = ("_at", "_burst", "_clock", "_rate", "_tokens")

    def __init__(self, burst: float, rate: float, clock: Callable[[], float] = monotonic) -> None:
        self._burst = burst
        self._rate = rate
        self._clock = clock
        self._tokens = burst
        self._at = clock()

    def take(self, amount: float = 1) -> bool:
        """Take tokens; return False, and take none, if there are too few."""
        self._refill()
        if amount > self._tokens:
            return False
        self._tokens -= amount
        return True

    def charge(self, amount: float) -> float:
        """Take tokens even if there are too few; return the seconds until the debt is repaid."""
        self._refill()
        self._tokens -= amount
        return max(0.0, -self._tokens / self._rate)

    def _refill(self) -> None:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now


class OverBudget(Exception):
    """A client has sent more than it may. `reason` is `messages` or `bytes`."""

    def __init__(self, reason: str, messages: int, size: int) -> None:
        super().__init__(f"{messages} messages, {size} bytes")
        self.reason = reason
        self.messages = messages
        self.size = size


class SocketBudget:
    """The budget of one socket in messages and in bytes.

    A page sends a pong every five seconds, and subscribes once for each connection in about two hundred bytes.
    """

    __slots__ = ("_bytes", "_messages", "exceeded", "messages", "size")

    MESSAGES: float = 60
    MESSAGES_A_SECOND: float = 5
    BYTES: float = 128 * 1024
    BYTES_A_SECOND: float = 16 * 1024

    def __init__(self) -> None:
        self._messages = TokenBucket(self.MESSAGES, self.MESSAGES_A_SECOND)
        self._bytes = TokenBucket(self.BYTES, self.BYTES_A_SECOND)
        self.messages = 0
        """Messages received, including the refused one."""
        self.size = 0
        """Bytes received or announced."""
        self.exceeded = False

    def spend(self, messages: int, size: int) -> None:
        """Charge received messages and bytes. Raises: OverBudget if the budget is used up."""
        self.messages += messages
        self.size += size
        within_bytes = self._bytes.take(size)
        if self._messages.take(messages) and within_bytes:
            return
        self.exceeded = True
        raise OverBudget("messages" if within_bytes else "bytes", self.messages, self.size)
