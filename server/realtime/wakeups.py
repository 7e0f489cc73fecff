"""Notifications between servers on one database, over Redis: they name what to read, and carry no data.

A message says "branch 7 is now at seq 42" or "a credential was revoked"; the receiver reads the details from the
database. So Redis never holds the truth: a lost, late, duplicated or foreign message cannot make a screen wrong. The
sweep that every server makes each second finds what a lost message announced.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from typing import Any

import gevent
import gevent.event
import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from server.store.engines.transaction import Committed

log = structlog.get_logger()

HEARTBEAT_SECONDS = 2.0
"""A server publishes at least this often and receives its own messages, so it notices a dead connection."""
SILENCE_SECONDS = 3 * HEARTBEAT_SECONDS
RETRY_SECONDS = 1.0
"""Time before a lost Redis is tried again."""
ANSWER_SECONDS = 2.0
BATCH_SECONDS = 0.002
"""How long a notification waits for more: one message covers all branches."""


class Wakeups:
    """Sends and receives notifications of commits, in greenlets of its own: no action waits for Redis.

    `branch_moved(branch id, seq)` is called when another server has committed in a branch; `look_around()` when one
    has revoked a session or token, and when messages may have been missed. Neither may block.
    """

    def __init__(
        self, url: str, installation: str, *, branch_moved: Callable[[int, int], None], look_around: Callable[[], None]
    ) -> None:
        self.trouble: str | None = "Redis has not answered yet."
        """Why other servers cannot be notified now; None while they can."""
        self._outage_logged = False
        self._channel = f"giliran:{installation}"
        self._me = secrets.token_hex(8)
        self._branch_moved = branch_moved
        self._look_around = look_around
        self._redis = Redis.from_url(
            url,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),  # this class retries by itself
        )
        self._moved: dict[int, int] = {}
        self._ended = False
        self._pending = gevent.event.Event()
        self._listening = False
        self._work: list[gevent.Greenlet[[], None]] = []

    def start(self) -> None:
        """Start publishing and listening; returns at once, even if no Redis answers."""
        self._work = [gevent.spawn(self._listen), gevent.spawn(self._publish)]

    def close(self) -> None:
        """Stop publishing and listening."""
        gevent.killall(self._work)
        self._redis.close()

    # sending

    def committed(self, commits: Sequence[Committed]) -> None:
        """Schedule a notification about these commits."""
        for commit in commits:
            self._moved[commit.branch_id] = max(commit.events[-1].seq, self._moved.get(commit.branch_id, 0))
        self._pending.set()

    def right_ended(self) -> None:
        """Schedule a notification that a session or token was revoked."""
        self._ended = True
        self._pending.set()

    def _publish(self) -> None:
        while True:
            if self._pending.wait(HEARTBEAT_SECONDS):
                gevent.sleep(BATCH_SECONDS)
            message = {"from": self._me, "branches": self._moved, "ended": self._ended}
            self._pending.clear()
            self._moved, self._ended = {}, False
            try:
                self._redis.publish(self._channel, json.dumps(message))
            except RedisError as error:
                # nothing is lost: the other servers' sweeps find these commits
                self._on_outage(error)
            else:
                self._on_recovery()

    # receiving

    def _listen(self) -> None:
        while True:
            try:
                self._receive_all()
            except RedisError as error:
                self._listening = False
                self._on_outage(error)
            gevent.sleep(RETRY_SECONDS)

    def _receive_all(self) -> None:
        with self._redis.pubsub() as channel:  # type: ignore[no-untyped-call]
            channel.subscribe(self._channel)
            self._require(channel.parse_response(block=False, timeout=ANSWER_SECONDS))
            self._listening = True
            self._look_around()
            while True:
                # without even our own heartbeat, the connection is dead, or it publishes to another Redis
                self._require(response := channel.parse_response(block=False, timeout=SILENCE_SECONDS))
                self._receive(response[2])

    @staticmethod
    def _require(response: Any) -> None:
        if response is None:
            raise RedisError("It has sent nothing for too long.")

    def _receive(self, data: bytes) -> None:
        try:
            message = json.loads(data)
            if message["from"] == self._me:
                return
            moved = [(int(branch_id), int(seq)) for branch_id, seq in message["branches"].items()]
            ended = bool(message["ended"])
        except (ValueError, TypeError, KeyError, AttributeError):
            log.warning("wakeup_not_understood", bytes=len(data))
            return
        for branch_id, seq in moved:
            self._branch_moved(branch_id, seq)
        if ended:
            self._look_around()

    # state of the connection

    def _on_outage(self, error: RedisError) -> None:
        """Log once that Redis cannot be used, until it can again."""
        if not self._outage_logged:
            log.error("redis_away", error=str(error) or type(error).__name__)
        self._outage_logged = True
        self.trouble = "Redis does not answer; screens on other servers follow a second later."

    def _on_recovery(self) -> None:
        if not self._listening or self.trouble is None:
            return
        self.trouble = None
        log.info("redis_back" if self._outage_logged else "redis_joined")
        self._outage_logged = False
