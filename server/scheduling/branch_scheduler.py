"""Actions that time causes: business days end, branches open and close."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import structlog

from server.actions.branch.opening_changes import record_opening
from server.actions.queue.day_end import expire_open
from server.domain.branch import Branch
from server.domain.calendar import business_day
from server.domain.calendar.opening import CLOSING_HORIZON, NoNumbers, opening
from server.domain.history.events import EventType
from server.store.engines.store import Db, Store
from server.store.engines.transaction import Committed
from server.store.tables import branches

log = structlog.get_logger()


class BranchScheduler:
    """Ends business days, and records openings and closings since the last sweep."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._last_state: dict[int, NoNumbers | None] = {}
        self._next: dict[int, tuple[int, datetime, datetime]] = {}
        """(revision, since, until) by branch id: the branch has no change of state between `since` and `until`."""

    def sweep(self) -> None:
        """End the days that are over, and record which branches have opened or closed."""
        now = self._clock()
        for branch_id in self._store.read(lambda db: branches.due_for_day_end(db, now)):
            self._store.write(partial(expire_open, branch_id=branch_id), lambda _tx, _count: None)
        for branch in self._store.read(_branches_with_sound_clock(now)):
            state = opening(branch, now).no_numbers
            # the first sweep finds no change: later subscribers get the present state
            if self._last_state.setdefault(branch.id, state) != state:
                self._store.write(partial(record_opening, branch_id=branch.id), lambda _tx, _none: None)
                self._last_state[branch.id] = state

    def next_turn(self, db: Db, now: datetime) -> datetime:
        """Return the first moment after `now` at which a day ends, or a branch opens, stops issuing or closes."""
        moments = branches.turning_moments(db)
        for branch in branches.list_all(db):
            revision, since, until = self._next.get(branch.id, (None, now, now))
            if revision != branch.revision or not since <= now < until:
                until = _next_turn(branch, now)
                self._next[branch.id] = branch.revision, now, until
            moments.append(until)
        return min((moment for moment in moments if moment > now), default=now + CLOSING_HORIZON)


def log_day_turns(committed: Sequence[Committed]) -> None:
    """Log what each turn of a business day did to open tickets, if there were any."""
    for commit in committed:
        for event in commit.events:
            if event.type is EventType.DAY_STARTED and (event.data["expired"] or event.data["carried"]):
                write = log.warning if event.data["while_working"] else log.info
                write("day_turned", branch=commit.slug, **event.data)


def _next_turn(branch: Branch, now: datetime) -> datetime:
    state = opening(branch, now)
    _, day_ends = business_day.day_bounds(business_day.today(branch, now), branch)
    moments = (state.opens_at, state.last_ticket_at, state.closes_at, day_ends)
    return min(moment for moment in moments if moment is not None and moment > now)


def _branches_with_sound_clock(now: datetime) -> Callable[[Db], list[Branch]]:
    """Return the query for branches whose last event does not contradict the clock."""

    def query(db: Db) -> list[Branch]:
        faulty = branches.clock_faults(db, now)
        return [b for b in branches.list_all(db) if b.slug not in faulty]

    return query
