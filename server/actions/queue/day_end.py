"""The turn of a business day, before anything is done on the next: open tickets are carried over it, or expire."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date, datetime
from functools import cache

from server.actions.queue.pausing import taken_from_counter
from server.domain.branch import Branch
from server.domain.calendar import business_day
from server.domain.calendar.clock_jump import ClockJump
from server.domain.calendar.opening import opening
from server.domain.counter import CounterState, CounterStatus
from server.domain.errors import TicketStateConflict
from server.domain.history.events import EventType
from server.domain.queue.carrying import IN_USE, STAYS_CLOSED, CarryLimits, DayTurn, carry_limits
from server.domain.queue.retirement import with_count
from server.domain.ticket import AT_COUNTER, OPEN, State, Ticket
from server.store.engines.store import Db
from server.store.engines.transaction import Transaction
from server.store.tables import branches, counters, tickets
from server.store.tables.tickets import OpenState

_DECIDE_THE_DAY = ("timezone", "day_start", "hours", "special_days", "carry_for")
"""The settings of a branch that decide which day it is, and what becomes of tickets when it turns."""


def enter(tx: Transaction, slug: str) -> Branch:
    """The branch of that slug, its row taken first and its earlier days ended.

    So nobody is called today who took a number yesterday, wherever the server was at midnight, unless he is carried.
    Raises NotFound.
    """
    return _ended(tx, tx.enter(slug))


def enter_id(tx: Transaction, branch_id: int) -> Branch:
    """The same by id."""
    return _ended(tx, tx.enter_id(branch_id))


def _ended(tx: Transaction, branch: Branch) -> Branch:
    if _turned(tx, branch) or _carries_too_long(tx, branch):
        expire_open(tx, branch.id)
    return branch


def _turned(tx: Transaction, branch: Branch) -> bool:
    before = tx.expired_to(branch)
    return before is None or before < business_day.today(branch, tx.now)


def _carries_too_long(tx: Transaction, branch: Branch) -> bool:
    until = tx.carried_until(branch)
    return until is not None and until <= tx.now


def expire_open(tx: Transaction, branch_id: int) -> int:
    """End the business days before today's, and what is carried for too long; returns how many tickets expired.

    Where the branch is open while the day turns, open tickets are carried into the next day and counters stay open;
    elsewhere the tickets expire and the counters close.
    """
    branch = tx.enter_id(branch_id)
    before, last_at = tx.expired_to(branch), branches.last_at(tx.db, branch_id)
    turned = _turned(tx, branch)
    if not turned and not _carries_too_long(tx, branch):
        return 0
    day = business_day.today(branch, tx.now)
    last_turn, _ = business_day.day_bounds(day, branch)
    jump = tx.clock_jump() if turned else _kept_jump(tx, branch)
    limits = _limits(tx.db, branch, jump, turned=turned)
    expired, carried, look_again = 0, [], []
    for ticket in tickets.open_of_other_days(tx.db, branch_id, day):
        until = _until(branch, ticket, day, limits)
        if until > tx.now:
            look_again.append(until)
            if turned and ticket.business_day < day:
                carried.append(ticket)
                data = {"state": ticket.state.value, "until": until.isoformat()}
                tx.record(branch, EventType.CARRIED, ticket, counter=ticket.counter, data=data)
        else:
            expire(tx, branch, ticket)
            expired += 1
    # also with nobody left: who did not come just before the turn may still be taken back
    look_again.append(limits(_day_before(day)).in_line)
    tx.set_day(branch, day, min((at for at in look_again if at > tx.now), default=None))
    if turned and before is not None:
        over = jump if jump is not None and jump.passes(last_turn) else None
        if over is None:
            _close_counters(tx, branch, last_turn)
        turn = DayTurn(day, tx.now, expired, len(carried), last_at, over)
        branches.set_last_turn(tx.db, branch_id, turn)
        # an event of its own, so that every screen hears of the new day, and of its new numbers
        tx.record(branch, EventType.DAY_STARTED, data=_said_of(turn))
    return expired


def settings_changed(tx: Transaction, known: Branch, wanted: Branch) -> None:
    """Have what is carried looked at again by the new hours, zone, day start and carry time, before anything else."""
    changed = any(getattr(known, name) != getattr(wanted, name) for name in _DECIDE_THE_DAY)
    before = tx.expired_to(known)
    if changed and before is not None:
        tx.set_day(known, min(before, business_day.today(wanted, tx.now)), tx.now)


def touched_by_settings(db: Db, known: Branch, wanted: Branch, now: datetime) -> list[str]:
    """What a change of zone, day start, hours or carry time does to people who wait, as sentences; nothing is changed.

    `wanted` is the branch as it would be, `known` as it is.
    """
    wanted = replace(wanted, id=known.id)
    if not any(getattr(known, name) != getattr(wanted, name) for name in _DECIDE_THE_DAY):
        return []
    old, new, told = business_day.today(known, now), business_day.today(wanted, now), []
    turned = new > old
    every = tickets.open_states(db, known.id)
    ended = ending(db, wanted, every, now, turned=turned)
    kept = [t for t in every if t not in ended]
    about = f"branch {known.slug}: "
    if ended:
        why = "the branch is not open while the day turns" if turned else "what is carried ends by the new times"
        told.append(f"{about}{with_count(len(ended), 'open ticket')} would expire: {why}")
    if new != old and kept:
        goes_on = "begin again" if turned else "go on where that day's ended"
        told.append(
            f"{about}today becomes {new} (it is {old}): {with_count(len(kept), 'open ticket')} would be kept, "
            f"and new numbers would {goes_on}"
        )
    if turned:
        last_turn, _ = business_day.day_bounds(new, wanted)
        told += [f"{about}counter {n} would close" for n in _left_by_all(db, wanted, last_turn, kept)]
    if kept and opening(known, now).open and not opening(wanted, now).open:
        told.append(f"{about}it would be closed now, while {with_count(len(kept), 'open ticket')} would be kept")
    return told


def ending(db: Db, branch: Branch, opened: list[OpenState], now: datetime, *, turned: bool) -> list[OpenState]:
    """Those of the open tickets that a look at the day would end now; `turned` is whether a new day begins with it."""
    day, limits = business_day.today(branch, now), _limits(db, branch, None, turned=turned)
    return [t for t in opened if t.business_day < day and limits(t.business_day).of(t.state) <= now]


def last_counter_closed(tx: Transaction, branch: Branch) -> None:
    """Without declared hours, see in a while whether the last counter stays closed: then carried tickets end."""
    if branch.hours is None and tx.carried_until(branch) is not None and not _open_counters(tx.db, branch):
        turn, _ = business_day.day_bounds(business_day.today(branch, tx.now), branch)
        tx.set_day(branch, tx.expired_to(branch), min(tx.now + STAYS_CLOSED, turn + branch.carry_for))


def find_ticket(tx: Transaction, branch: Branch, number: str, likely: Collection[State] = OPEN) -> Ticket:
    """The ticket that staff mean by a number: an open one, or one of today's that is over.

    While tickets are carried, also one that ended so shortly before the turn of the day, or since, that it could still
    be taken back. Raises NotFound.
    """
    day = business_day.today(branch, tx.now)
    since = None
    if tx.carried_until(branch) is not None:
        since = business_day.day_bounds(day, branch)[0] - branch.reinstate_within
    return tickets.find(tx.db, branch, day, number, likely, since)


def refuse_number_taken(tx: Transaction, ticket: Ticket) -> None:
    """Raise TicketStateConflict where the number of a ticket that is to be open again is somebody else's by now."""
    other = tickets.of_open_number(tx.db, ticket.branch_id, ticket.number)
    if other is not None and other != ticket.id:
        raise TicketStateConflict(
            f"Number {ticket.number} has been given to another customer since; please issue a new one.", ticket
        )


