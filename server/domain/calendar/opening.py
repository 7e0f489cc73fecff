"""Opening periods and times for new numbers: weekly hours, special days, last-ticket time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias

from server.domain.branch import Branch
from server.domain.calendar.business_day import day_bounds, day_starts, today

SEARCH_HORIZON = timedelta(days=400)
"""How far ahead the next opening is searched."""
CLOSING_HORIZON = timedelta(days=8)
"""A closing further away than this is not reported."""

NoNumbers: TypeAlias = Literal["hours", "last_ticket"]


@dataclass(frozen=True)
class Opening:
    """The opening state of a branch at one moment. Instants are UTC."""

    open: bool
    """Whether it is within its hours. Customers with a number are also served after them."""
    no_numbers: NoNumbers | None
    """Why no new numbers are issued; None while they are issued."""
    closes_at: datetime | None
    """When it closes; None while it is closed, and if the closing is beyond the horizon."""
    last_ticket_at: datetime | None
    """When it stops issuing numbers; None if that is not before the closing."""
    opens_at: datetime | None
    """When it opens next; None if unknown."""


_Period: TypeAlias = tuple[datetime, datetime]
"""[opens, closes)"""


def opening(branch: Branch, now: datetime) -> Opening:
    """Return the opening state at `now`; a branch without hours and special days is always open."""
    if branch.hours is None and not branch.special_days:
        return Opening(True, None, None, None, None)
    closes_at: datetime | None = None
    opens_at: datetime | None = None
    for opens, closes in _periods(branch, now):
        if opens > now:
            opens_at = opens
            break
        if closes > now:
            closes_at = closes
    if closes_at is None:
        return Opening(False, "hours", None, None, opens_at)
    if closes_at - now > CLOSING_HORIZON:
        return Opening(True, None, None, None, opens_at)
    last = closes_at - branch.last_ticket
    if not branch.last_ticket or _is_break(branch, closes_at, opens_at):
        return Opening(True, None, closes_at, None, opens_at)
    return Opening(True, "last_ticket" if now >= last else None, closes_at, last, opens_at)


def closing_after(branch: Branch, moment: datetime) -> datetime | None:
    """Return when the branch next closes after `moment`; None if it is not open just before and at `moment`.

    The result is at most the closing horizon after `moment`, also if no hours are declared.
    """
    if branch.hours is None and not branch.special_days:
        return moment + CLOSING_HORIZON
    # Start one day earlier, since a zone may skip the whole previous day.
    periods = _periods(branch, moment - timedelta(days=1))
    spanning = next((closes for opens, closes in periods if opens < moment < closes), None)
    return None if spanning is None else min(spanning, moment + CLOSING_HORIZON)


def numbers_next_day(branch: Branch, now: datetime) -> datetime | None:
    """Return when numbers are first issued on a business day after that of `now`; None if unknown."""
    _, tomorrow = day_bounds(today(branch, now), branch)
    next_opening = opening(branch, tomorrow)
    return tomorrow if next_opening.no_numbers is None else next_opening.opens_at


def _is_break(branch: Branch, closes_at: datetime, opens_at: datetime | None) -> bool:
    """Whether the branch opens again on the same business day."""
    _, ends = day_bounds(today(branch, closes_at - timedelta(microseconds=1)), branch)
    return opens_at is not None and opens_at < ends


def _periods(branch: Branch, now: datetime) -> tuple[_Period, ...]:
    """The open periods from yesterday on, in order, up to the closing horizon; adjacent periods are merged.

    Computed once per day and branch revision, since every issued number and every push needs them.
    """
    first = now.astimezone(branch.zone).date() - timedelta(days=1)
    periods = branch.period_cache.get(first)
    if periods is None:
        branch.period_cache.clear()
        periods = branch.period_cache[first] = tuple(_from(branch, first))
    return periods


def _from(branch: Branch, first: date) -> Iterator[_Period]:
    pending: _Period | None = None
    computed_until = day_starts(first + timedelta(days=2), branch.zone, time(0)) + CLOSING_HORIZON
    for offset in range(SEARCH_HORIZON.days):
        for period in _of_day(branch, first + timedelta(days=offset)):
            if pending is None:
                pending = period
            elif period[0] <= pending[1]:
                pending = (pending[0], max(pending[1], period[1]))
            else:
                yield pending
                pending = period
        if pending is not None and pending[1] > computed_until:
            break
    if pending is not None:
        yield pending


def _of_day(branch: Branch, day: date) -> Iterator[_Period]:
    for span in sorted(branch.spans_on(day), key=lambda span: span.start):
        until = day if span.end > span.start else day + timedelta(days=1)
        opens, closes = day_starts(day, branch.zone, span.start), day_starts(until, branch.zone, span.end)
        if opens < closes:  # a clock change may leave nothing of the span
            yield opens, closes


def local(branch: Branch, at: datetime) -> str:
    """Format an instant on the branch's wall clock, for messages and logs."""
    return f"{at.astimezone(branch.zone):%Y-%m-%d %H:%M}"
