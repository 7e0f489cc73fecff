"""When the branch is open and when it gives out numbers: weekly hours, special days, last-ticket time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias

from server.domain.branch import Branch
from server.domain.calendar.business_day import day_bounds, day_starts, today

SEARCHED = timedelta(days=400)
"""How far ahead the next opening is looked for."""
FORESEEN = timedelta(days=8)
"""A closing further away than this is nobody's concern yet."""

NoNumbers: TypeAlias = Literal["hours", "last_ticket"]


@dataclass(frozen=True)
class Opening:
    """How a branch stands at one moment. Instants are UTC."""

    open: bool
    """Whether it is within its hours. Whoever holds a number is served after them too."""
    no_numbers: NoNumbers | None
    """Why no new numbers are given out; None while they are."""
    closes_at: datetime | None
    """None while it is closed, and where it does not close within days."""
    last_ticket_at: datetime | None
    """From when on no new numbers are given out; None where that is not before the closing."""
    opens_at: datetime | None
    """When it opens next after now; None where that is not known."""


_Period: TypeAlias = tuple[datetime, datetime]
"""[opens, closes)"""


def opening(branch: Branch, now: datetime) -> Opening:
    """How the branch stands at `now`; without hours and special days it is always open."""
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
    if closes_at - now > FORESEEN:
        return Opening(True, None, None, None, opens_at)
    last = closes_at - branch.last_ticket
    if not branch.last_ticket or _is_break(branch, closes_at, opens_at):
        return Opening(True, None, closes_at, None, opens_at)
    return Opening(True, "last_ticket" if now >= last else None, closes_at, last, opens_at)


def closing_after(branch: Branch, moment: datetime) -> datetime | None:
    """When the branch, by its hours, closes next after `moment`; None where it is not open just before it and at it.

    Without hours, or with a closing further away than is foreseen, a moment that far away.
    """
    if branch.hours is None and not branch.special_days:
        return moment + FORESEEN
    # from a day further back, since a zone may leave out the whole day before
    periods = _periods(branch, moment - timedelta(days=1))
    spanning = next((closes for opens, closes in periods if opens < moment < closes), None)
    return None if spanning is None else min(spanning, moment + FORESEEN)


def numbers_next_day(branch: Branch, now: datetime) -> datetime | None:
    """When the first numbers of a later business day than the one of `now` are given out; None where not known."""
    _, tomorrow = day_bounds(today(branch, now), branch)
    then = opening(branch, tomorrow)
    return tomorrow if then.no_numbers is None else then.opens_at


def _is_break(branch: Branch, closes_at: datetime, opens_at: datetime | None) -> bool:
    """Whether the branch opens again on the same business day."""
    _, ends = day_bounds(today(branch, closes_at - timedelta(microseconds=1)), branch)
    return opens_at is not None and opens_at < ends


def _periods(branch: Branch, now: datetime) -> tuple[_Period, ...]:
    """The open periods from yesterday on, in order, further than is foreseen; what touches is one period.

    Worked out once a day and plan: every number and every push asks for them.
    """
    first = now.astimezone(branch.zone).date() - timedelta(days=1)
    known = branch.periods_known.get(first)
    if known is None:
        branch.periods_known.clear()
        known = branch.periods_known[first] = tuple(_from(branch, first))
    return known


def _from(branch: Branch, first: date) -> Iterator[_Period]:
    pending: _Period | None = None
    enough = day_starts(first + timedelta(days=2), branch.zone, time(0)) + FORESEEN
    for offset in range(SEARCHED.days):
        for period in _of_day(branch, first + timedelta(days=offset)):
            if pending is None:
                pending = period
            elif period[0] <= pending[1]:
                pending = (pending[0], max(pending[1], period[1]))
            else:
                yield pending
                pending = period
        if pending is not None and pending[1] > enough:
            break
    if pending is not None:
        yield pending


def _of_day(branch: Branch, day: date) -> Iterator[_Period]:
    for span in sorted(branch.spans_on(day), key=lambda span: span.start):
        until = day if span.end > span.start else day + timedelta(days=1)
        opens, closes = day_starts(day, branch.zone, span.start), day_starts(until, branch.zone, span.end)
        if opens < closes:  # else a clock change has left nothing of it
            yield opens, closes


def local(branch: Branch, at: datetime) -> str:
    """An instant on the branch's wall clock, for the sentences of logs and programs."""
    return f"{at.astimezone(branch.zone):%Y-%m-%d %H:%M}"
