"""How much a client may send: token buckets on monotonic time."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic


class TokenBucket:
    """Allows `burst` at once, and `rate` more a second."""

    __slots__ = ("_at", "_burst", "_clock", "_left", "_rate")

    def __init__(self, burst: float, rate: float, clock: Callable[[], float] = monotonic) -> None:
        self._burst = burst
        self._rate = rate
        self._clock = clock
        self._left = burst
        self._at = clock()

    def take(self, amount: float = 1) -> bool:
        """Take that much; False where so much is not left, and then nothing is taken."""
        self._refill()
        if amount > self._left:
            return False
        self._left -= amount
        return True

    def charge(self, amount: float) -> float:
        """Take that much in any case; returns the seconds until what was taken too much is made up for."""
        self._refill()
        self._left -= amount
        return max(0.0, -self._left / self._rate)

    def _refill(self) -> None:
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now


class OverBudget(Exception):
    """A client has sent more than it may. `reason` is `messages` or `bytes`."""

    def __init__(self, reason: str, messages: int, size: int) -> None:
        super().__init__(f"{messages} messages, {size} bytes")
        self.reason = reason
        self.messages = messages
        self.size = size


class SocketBudget:
    """What one socket may send, counted in messages and in bytes.

    A page sends a pong every five seconds and subscribes once a connection, in some two hundred bytes.
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
        """How many were received, the refused one included."""
        self.size = 0
        """How many bytes were received or announced."""
        self.exceeded = False

    def spend(self, messages: int, size: int) -> None:
        """Count what came in. Raises OverBudget."""
        self.messages += messages
        self.size += size
        bytes_left = self._bytes.take(size)
        if self._messages.take(messages) and bytes_left:
            return
        self.exceeded = True
        raise OverBudget("messages" if bytes_left else "bytes", self.messages, self.size)
