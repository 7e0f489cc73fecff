"""Record openings and closings at their time, and confirm a doubted clock."""

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

_EVENTS = {None: EventType.BRANCH_OPENED, "last_ticket": EventType.LAST_TICKET, "hours": EventType.BRANCH_CLOSED}
_RECENTLY = timedelta(minutes=1)
_RECENT_EVENTS = 200


def record_opening(tx: Transaction, branch_id: int) -> None:
    """Record that the branch has opened, has stopped issuing numbers, or has closed, so that every screen is updated.

    Records nothing if another process has just done so.
    """
    branch = tx.enter_id(branch_id)
    kind = _EVENTS[opening(branch, tx.now).no_numbers]
    seq = branches.seq_of(tx.db, branch_id)
    recent = event_log.after(tx.db, branch_id, seq - _RECENT_EVENTS, _RECENT_EVENTS)
    last = next((e for e in reversed(recent) if e.type in _EVENTS.values()), None)
    if last is None or last.type is not kind or tx.now - last.at > _RECENTLY:
        tx.record(branch, kind)


def confirm_clock(tx: Transaction, slug: str, principal: Principal) -> int:
    """Confirm the server's clock: the branch continues from the current time, also if that is back in time.

    Open tickets of future days expire; places taken in the future become places taken now, in their order. Returns the
    number of expired tickets; changes nothing if the clock is plausible. Raises NotFound, Forbidden.
    """
    branch = tx.enter(slug, clock_is_right=True)
    permit(branch, principal)
    before = branches.last_at(tx.db, branch.id)
    if clock_jump.fault(tx.now, before) is None:
        return 0
    data = {"before": before.isoformat(), "by": principal.name or principal.id}
    tx.record(branch, EventType.CLOCK_CONFIRMED, data=data)
    access.write_audit(tx.db, tx.now, principal.name or principal.id, "clock", branch.id, data)
    return _continue_from_now(tx, branch)


def ends_with_confirmation(db: Db, slug: str, now: datetime) -> int:
    """Return how many open tickets a confirmation of a clock that shows `now` would expire. Raises NotFound.

    If the clock was set back, these are tickets of future days; if it is ahead, tickets of days that are then over.
    """
    branch = branches.get(db, slug)
    day = business_day.today(branch, now)
    opened = tickets.open_states(db, branch.id)
    if now < branches.last_at(db, branch.id):
        return sum(1 for t in opened if t.business_day > day)
    return len(day_end.tickets_to_expire(db, branch, opened, now, turned=True))


def _continue_from_now(tx: Transaction, branch: Branch) -> int:
    day = business_day.today(branch, tx.now)
    expired_to = tx.expired_to(branch)
    if expired_to is not None and expired_to > day:
        # Check tickets carried into a future day again at once.
        tx.set_day(branch, day, tx.now)
    future = [t for t in tickets.open_of_other_days(tx.db, branch.id, day) if t.business_day > day]
    # Do this first: the log has the confirmation before the expiries.
    tickets.cap_places(tx.db, branch.id, tx.now)
    for ticket in future:
        expire(tx, branch, ticket, reason="clock")
    return len(future)
