"""Limits on the number of connections on which the server waits for the client."""

from __future__ import annotations

import resource
import socket
import struct
from contextlib import suppress
from typing import Any, Protocol

from server.serving.hang_ups import HUNG_UP, rate_limited_log

PER_NETWORK = 1000
"""Waiting connections of one network: many phones of a waiting room share an address, with a few connections each."""


class Connection(Protocol):
    """A connection that can be reset."""

    def hang_up(self) -> None:
        """End the connection at once."""


class Connections:
    """The connections on which the server waits: for a request, its rest, or the reading of an answer.

    If there are too many, the server resets the one that it has waited for longest, so that nobody can use up all file
    descriptors with silent connections. A connection whose request the server is working on does not count.
    """

    def __init__(self, per_network: int = PER_NETWORK, total: int | None = None) -> None:
        self._per_network = per_network
        self._total = total if total is not None else file_limit() // 2
        self._waiting: dict[str, dict[Connection, None]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def wait(self, network: str, connection: Connection) -> None:
        """Record that the server now waits for this connection."""
        waiting = self._waiting.setdefault(network, {})
        if connection in waiting:
            del waiting[connection]
            self._count -= 1
        waiting[connection] = None
        self._count += 1
        if len(waiting) > self._per_network:
            self._hang_up(network)
        elif self._count > self._total:
            self._hang_up(max(self._waiting, key=lambda name: len(self._waiting[name])))

    def work(self, network: str, connection: Connection) -> None:
        """Record that the server does not wait for this connection: it works for it, or it has ended."""
        waiting = self._waiting.get(network)
        if waiting is not None and connection in waiting:
            del waiting[connection]
            self._count -= 1
            if not waiting:
                del self._waiting[network]

    def _hang_up(self, network: str) -> None:
        oldest = next(iter(self._waiting[network]))
        self.work(network, oldest)
        HUNG_UP.labels("connections").inc()
        rate_limited_log.warning("connection_hung_up", network, reason="connections", waiting=self._count)
        oldest.hang_up()


def reset(tcp: Any) -> None:
    """Reset a TCP connection: the kernel must not keep bytes that the other side never reads."""
    with suppress(OSError):  # it has already ended
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        tcp.shutdown(socket.SHUT_RDWR)


def file_limit() -> int:
    """Return how many files, including connections, the process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else 65536


def raise_file_limit() -> None:
    """Raise the limit of open files to the system's maximum: the usual soft limit is too low for a busy morning."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard != resource.RLIM_INFINITY else 65536, hard))
