"""A branch opens and closes because it is time, and somebody says that the clock can be believed."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.actions.queue import day_end
from server.actions.queue.at_counter import permit
from server.actions.queue.day_end import expire
from server.domain.branch import Branch
from server.domain.calendar import business_day, clock_jump
from server.domain.calendar.opening import opening
from server.domain.history.events import EventType
from server.domain.people.principal import Principal
from server.store.engines.store import Db
from server.store.engines.transaction import Transaction
from server.store.tables import access, branches, event_log, tickets

_TURNS = {None: EventType.BRANCH_OPENED, "last_ticket": EventType.LAST_TICKET, "hours": EventType.BRANCH_CLOSED}
_JUST_TOLD = timedelta(minutes=1)
_LATELY = 200


def tell_opening(tx: Transaction, branch_id: int) -> None:
    """Record that the branch has opened, gives out no more numbers, or has closed, so that every screen hears of it.

    Told by another process a moment ago, it is not told again.
    """
    branch = tx.enter_id(branch_id)
    kind = _TURNS[opening(branch, tx.now).no_numbers]
    seq = branches.seq_of(tx.db, branch_id)
    lately = event_log.after(tx.db, branch_id, seq - _LATELY, _LATELY)
    last = next((e for e in reversed(lately) if e.type in _TURNS.values()), None)
    if last is None or last.type is not kind or tx.now - last.at > _JUST_TOLD:
        tx.record(branch, kind)


def confirm_clock(tx: Transaction, slug: str, by: Principal) -> int:
    """Somebody says that the clock is right as it is now: the branch goes on from here, also if that is back in time.

    Open tickets of days that have not come expire; places taken in the future are places taken now, in their order.
    Returns how many expired. With nothing wrong, nothing changes. Raises NotFound, Forbidden.
    """
    branch = tx.enter(slug, clock_is_right=True)
    permit(branch, by)
    before = branches.last_at(tx.db, branch.id)
    if clock_jump.fault(tx.now, before) is None:
        return 0
    data = {"before": before.isoformat(), "by": by.name or by.id}
    tx.record(branch, EventType.CLOCK_CONFIRMED, data=data)
    access.write_audit(tx.db, tx.now, by.name or by.id, "clock", branch.id, data)
    return _come_back(tx, branch)


def ends_with_confirmation(db: Db, slug: str, now: datetime) -> int:
    """How many open tickets expire once somebody has confirmed a clock that shows `now`. Raises NotFound.

    Those of days to come where it was set back, of days that are over by it where it is ahead.
    """
    branch = branches.get(db, slug)
    day = business_day.today(branch, now)
    opened = tickets.open_states(db, branch.id)
    if now < branches.last_at(db, branch.id):
        return sum(1 for t in opened if t.business_day > day)
    return len(day_end.ending(db, branch, opened, now, turned=True))


def _come_back(tx: Transaction, branch: Branch) -> int:
    day = business_day.today(branch, tx.now)
    expired_to = tx.expired_to(branch)
    if expired_to is not None and expired_to > day:
        # who is carried into a day that has not come is looked at again at once
        tx.set_day(branch, day, tx.now)
    left = [t for t in tickets.open_of_other_days(tx.db, branch.id, day) if t.business_day > day]
    # first of all, as the event of the confirmation stands before theirs
    tickets.place_no_later(tx.db, branch.id, tx.now)
    for ticket in left:
        expire(tx, branch, ticket, reason="clock")
    return len(left)
