"""The WSGI server on a thread with its own hub, and raw connections to it."""

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
    """Serve an application; yield the port. The options are those of `BoundedServer`."""
    listening, ended = threading.Event(), threading.Event()
    ports: list[int] = []

    def serve() -> None:
        server = BoundedServer(("127.0.0.1", 0), application, error_log=None, **options)
        server.start()
        ports.append(int(server.server_port or 0))
        listening.set()
        while not ended.is_set():
            gevent.sleep(0.02)  # the end is set on another thread, which cannot wake this hub
        server.stop(timeout=0)

    thread = threading.Thread(target=serve)
    thread.start()
    assert listening.wait(60)
    yield ports[0]
    ended.set()
    thread.join(60)


def all_of(line: socket.socket) -> bytes:
    """Read everything until the server disconnects."""
    data = b""
    try:
        while chunk := line.recv(65536):
            data += chunk
    except ConnectionResetError:
        pass
    return data


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)
