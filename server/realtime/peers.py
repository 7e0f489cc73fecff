"""The other servers on the same database: what they must hear of this one, and what this one hears of them."""

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
    """Lets every server do with what the database says, and look at once where a Redis says that it is worth it.

    On the embedded database there are none, and nothing is written down for them.
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
        """Set when this server should look around now, and not only with its next sweep."""
        self._store = store
        self._clock = clock
        self._publisher = publisher
        self._feed = feed
        self._here: servers.Server | None = None
        self._word: str | None = None
        self._wakeups = None
        if redis is not None:
            from server.realtime.wakeups import Wakeups  # Redis is an extra of the package

            # servers on another database may use the same Redis
            installation = sha256(b"installation" + server_key).hexdigest()[:16]
            self._wakeups = Wakeups(redis, installation, branch_moved=publisher.hear, look_around=self.look.set)

    def start(self, port: int) -> None:
        """Count among the servers from now on."""
        linked = self._wakeups is not None
        self._here = servers.Server(secrets.token_hex(8), gethostname(), port, os.getpid(), linked)
        if self._wakeups is not None:
            self._wakeups.start()

    def close(self) -> None:
        """Count among them no more."""
        if self._wakeups is not None:
            self._wakeups.close()
        here, self._here = self._here, None
        if here is not None and not self._store.sqlite:
            with suppress(DbError, Refused):  # it is forgotten in half a minute anyway
                self._store.write(lambda tx: servers.remove(tx.db, here), lambda _tx, _none: None)

    def committed(self, done: Sequence[Committed]) -> None:
        """Called by the store after every commit."""
        self._publisher.committed(done)
        if self._wakeups is not None:
            self._wakeups.committed(done)

    def drop(self, *rooms: str) -> None:
        """Disconnect every socket of these sessions and tokens; on other servers with their next look around."""
        self._feed.drop(*rooms)
        if self._wakeups is not None:
            self._wakeups.right_ended()

    def tell(self) -> None:
        """Write down that this server lives, and whose screens it has; read who else does."""
        here = self._here
        if here is None:
            return
        online = self._feed.online_tokens()

        def action(tx: Transaction) -> None:
            servers.heartbeat(tx.db, here, tx.now)
            if online:
                access.mark_screens_seen(tx.db, online, tx.now)

        alive = self._store.write(action, lambda tx, _none: servers.alive(tx.db, tx.now))
        self._word = servers.missing_redis_warning(alive)

    def standing(self) -> tuple[str | None, str | None]:
        """(trouble, a word): what keeps this server's screens from following other servers' actions at once."""
        return (None if self._wakeups is None else self._wakeups.trouble), self._word
