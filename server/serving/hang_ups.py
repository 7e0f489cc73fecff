"""Records of disconnected clients: a metric each time, and a limited number of log lines."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Callable
from time import monotonic
from typing import Any

import structlog
from prometheus_client import Counter, Gauge

log = structlog.get_logger()

HUNG_UP = Counter(
    "giliran_sockets_hung_up",
    "Sockets and connections that the server hung up on, by reason.",
    ["reason"],
    registry=None,  # the web layer registers it
)
SLOW_CONNECTIONS = Counter(
    "giliran_slow_connections",
    "Requests that did not come in time, each ended with 408.",
    registry=None,
)
CLIENTS = Gauge(
    "giliran_feed_clients",
    "Sockets of the live feed, by whether they have shown who they are.",
    ["known"],
    registry=None,
)


class RateLimitedLog:
    """Limits log lines that clients cause: one for each event and address in a minute, then a count of repeats.

    A client that opens a thousand connections a second must not write a thousand lines a second.
    """

    def __init__(self, *, seconds: float = 60, addresses: int = 50, clock: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._addresses = addresses
        self._clock = clock
        self._minute_start = clock()
        self._repeats: dict[tuple[str, str], int] = {}
        self._others: Counts[str] = Counts()

    def warning(self, event: str, address: str, **facts: Any) -> None:
        """Log a warning, or only count it if this address has already had its line in this minute."""
        self.flush()
        key = (event, address)
        if key in self._repeats:
            self._repeats[key] += 1
        elif len(self._repeats) < self._addresses:
            self._repeats[key] = 0
            log.warning(event, address=address, **facts)
        else:
            self._others[event] += 1

    def flush(self) -> None:
        """Log the counts when the minute is over."""
        if self._clock() - self._minute_start < self._seconds:
            return
        for (event, address), times in self._repeats.items():
            if times:
                log.warning(event, address=address, again=times)
        for event, times in self._others.items():
            log.warning(event, address="others", again=times)
        self._minute_start = self._clock()
        self._repeats, self._others = {}, Counts()


rate_limited_log = RateLimitedLog()


def record_hang_up(address: str, reason: str, **facts: Any) -> None:
    """Record that the server has disconnected a socket."""
    HUNG_UP.labels(reason).inc()
    rate_limited_log.warning("socket_hung_up", address, reason=reason, **facts)
