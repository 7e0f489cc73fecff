"""The wait forecast: how long a waiting ticket still has to wait, as a range of low, likely and high.

The estimate is the number of places ahead, divided by the open counters, times the recent mean service time. The range
is the deviation of a sum of that many service times, and at least half a service time wide.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import sqrt

from server.domain.branch import Branch
from server.domain.queue.policy import Place, calling_counters, places_ahead

PRIOR_SECONDS = 300.0
"""The service time assumed before any is measured."""
PRIOR_WEIGHT = 5
"""The weight of the prior, in measured customers."""
SPREAD = 0.6
"""Standard deviation of one service time as a share of its mean (log-normal offices lie between 0.5 and 0.8)."""


@dataclass(frozen=True)
class Estimate:
    """Seconds still to wait from `as_of`; eight of ten customers should be called between low and high."""

    low: int
    likely: int
    high: int
    as_of: datetime


@dataclass(frozen=True)
class Pace:
    """The speed of a service's line: its open counters, and their mean seconds per customer."""

    counters: int
    seconds_each: float


def seconds_each(measured_total: float, measured_count: int) -> float:
    """Return the mean seconds per customer, weighted towards the prior while few are measured."""
    return (measured_total + PRIOR_SECONDS * PRIOR_WEIGHT) / (measured_count + PRIOR_WEIGHT)


def estimate(ahead: int, pace: Pace, now: datetime) -> Estimate | None:
    """Return the remaining wait with `ahead` customers before; None if no counter is open."""
    if pace.counters < 1:
        return None
    # The customers ahead, and on average half a service time until a busy counter is free.
    rounds = (ahead + 0.5) / pace.counters
    likely = rounds * pace.seconds_each
    deviation = pace.seconds_each * SPREAD * sqrt(ahead + 1) / pace.counters
    half = max(1.28 * deviation, 0.25 * pace.seconds_each)
    return Estimate(round(max(0.0, likely - half)), round(likely), round(likely + half), now)


class Staffing(StrEnum):
    """The state of the counters that may call a ticket; the best one decides."""

    OPEN = "open"
    """A counter that takes it first is open."""
    HELPING = "helping"
    """Only counters that help out are open; they call it when their own lines are empty."""
    PAUSED = "paused"
    """No counter is open, and at least one is on a break."""
    CLOSED = "closed"


@dataclass(frozen=True)
class WaitForecast:
    """The forecast for a waiting customer: the tickets ahead, the range, and the staffing of the counters."""

    ahead: int
    estimate: Estimate | None
    staffing: Staffing | None = None
    """None for a ticket that is not waiting."""


@dataclass(frozen=True)
class LineContext:
    """The state of the branch that a place's forecast depends on."""

    before: Mapping[str, int]
    """Service → number of its waiting tickets with an earlier place."""
    open_counters: Collection[int]
    """The numbers of the counters that are open."""
    paused_counters: Collection[int]
    """The numbers of the counters that are on a break."""
    recently_served: tuple[float, int]
    """(seconds, customers) of the recently served customers of its service."""


def forecast(branch: Branch, place: Place, line_context: LineContext, now: datetime) -> WaitForecast:
    """Return the forecast for a place in line.

    The range counts all tickets before it in the services that compete for the same counters, divided by the open
    counters that take any of those. If no open counter takes its own service, there is no range.
    """
    working = [c for c in branch.active_counters if c.number in line_context.open_counters]
    calling = [c for c in working if place.service in c.every_service]
    # If no open counter calls it, the counters that will are counted: when they open, no customer moves back.
    ahead = places_ahead(place.service, line_context.before, calling or branch.active_counters)
    own = next((c for c in branch.active_counters if c.number == place.counter), None)
    if own is not None:  # that counter calls earlier places of its own services first
        ahead, working = sum(line_context.before.get(s, 0) for s in own.first_choice), [own]
    staffing = staffing_of(branch, place, line_context)
    if staffing not in (Staffing.OPEN, Staffing.HELPING):
        return WaitForecast(ahead, None, staffing)
    counters_serving = sum(1 for c in working if not set(place.services).isdisjoint(c.every_service))
    pace = Pace(max(counters_serving, 1), seconds_each(*line_context.recently_served))
    return WaitForecast(ahead, estimate(sum(line_context.before.values()), pace, now), staffing)


def staffing_of(branch: Branch, place: Place, line_context: LineContext) -> Staffing:
    """Return the staffing of the counters that may call the ticket of this place."""
    first, helping = calling_counters(place, branch.active_counters)
    open_counters, paused = set(line_context.open_counters), set(line_context.paused_counters)
    if open_counters & first:
        return Staffing.OPEN
    if open_counters & helping:
        return Staffing.HELPING
    return Staffing.PAUSED if paused & (first | helping) else Staffing.CLOSED
