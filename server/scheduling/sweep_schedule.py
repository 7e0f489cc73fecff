"""When the server looks at the database by itself: after a commit, at the next deadline, and once a minute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from server.store.engines.store import Db, Store
from server.store.tables import deadlines

LONGEST_PAUSE_SECONDS = 60.0
"""A sweep follows the last one after this time at the latest, whatever is known of deadlines."""


class SweepSchedule:
    """Decides whether a sweep is due, so that an idle server asks the database one cheap question a second.

    A sweep is due when any process has committed since the last one, when the earliest deadline in the data has
    come by the wall clock, when somebody asked for it, and when the last one failed.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        next_turn: Callable[[Db, datetime], datetime],
    ) -> None:
        self._store = store
        self._clock = clock
        self._monotonic = monotonic
        self._next_turn = next_turn
        self._commit_marker: object = None
        self._deadline = datetime.max.replace(tzinfo=UTC)
        self._latest = 0.0
        """When (monotonic seconds) the next sweep follows at the latest."""
        self._requested = True

    def request(self) -> None:
        """Make a sweep due for a reason that is neither a commit nor a deadline."""
        self._requested = True

    def run_if_due(self, sweep: Callable[[], None]) -> bool:
        """Run `sweep` if one is due, and return whether it was. What `sweep` raises makes the next one due."""
        # read before the sweep: what is committed during it makes the next one due
        marker, now, passed = self._store.commit_marker(), self._clock(), self._monotonic()
        is_new = self._requested or marker is None or marker != self._commit_marker
        if not (is_new or self._deadline <= now or passed >= self._latest):
            return False
        self._commit_marker, self._requested = None, False
        sweep()
        self._deadline = self._store.read(lambda db: self._next_deadline(db, now))
        self._commit_marker, self._latest = marker, passed + LONGEST_PAUSE_SECONDS
        return True

    def _next_deadline(self, db: Db, now: datetime) -> datetime:
        """The earliest moment after `now` at which time alone changes something."""
        turn, end = self._next_turn(db, now), deadlines.earliest(db, now)
        return turn if end is None else min(turn, end)
