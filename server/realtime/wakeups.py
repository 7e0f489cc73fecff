"""Servers on one database tell each other by Redis where to look, and nothing else.

A message says "branch 7 has come to seq 42" or "somebody's right has ended"; what that means is read from the database.
So Redis never holds the truth: a message that is lost, late, doubled or foreign changes no screen. What was lost is
found by the sweep that every server makes each second anyway.
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

BEAT_SECONDS = 2.0
"""So often a server says something at least, and hears itself: a line that is dead without a word is noticed."""
SILENCE_SECONDS = 3 * BEAT_SECONDS
AGAIN_SECONDS = 1.0
"""After so long a lost Redis is tried again."""
ANSWER_SECONDS = 2.0
HOLD_SECONDS = 0.002
"""So long news may wait for more of it: one message tells of all branches."""


class Wakeups:
    """Tells the other servers what was committed here, and hears from them; both beside the actions, never before one.

    `branch_moved(branch id, seq)` is called when another server has committed there; `look_around()` when one has
    revoked a session or token, and whenever messages may have been missed. Neither may wait.
    """

    def __init__(
        self, url: str, installation: str, *, branch_moved: Callable[[int, int], None], look_around: Callable[[], None]
    ) -> None:
        self.trouble: str | None = "Redis has not answered yet."
        """Why the others cannot be reached now; None while they can."""
        self._told_away = False
        self._channel = f"giliran:{installation}"
        self._me = secrets.token_hex(8)
        self._branch_moved = branch_moved
        self._look_around = look_around
        self._redis = Redis.from_url(
            url,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),  # trying again is decided here
        )
        self._moved: dict[int, int] = {}
        self._ended = False
        self._news = gevent.event.Event()
        self._listening = False
        self._work: list[gevent.Greenlet[[], None]] = []

    def start(self) -> None:
        """Begin to tell and to listen; comes back at once, also where no Redis answers."""
        self._work = [gevent.spawn(self._listen), gevent.spawn(self._tell)]

    def close(self) -> None:
        """Fall silent."""
        gevent.killall(self._work)
        self._redis.close()

    # to the others

    def committed(self, done: Sequence[Committed]) -> None:
        """Tell the others where something was committed, soon."""
        for one in done:
            self._moved[one.branch_id] = max(one.events[-1].seq, self._moved.get(one.branch_id, 0))
        self._news.set()

    def right_ended(self) -> None:
        """Tell the others that a session or token was revoked, soon."""
        self._ended = True
        self._news.set()

    def _tell(self) -> None:
        while True:
            if self._news.wait(BEAT_SECONDS):
                gevent.sleep(HOLD_SECONDS)
            message = {"from": self._me, "branches": self._moved, "ended": self._ended}
            self._news.clear()
            self._moved, self._ended = {}, False
            try:
                self._redis.publish(self._channel, json.dumps(message))
            except RedisError as error:
                # what was to be told is found by the others' own looking
                self._away(error)
            else:
                self._well()

    # from the others

    def _listen(self) -> None:
        while True:
            try:
                self._hear_all()
            except RedisError as error:
                self._listening = False
                self._away(error)
            gevent.sleep(AGAIN_SECONDS)

    def _hear_all(self) -> None:
        with self._redis.pubsub() as ear:  # type: ignore[no-untyped-call]
            ear.subscribe(self._channel)
            self._expect(ear.parse_response(block=False, timeout=ANSWER_SECONDS))
            self._listening = True
            self._look_around()
            while True:
                # not even our own beat has come: the line is dead, or another one listens to what we say
                self._expect(heard := ear.parse_response(block=False, timeout=SILENCE_SECONDS))
                self._hear(heard[2])

    @staticmethod
    def _expect(heard: Any) -> None:
        if heard is None:
            raise RedisError("It has said nothing for too long.")

    def _hear(self, data: bytes) -> None:
        try:
            told = json.loads(data)
            if told["from"] == self._me:
                return
            moved = [(int(branch_id), int(seq)) for branch_id, seq in told["branches"].items()]
            ended = bool(told["ended"])
        except (ValueError, TypeError, KeyError, AttributeError):
            log.warning("wakeup_not_understood", bytes=len(data))
            return
        for branch_id, seq in moved:
            self._branch_moved(branch_id, seq)
        if ended:
            self._look_around()

    # the line

    def _away(self, error: RedisError) -> None:
        """Redis cannot be used: logged once, until it can again."""
        if not self._told_away:
            log.error("redis_away", error=str(error) or type(error).__name__)
        self._told_away = True
        self.trouble = "Redis does not answer; screens on other servers follow a second later."

    def _well(self) -> None:
        if not self._listening or self.trouble is None:
            return
        self.trouble = None
        log.info("redis_back" if self._told_away else "redis_joined")
        self._told_away = False
