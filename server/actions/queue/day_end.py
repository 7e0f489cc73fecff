"""The turn of the business day, processed before any action of the new day: open tickets are carried over or expire."""

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

_DAY_SETTINGS = ("timezone", "day_start", "hours", "special_days", "carry_for")
"""The settings of a branch that determine its business day and the tickets carried into the next."""


def enter(tx: Transaction, slug: str) -> Branch:
    """Lock and return the branch of that slug, after ending its past business days.

    So tickets of yesterday are never called today unless they are carried, also if no server ran at midnight. Raises
    NotFound.
    """
    return _end_past_days(tx, tx.enter(slug))


def enter_id(tx: Transaction, branch_id: int) -> Branch:
    """Enter a branch by id, as `enter`."""
    return _end_past_days(tx, tx.enter_id(branch_id))


def _end_past_days(tx: Transaction, branch: Branch) -> Branch:
    if _has_new_day(tx, branch) or _carry_time_over(tx, branch):
        expire_open(tx, branch.id)
    return branch


def _has_new_day(tx: Transaction, branch: Branch) -> bool:
    before = tx.expired_to(branch)
    return before is None or before < business_day.today(branch, tx.now)


def _carry_time_over(tx: Transaction, branch: Branch) -> bool:
    until = tx.carried_until(branch)
    return until is not None and until <= tx.now


def expire_open(tx: Transaction, branch_id: int) -> int:
    """End past business days, and tickets whose carry time is over; return how many tickets expired.

    If the branch is open at the turn of the day, open tickets are carried into the next day and counters stay open.
    Otherwise the tickets expire and the counters close.
    """
    branch = tx.enter_id(branch_id)
    before, last_at = tx.expired_to(branch), branches.last_at(tx.db, branch_id)
    turned = _has_new_day(tx, branch)
    if not turned and not _carry_time_over(tx, branch):
        return 0
    day = business_day.today(branch, tx.now)
    last_turn, _ = business_day.day_bounds(day, branch)
    jump = tx.clock_jump() if turned else _jump_of_last_turn(tx, branch)
    limits = _limits(tx.db, branch, jump, turned=turned)
    expired, carried, next_checks = 0, [], []
    for ticket in tickets.open_of_other_days(tx.db, branch_id, day):
        until = _kept_until(branch, ticket, day, limits)
        if until > tx.now:
            next_checks.append(until)
            if turned and ticket.business_day < day:
                carried.append(ticket)
                data = {"state": ticket.state.value, "until": until.isoformat()}
                tx.record(branch, EventType.CARRIED, ticket, counter=ticket.counter, data=data)
        else:
            expire(tx, branch, ticket)
            expired += 1
    # Check again even without open tickets: no-shows from just before the turn may still be reinstated.
    next_checks.append(limits(_day_before(day)).in_line)
    tx.set_day(branch, day, min((at for at in next_checks if at > tx.now), default=None))
    if turned and before is not None:
        jump_over_turn = jump if jump is not None and jump.passes(last_turn) else None
        if jump_over_turn is None:
            _close_counters(tx, branch, last_turn)
        turn = DayTurn(day, tx.now, expired, len(carried), last_at, jump_over_turn)
        branches.set_last_turn(tx.db, branch_id, turn)
        # A separate event, so that every screen is updated for the new day and its numbers.
        tx.record(branch, EventType.DAY_STARTED, data=_event_data(turn))
    return expired


def settings_changed(tx: Transaction, current: Branch, target: Branch) -> None:
    """Schedule a check of carried tickets under the new day settings, before any other action."""
    changed = any(getattr(current, name) != getattr(target, name) for name in _DAY_SETTINGS)
    before = tx.expired_to(current)
    if changed and before is not None:
        tx.set_day(current, min(before, business_day.today(target, tx.now)), tx.now)


def effects_of_settings(db: Db, current: Branch, target: Branch, now: datetime) -> list[str]:
    """Describe the effects of changed day settings on waiting customers, as sentences. Changes nothing.

    `target` is the branch with the new settings, `current` the branch as it is.
    """
    target = replace(target, id=current.id)
    if not any(getattr(current, name) != getattr(target, name) for name in _DAY_SETTINGS):
        return []
    old, new, effects = business_day.today(current, now), business_day.today(target, now), []
    turned = new > old
    open_tickets = tickets.open_states(db, current.id)
    expiring = tickets_to_expire(db, target, open_tickets, now, turned=turned)
    kept = [t for t in open_tickets if t not in expiring]
    prefix = f"branch {current.slug}: "
    if expiring:
        why = "the branch is not open while the day turns" if turned else "what is carried ends by the new times"
        effects.append(f"{prefix}{with_count(len(expiring), 'open ticket')} would expire: {why}")
    if new != old and kept:
        numbering = "begin again" if turned else "go on where that day's ended"
        effects.append(
            f"{prefix}today becomes {new} (it is {old}): {with_count(len(kept), 'open ticket')} would be kept, "
            f"and new numbers would {numbering}"
        )
    if turned:
        last_turn, _ = business_day.day_bounds(new, target)
        effects += [f"{prefix}counter {n} would close" for n in _counters_to_close(db, target, last_turn, kept)]
    if kept and opening(current, now).open and not opening(target, now).open:
        effects.append(f"{prefix}it would be closed now, while {with_count(len(kept), 'open ticket')} would be kept")
    return effects


