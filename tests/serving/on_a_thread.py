"""The WSGI server on a thread with a hub of its own, and raw connections to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gevent

from server.serving.limits import BoundedServer


@contextmanager
def serving(application: Callable[..., Any], **options: Any) -> Iterator[int]:
    """Serve an application; gives the port. The options are those of `BoundedServer`."""
    listening, ended = threading.Event(), threading.Event()
    found: list[int] = []

    def serve() -> None:
        server = BoundedServer(("127.0.0.1", 0), application, error_log=None, **options)
        server.start()
        found.append(int(server.server_port or 0))
        listening.set()
        while not ended.is_set():
            gevent.sleep(0.02)  # the end is told on another thread, which no hub hears
        server.stop(timeout=0)

    thread = threading.Thread(target=serve)
    thread.start()
    assert listening.wait(60)
    yield found[0]
    ended.set()
    thread.join(60)


def all_of(line: socket.socket) -> bytes:
    """Everything until the server hangs up."""
    got = b""
    try:
        while more := line.recv(65536):
            got += more
    except ConnectionResetError:
        pass
    return got


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)
