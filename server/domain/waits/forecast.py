"""The honest range: how long a waiting ticket has still to wait, as low, likely and high.

A plain estimate: places ahead, shared among the open counters, times what a customer has lately taken. The range is
the spread of a sum of that many service times, and never pretends to be narrower than half a service time.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import sqrt

from server.domain.branch import Branch
from server.domain.queue.policy import Place, callers, places_ahead

PRIOR_SECONDS = 300.0
"""What a customer takes where nothing has been measured yet."""
PRIOR_WEIGHT = 5
"""How many measured customers the prior counts for."""
SPREAD = 0.6
"""Standard deviation of one service time as a share of its mean (log-normal offices lie between 0.5 and 0.8)."""


@dataclass(frozen=True)
class Estimate:
    """Seconds still to wait from `as_of`: eight in ten customers should fall between low and high."""

    low: int
    likely: int
    high: int
    as_of: datetime


@dataclass(frozen=True)
class Pace:
    """How fast a service's line moves: open counters that take it, and the mean seconds a customer takes there."""

    counters: int
    seconds_each: float


def seconds_each(measured_total: float, measured_count: int) -> float:
    """The mean seconds a customer takes, drawn towards the prior while little is known."""
    return (measured_total + PRIOR_SECONDS * PRIOR_WEIGHT) / (measured_count + PRIOR_WEIGHT)


def estimate(ahead: int, pace: Pace, now: datetime) -> Estimate | None:
    """The remaining wait with `ahead` customers before; None while no counter is open: nothing honest can be said."""
    if pace.counters < 1:
        return None
    # the customers ahead, and on average half a service time until a busy counter comes free
    turns = (ahead + 0.5) / pace.counters
    likely = turns * pace.seconds_each
    deviation = pace.seconds_each * SPREAD * sqrt(ahead + 1) / pace.counters
    half = max(1.28 * deviation, 0.25 * pace.seconds_each)
    return Estimate(round(max(0.0, likely - half)), round(likely), round(likely + half), now)


class Staffing(StrEnum):
    """What the counters that may call a ticket do now: the best of them counts."""

    OPEN = "open"
    """One that takes it first is open."""
    HELPING = "helping"
    """Only counters that help out are open: they call it when they have nobody of their own."""
    PAUSED = "paused"
    """None is open, one is on a break."""
    CLOSED = "closed"


@dataclass(frozen=True)
class WaitForecast:
    """What a waiting customer is told: how many would be called before, the honest range, and whether anybody calls."""

    ahead: int
    estimate: Estimate | None
    staffing: Staffing | None = None
    """None for a ticket that does not wait."""


@dataclass(frozen=True)
class LineContext:
    """What surrounds a place in line, as far as its prospect is concerned."""

    before: Mapping[str, int]
    """Service → how many of those that wait for it count from an earlier place."""
    open_counters: Collection[int]
    """The numbers of the counters that are open."""
    paused_counters: Collection[int]
    """The numbers of the counters that are on a break."""
    lately_served: tuple[float, int]
    """(seconds, customers) of those of its service who were served last."""


def forecast(branch: Branch, place: Place, line_context: LineContext, now: datetime) -> WaitForecast:
    """The prospect of a place in line.

    The range counts everybody before it among the services that compete for the same counters, shared by the open
    counters that take any of those; where none of these takes its own service, nothing honest can be said.
    """
    working = [c for c in branch.active_counters if c.number in line_context.open_counters]
    calling = [c for c in working if place.service in c.every_service]
    # where none that is open calls it, those count that will once they open: their opening moves nobody back
    ahead = places_ahead(place.service, line_context.before, calling or branch.active_counters)
    own = next((c for c in branch.active_counters if c.number == place.counter), None)
    if own is not None:  # that counter takes whoever came earlier for one of its services first
        ahead, working = sum(line_context.before.get(s, 0) for s in own.first_choice), [own]
    staffing = staffing_of(branch, place, line_context)
    if staffing not in (Staffing.OPEN, Staffing.HELPING):
        return WaitForecast(ahead, None, staffing)
    counters_serving = sum(1 for c in working if not set(place.services).isdisjoint(c.every_service))
    pace = Pace(max(counters_serving, 1), seconds_each(*line_context.lately_served))
    return WaitForecast(ahead, estimate(sum(line_context.before.values()), pace, now), staffing)


def staffing_of(branch: Branch, place: Place, line_context: LineContext) -> Staffing:
    """What the counters do that may call the ticket of this place."""
    first, helping = callers(place, branch.active_counters)
    open_now, paused = set(line_context.open_counters), set(line_context.paused_counters)
    if open_now & first:
        return Staffing.OPEN
    if open_now & helping:
        return Staffing.HELPING
    return Staffing.PAUSED if paused & (first | helping) else Staffing.CLOSED
