"""Coordination with the other servers on the same database: notifications, heartbeats, used screens."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from socket import gethostname

from gevent.event import Event

from server.domain.errors import Refused
from server.realtime.feed import Feed
from server.realtime.publisher import Publisher
from server.store.engines.store import DbError, Store
from server.store.engines.transaction import Committed, Transaction
from server.store.tables import access, servers


class Peers:
    """Coordinates servers through the database, and faster through Redis if there is one.

    The embedded database has only one server, so nothing is written for others.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        publisher: Publisher,
        feed: Feed,
        *,
        redis: str | None,
        server_key: bytes,
    ) -> None:
        self.look = Event()
        """Set when this server should sweep now, before its next regular sweep."""
        self._store = store
        self._clock = clock
        self._publisher = publisher
        self._feed = feed
        self._this_server: servers.Server | None = None
        self._warning: str | None = None
        self._wakeups = None
        if redis is not None:
            from server.realtime.wakeups import Wakeups  # Redis is an extra of the package

            # servers on another database may use the same Redis
            installation = sha256(b"installation" + server_key).hexdigest()[:16]
            self._wakeups = Wakeups(
                redis, installation, branch_moved=publisher.on_remote_commit, look_around=self.look.set
            )

    def start(self, port: int) -> None:
        """Start to announce this server."""
        linked = self._wakeups is not None
        self._this_server = servers.Server(secrets.token_hex(8), gethostname(), port, os.getpid(), linked)
        if self._wakeups is not None:
            self._wakeups.start()

    def close(self) -> None:
        """Withdraw this server's announcement."""
        if self._wakeups is not None:
            self._wakeups.close()
        this_server, self._this_server = self._this_server, None
        if this_server is not None and not self._store.sqlite:
            with suppress(DbError, Refused):  # otherwise its heartbeat expires in half a minute
                self._store.write(lambda tx: servers.remove(tx.db, this_server), lambda _tx, _none: None)

    def committed(self, commits: Sequence[Committed]) -> None:
        """Publish commits here, and notify other servers. The store calls this after every commit."""
        self._publisher.committed(commits)
        if self._wakeups is not None:
            self._wakeups.committed(commits)

    def drop(self, *rooms: str) -> None:
        """Disconnect every socket of these sessions and tokens; other servers do so in their next sweep."""
        self._feed.drop(*rooms)
        if self._wakeups is not None:
            self._wakeups.right_ended()

    def heartbeat(self) -> None:
        """Write this server's heartbeat and its connected screens; read which other servers live."""
        this_server = self._this_server
        if this_server is None:
            return
        online = self._feed.online_tokens()

        def action(tx: Transaction) -> None:
            servers.heartbeat(tx.db, this_server, tx.now)
            if online:
                access.mark_screens_seen(tx.db, online, tx.now)

        alive = self._store.write(action, lambda tx, _none: servers.alive(tx.db, tx.now))
        self._warning = servers.missing_redis_warning(alive)

    def status(self) -> tuple[str | None, str | None]:
        """Return (trouble, warning): reasons why screens show other servers' actions late, or None."""
        return (None if self._wakeups is None else self._wakeups.trouble), self._warning
