"""What is recorded of strangers who are disconnected: a metric each time, and few lines in the log."""

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
    registry=None,  # whoever serves the figures registers it
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


class StrangersLog:
    """Log lines that strangers cause: one an event and address in a minute, and how often it happened besides.

    Whoever opens a thousand connections a second must not write a thousand lines a second.
    """

    def __init__(self, *, seconds: float = 60, addresses: int = 50, clock: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._addresses = addresses
        self._clock = clock
        self._began = clock()
        self._again: dict[tuple[str, str], int] = {}
        self._others: Counts[str] = Counts()

    def tell(self, event: str, address: str, **facts: Any) -> None:
        """Log this, or count it where this address has had its line."""
        self.flush()
        key = (event, address)
        if key in self._again:
            self._again[key] += 1
        elif len(self._again) < self._addresses:
            self._again[key] = 0
            log.warning(event, address=address, **facts)
        else:
            self._others[event] += 1

    def flush(self) -> None:
        """Log what was counted, once the minute is over."""
        if self._clock() - self._began < self._seconds:
            return
        for (event, address), times in self._again.items():
            if times:
                log.warning(event, address=address, again=times)
        for event, times in self._others.items():
            log.warning(event, address="others", again=times)
        self._began = self._clock()
        self._again, self._others = {}, Counts()


strangers = StrangersLog()


def hung_up(address: str, reason: str, **facts: Any) -> None:
    """Record that a socket was disconnected."""
    HUNG_UP.labels(reason).inc()
    strangers.tell("socket_hung_up", address, reason=reason, **facts)
