"""The HTTP server of an application: it listens, lets clients take turns, and finishes what was begun when it stops."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from typing import Any

import structlog
from gevent import pywsgi

from server.domain.errors import Unavailable
from server.serving.connections import PER_NETWORK, Connections, file_limit, raise_file_limit
from server.serving.draining import DrainMiddleware
from server.serving.fairness import FairnessMiddleware, LoopFairness
from server.serving.limits import BoundedServer

log = structlog.get_logger()

DRAIN_SECONDS = 10


class HttpServer:
    """Serves a WSGI application at one address, between `bind` and `stop`."""

    def __init__(
        self,
        app: Callable[..., Any],
        host: str,
        port: int,
        *,
        turn: LoopFairness,
        trust_proxy: bool,
        may_upgrade: Callable[[dict[str, Any]], bool],
    ) -> None:
        self._app = app
        self._address = host, port
        self._turn = turn
        self._trust_proxy = trust_proxy
        self._may_upgrade = may_upgrade
        self._draining: DrainMiddleware | None = None
        self._server: pywsgi.WSGIServer | None = None

    def bind(self) -> int:
        """Take the address, without answering yet; returns the port. Raises Unavailable where it cannot be had."""
        raise_file_limit()
        host, port = self._address
        try:
            listener = socket.create_server(self._address, backlog=1024, reuse_port=False)
        except OSError as error:
            raise Unavailable(f"Cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}.") from None
        # without it every answer to a keep-alive client waits for a delayed acknowledgement
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._draining = DrainMiddleware(FairnessMiddleware(self._app, self._turn, trust_proxy=self._trust_proxy))
        # the connections of a trusted proxy are everybody's
        total = file_limit() // 2
        self._server = BoundedServer(
            listener,
            self._draining,
            turn=self._turn,
            connections=Connections(total if self._trust_proxy else PER_NETWORK, total),
            may_upgrade=self._may_upgrade,
            error_log=logging.getLogger("giliran.http"),
        )
        bound: int = listener.getsockname()[1]
        return bound

    def start(self) -> None:
        """Answer requests at the bound address."""
        assert self._server is not None, "bind() comes first"
        self._server.start()

    def stop(self) -> None:
        """Take no more requests, and wait for those under way."""
        if self._server is None or self._draining is None:
            return
        self._server.stop_accepting()
        if not self._draining.end(DRAIN_SECONDS):
            log.warning("stopped_with_requests_under_way", waited_seconds=DRAIN_SECONDS)
        self._server.stop(timeout=0)


def refuse_taken_port(host: str, port: int) -> None:
    """Raise Unavailable for a port that is not free, before any work is done for it: data migrated, a demo made."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise Unavailable(
            f"Cannot listen on {host}:{port}: {error.strerror}. "
            f"End what uses it, or choose another port: --port {port + 10}"
        ) from None