def tickets_to_expire(
    db: Db, branch: Branch, open_tickets: list[OpenState], now: datetime, *, turned: bool
) -> list[OpenState]:
    """Return the open tickets that a check of the day would end now; `turned`: a new day begins with it."""
    day, limits = business_day.today(branch, now), _limits(db, branch, None, turned=turned)
    return [t for t in open_tickets if t.business_day < day and limits(t.business_day).of(t.state) <= now]


def last_counter_closed(tx: Transaction, branch: Branch) -> None:
    """Without declared hours, check later whether the last counter stays closed; carried tickets then end."""
    if branch.hours is None and tx.carried_until(branch) is not None and not _open_counters(tx.db, branch):
        turn, _ = business_day.day_bounds(business_day.today(branch, tx.now), branch)
        tx.set_day(branch, tx.expired_to(branch), min(tx.now + STAYS_CLOSED, turn + branch.carry_for))


def find_ticket(tx: Transaction, branch: Branch, number: str, likely: Collection[State] = OPEN) -> Ticket:
    """Find the ticket for a number typed by staff: an open one, or an ended one of today.

    While tickets are carried, also one that ended since, or before the turn of the day so recently that it can still be
    reinstated. Raises NotFound, AmbiguousNumber.
    """
    day = business_day.today(branch, tx.now)
    since = None
    if tx.carried_until(branch) is not None:
        since = business_day.day_bounds(day, branch)[0] - branch.reinstate_within
    return tickets.find(tx.db, branch, day, number, likely, since)


def refuse_number_taken(tx: Transaction, ticket: Ticket) -> None:
    """Raise TicketStateConflict if another open ticket has the number of a ticket to be reopened."""
    other = tickets.open_id_of_number(tx.db, ticket.branch_id, ticket.number)
    if other is not None and other != ticket.id:
        raise TicketStateConflict(
            f"Number {ticket.number} has been given to another customer since; please issue a new one.", ticket
        )


def expire(tx: Transaction, branch: Branch, ticket: Ticket, **data: str) -> None:
    """Expire an open ticket."""
    tickets.swap(tx.db, ticket, State.EXPIRED, ended_at=tx.now, leg_id=None)
    if ticket.leg_id is not None:
        tickets.write_leg(tx.db, ticket, ticket.leg_id, ended_at=tx.now, outcome="expired")
    tx.record(branch, EventType.EXPIRED, ticket, counter=ticket.counter, data={"from": ticket.state.value, **data})
    taken_from_counter(tx, branch, ticket)


def _kept_until(branch: Branch, ticket: Ticket, day: date, limits: Callable[[date], CarryLimits]) -> datetime:
    if ticket.business_day > day:
        # A changed setting moved the day back: the ticket belongs to today again after the next turn.
        return business_day.day_bounds(day, branch)[1]
    return limits(ticket.business_day).of(ticket.state)


def _limits(db: Db, branch: Branch, jump: ClockJump | None, *, turned: bool) -> Callable[[date], CarryLimits]:
    """Return a function of the business day: until when its tickets are kept."""

    @cache
    def limits(day: date) -> CarryLimits:
        _, turn = business_day.day_bounds(day, branch)
        in_use = _counters_in_use(db, branch, turn) if turned else _open_counters(db, branch)
        carry = carry_limits(branch, day, counters_open=bool(in_use), jump=jump)
        if carry is not None:
            return carry
        # Tickets at a counter when the branch closes, or when its hours change, may still be finished.
        return CarryLimits(turn, turn if turned else turn + branch.carry_for)

    return limits


def _jump_of_last_turn(tx: Transaction, branch: Branch) -> ClockJump | None:
    turn = branches.last_turn(tx.db, branch.id)
    return turn.jump if turn is not None else None


def _open_counters(db: Db, branch: Branch) -> set[int]:
    return {c.number for c in counters.list_active(db, branch.id) if c.state is not CounterState.CLOSED}


def _counters_in_use(db: Db, branch: Branch, turn: datetime) -> set[int]:
    """The open counters that were used shortly before a turn of the day."""
    open_counters = _open_counters(db, branch)
    return open_counters & counters.used_between(db, branch.id, turn - IN_USE, turn) if open_counters else open_counters


def _close_counters(tx: Transaction, branch: Branch, turn: datetime) -> None:
    for number in _counters_to_close(tx.db, branch, turn, tickets.open_states(tx.db, branch.id)):
        counters.put(tx.db, branch.id, CounterStatus(number, CounterState.CLOSED), tx.now)
        tx.record(branch, EventType.COUNTER_CLOSED, counter=number, data={"reason": "day_end"})


def _counters_to_close(db: Db, branch: Branch, turn: datetime, kept: list[OpenState]) -> list[int]:
    """The open counters where nobody works during the turn of the day and that have no kept ticket."""
    open_counters = _open_counters(db, branch)
    if not opening(branch, turn).open:
        stay = set()
    else:
        stay = open_counters if branch.hours is not None else _counters_in_use(db, branch, turn)
    return sorted(open_counters - stay - {t.counter for t in kept if t.state in AT_COUNTER})


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _event_data(turn: DayTurn) -> dict[str, object]:
    data: dict[str, object] = {
        "day": turn.day.isoformat(),
        "expired": turn.expired,
        "carried": turn.carried,
        "while_working": turn.while_working,
        "last_event_at": turn.last_at.isoformat(),
    }
    if turn.jump is not None:
        data |= {"clock_before": turn.jump.before.isoformat(), "clock_after": turn.jump.after.isoformat()}
    return data
