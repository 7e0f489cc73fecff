"""Connections on which the server waits for the other side: how many there may be."""

from __future__ import annotations

import resource
import socket
import struct
from contextlib import suppress
from typing import Any, Protocol

from server.serving.hang_ups import HUNG_UP, strangers

PER_NETWORK = 1000
"""Of one network: a waiting room behind one address has some phones, each with a few connections that it keeps."""


class Connection(Protocol):
    """What can be disconnected."""

    def hang_up(self) -> None:
        """End the connection at once."""


class Connections:
    """The connections that owe the server a request, the rest of one, or the reading of an answer.

    Where there are too many, the server disconnects the one that has owed it longest. So nobody can use up all files
    with connections that say nothing. One that the server itself works for is not among them.
    """

    def __init__(self, per_network: int = PER_NETWORK, total: int | None = None) -> None:
        self._per_network = per_network
        self._total = total if total is not None else file_limit() // 2
        self._waiting: dict[str, dict[Connection, None]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def wait(self, network: str, connection: Connection) -> None:
        """From now on the server waits for this connection."""
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
        """It owes nothing: the server works for it, or it has ended."""
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
        strangers.tell("connection_hung_up", network, reason="connections", waiting=self._count)
        oldest.hang_up()


def cut(tcp: Any) -> None:
    """End a TCP connection by a reset: what the other side never reads must not stay in the kernel."""
    with suppress(OSError):  # it has ended meanwhile
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        tcp.shutdown(socket.SHUT_RDWR)


def file_limit() -> int:
    """How many files, connections among them, the process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else 65536


def raise_file_limit() -> None:
    """Let the process hold as many connections as the system lets it: the usual soft limit is one busy morning."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard != resource.RLIM_INFINITY else 65536, hard))
