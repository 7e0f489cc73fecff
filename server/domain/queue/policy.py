"""The order of the queue: the earliest place goes first; a priority class counts as a head start.

Tickets are sorted by `place_at − head start`, then by issue order. No ticket starves: a ticket is passed by later ones
at most for the head start. A counter calls its first-choice services; it helps out if its own line is empty, or if a
customer of a helped service has waited as long as `helps_out_after`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from server.domain.branch import Branch, CounterProfile


@dataclass(frozen=True)
class Waiting:
    """The fields of a waiting ticket that determine its order."""

    ticket_id: int
    number: str
    service: str
    priority: str
    place_at: datetime
    for_counter: int | None = None


class Why(StrEnum):
    """The reason why a ticket is next."""

    MOVED_HERE = "moved_here"
    EARLIEST = "earliest"
    HEAD_START = "head_start"
    HELPING_EMPTY = "helping_empty"
    HELPING_LATE = "helping_late"


def effective_place(place_at: datetime, priority: str, head_starts: Mapping[str, timedelta]) -> datetime:
    """Return the place of a ticket less the head start of its class."""
    return place_at - head_starts.get(priority, timedelta(0))


def in_order(waiting: Iterable[Waiting], head_starts: Mapping[str, timedelta]) -> list[Waiting]:
    """Sort waiting tickets in the order of a counter that takes every service."""
    return sorted(waiting, key=lambda w: (effective_place(w.place_at, w.priority, head_starts), w.ticket_id))


def choose(
    heads: Iterable[Waiting], counter: CounterProfile, head_starts: Mapping[str, timedelta], now: datetime
) -> list[tuple[Waiting, Why]]:
    """Return the tickets this counter may call, in order, each with its reason.

    `heads` needs only the first ticket of each line (service, class, target counter), since each line is ordered by
    place. The first entry is next; the others are alternatives if another counter calls the first at the same time.
    """
    own: list[Waiting] = []
    late: list[Waiting] = []
    other: list[Waiting] = []
    for w in heads:
        if w.for_counter is not None:
            if w.for_counter == counter.number:
                own.append(w)
        elif w.service in counter.first_choice:
            own.append(w)
        elif w.service in counter.helps_out_with:
            bound = counter.helps_out_after
            (late if bound is not None and now - w.place_at >= bound else other).append(w)
    helping_late = {w.ticket_id for w in late}
    earliest_place = min((w.place_at for w in own + late), default=None)

    def why(w: Waiting) -> Why:
        if w.for_counter is not None:
            return Why.MOVED_HERE
        if w.ticket_id in helping_late:
            return Why.HELPING_LATE
        return Why.EARLIEST if w.place_at == earliest_place else Why.HEAD_START

    return [(w, why(w)) for w in in_order(own + late, head_starts)] + [
        (w, Why.HELPING_EMPTY) for w in in_order(other, head_starts)
    ]


@dataclass(frozen=True)
class Place:
    """A place in line, compared with the lines that the same counters take."""

    service: str
    services: tuple[str, ...]
    """The ticket's own service and the services that compete with it."""
    limits: Mapping[str, datetime]
    """Class → moment; a ticket of that class placed before (moment, `ticket_id`) is ahead of this place."""
    ticket_id: int
    counter: int | None = None
    """The only counter that calls it, if it was moved to one."""


ABOVE_ALL = 1 << 62
"""An id greater than all others, for a ticket that is not issued yet."""


def place_of(
    branch: Branch,
    service: str,
    priority: str,
    place_at: datetime,
    ticket_id: int = ABOVE_ALL,
    for_counter: int | None = None,
) -> Place:
    """Return the place of a ticket, or of a new one issued at `place_at`."""
    effective = effective_place(place_at, priority, branch.head_starts)
    limits = {code: effective + head_start for code, head_start in branch.head_starts.items()}
    services = branch.sharing(service)
    if for_counter is not None:
        first = next((c.first_choice for c in branch.active_counters if c.number == for_counter), ())
        services = first or (service,)
    return Place(service, services, limits, ticket_id, for_counter)


def calling_counters(place: Place, counters: Iterable[CounterProfile]) -> tuple[set[int], set[int]]:
    """Return (counters that take the place's ticket first, counters that help out); no other counter calls it."""
    if place.counter is not None:
        return {c.number for c in counters if c.number == place.counter}, set()
    counters = tuple(counters)
    return (
        {c.number for c in counters if place.service in c.first_choice},
        {c.number for c in counters if place.service in c.helps_out_with},
    )


def places_ahead(service: str, before: Mapping[str, int], counters: Iterable[CounterProfile]) -> int:
    """Return how many tickets are called before one of `service`: the fewest at any counter that takes it first.

    A counter with more services calls more tickets first; a counter with this service alone does not. If no counter
    takes the service first, its own line is counted.
    """
    counters_serving = [c for c in counters if service in c.first_choice]
    return min(
        (sum(before.get(s, 0) for s in c.first_choice) for c in counters_serving), default=before.get(service, 0)
    )
