"""What happens because it is time, and not because somebody did it: days end, branches open and close."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import structlog

from server.actions.branch.opening_changes import tell_opening
from server.actions.queue.day_end import expire_open
from server.domain.branch import Branch
from server.domain.calendar.opening import NoNumbers, opening
from server.domain.history.events import EventType
from server.store.engines.store import Db, Store
from server.store.engines.transaction import Committed
from server.store.tables import branches

log = structlog.get_logger()


class BranchScheduler:
    """Looks at the clock, whenever it is asked to, and records what has turned since it looked last."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._stood: dict[int, NoNumbers | None] = {}

    def sweep(self) -> None:
        """End the days that are over, and tell of branches that have opened or closed."""
        now = self._clock()
        for branch_id in self._store.read(lambda db: branches.days_to_end(db, now)):
            self._store.write(partial(expire_open, branch_id=branch_id), lambda _tx, _count: None)
        for branch in self._store.read(_believing(now)):
            stands = opening(branch, now).no_numbers
            # at the first look nothing has turned: who subscribes from now on gets what is
            if self._stood.setdefault(branch.id, stands) != stands:
                self._store.write(partial(tell_opening, branch_id=branch.id), lambda _tx, _none: None)
                self._stood[branch.id] = stands


def log_day_turns(committed: Sequence[Committed]) -> None:
    """Log what the turn of a business day did to open tickets, where there were any."""
    for one in committed:
        for event in one.events:
            if event.type is EventType.DAY_STARTED and (event.data["expired"] or event.data["carried"]):
                write = log.warning if event.data["while_working"] else log.info
                write("day_turned", branch=one.slug, **event.data)


def _believing(now: datetime) -> Callable[[Db], list[Branch]]:
    """The branches that have nothing against the clock."""

    def query(db: Db) -> list[Branch]:
        faulty = branches.clock_faults(db, now)
        return [b for b in branches.every(db) if b.slug not in faulty]

    return query