def expire(tx: Transaction, branch: Branch, ticket: Ticket, **data: str) -> None:
    """End an open ticket that nobody ended."""
    tickets.swap(tx.db, ticket, State.EXPIRED, ended_at=tx.now, leg_id=None)
    if ticket.leg_id is not None:
        tickets.write_leg(tx.db, ticket, ticket.leg_id, ended_at=tx.now, outcome="expired")
    tx.record(branch, EventType.EXPIRED, ticket, counter=ticket.counter, data={"from": ticket.state.value, **data})
    taken_from_counter(tx, branch, ticket)


def _until(branch: Branch, ticket: Ticket, day: date, limits: Callable[[date], CarryLimits]) -> datetime:
    if ticket.business_day > day:
        # a setting has moved the day back: the ticket becomes today's again with the next turn
        return business_day.day_bounds(day, branch)[1]
    return limits(ticket.business_day).of(ticket.state)


def _limits(db: Db, branch: Branch, jump: ClockJump | None, *, turned: bool) -> Callable[[date], CarryLimits]:
    """Until when the tickets of an ended business day are kept."""

    @cache
    def limits(day: date) -> CarryLimits:
        _, turn = business_day.day_bounds(day, branch)
        in_use = _counters_in_use(db, branch, turn) if turned else _open_counters(db, branch)
        found = carry_limits(branch, day, counters_open=bool(in_use), jump=jump)
        if found is not None:
            return found
        # who is at a counter when the branch closes, or when its hours are changed, is finished
        return CarryLimits(turn, turn if turned else turn + branch.carry_for)

    return limits


def _kept_jump(tx: Transaction, branch: Branch) -> ClockJump | None:
    turn = branches.last_turn(tx.db, branch.id)
    return turn.jump if turn is not None else None


def _open_counters(db: Db, branch: Branch) -> set[int]:
    return {now.number for now in counters.every(db, branch.id) if now.state is not CounterState.CLOSED}


def _counters_in_use(db: Db, branch: Branch, turn: datetime) -> set[int]:
    """The counters that are open and at which something was done shortly before a turn of the day."""
    opened = _open_counters(db, branch)
    return opened & counters.used_between(db, branch.id, turn - IN_USE, turn) if opened else opened


def _close_counters(tx: Transaction, branch: Branch, turn: datetime) -> None:
    for number in _left_by_all(tx.db, branch, turn, tickets.open_states(tx.db, branch.id)):
        counters.put(tx.db, branch.id, CounterStatus(number, CounterState.CLOSED), tx.now)
        tx.record(branch, EventType.COUNTER_CLOSED, counter=number, data={"reason": "day_end"})


def _left_by_all(db: Db, branch: Branch, turn: datetime, kept: list[OpenState]) -> list[int]:
    """The counters that are open though nobody works there while the day turns, and no ticket that is kept is there."""
    opened = _open_counters(db, branch)
    if not opening(branch, turn).open:
        stay = set()
    else:
        stay = opened if branch.hours is not None else _counters_in_use(db, branch, turn)
    return sorted(opened - stay - {t.counter for t in kept if t.state in AT_COUNTER})


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _said_of(turn: DayTurn) -> dict[str, object]:
    said: dict[str, object] = {
        "day": turn.day.isoformat(),
        "expired": turn.expired,
        "carried": turn.carried,
        "while_working": turn.while_working,
        "last_event_at": turn.last_at.isoformat(),
    }
    if turn.jump is not None:
        said |= {"clock_before": turn.jump.before.isoformat(), "clock_after": turn.jump.after.isoformat()}
    return said
