"""Who is next, in one sentence: the earliest place goes first, where a priority class counts as a head start.

The key of a ticket is `place_at − head start`, ties by issue order. Nobody starves: the longest anyone can be passed
is the head start itself. A counter takes its first-choice services; it helps out when its own line is empty, or when
somebody of a helped service has kept a place for as long as the counter's bound.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from server.domain.branch import Branch, CounterProfile


@dataclass(frozen=True)
class Waiting:
    """One waiting ticket, as far as the order is concerned."""

    ticket_id: int
    number: str
    service: str
    priority: str
    place_at: datetime
    for_counter: int | None = None


class Why(StrEnum):
    """Why a ticket is next."""

    MOVED_HERE = "moved_here"
    EARLIEST = "earliest"
    HEAD_START = "head_start"
    HELPING_EMPTY = "helping_empty"
    HELPING_LATE = "helping_late"


def effective_place(place_at: datetime, priority: str, head_starts: Mapping[str, timedelta]) -> datetime:
    """Where a ticket counts from: its place less the head start of its class."""
    return place_at - head_starts.get(priority, timedelta(0))


def in_order(waiting: Iterable[Waiting], head_starts: Mapping[str, timedelta]) -> list[Waiting]:
    """The waiting tickets as they would be called, were every counter to take every service."""
    return sorted(waiting, key=lambda w: (effective_place(w.place_at, w.priority, head_starts), w.ticket_id))


def choose(
    heads: Iterable[Waiting], counter: CounterProfile, head_starts: Mapping[str, timedelta], now: datetime
) -> list[tuple[Waiting, Why]]:
    """The tickets this counter may call, in order, each with its reason.

    `heads` needs to hold only the first of each (service, class, moved-to counter) line: within a line the order is
    by place. The first entry is next; those behind it are the choice when another counter claims it first.
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
    """A place in line, as the lines that the same counters take see it."""

    service: str
    services: tuple[str, ...]
    """Its own service and those that compete with it."""
    limits: Mapping[str, datetime]
    """Class → of that class, whoever is placed before (this moment, `ticket_id`) counts from an earlier place."""
    ticket_id: int
    counter: int | None = None
    """The only counter that calls it, where it was moved to one."""


ABOVE_ALL = 1 << 62
"""An id above all others, for a ticket that is not issued yet."""


def place_of(
    branch: Branch,
    service: str,
    priority: str,
    place_at: datetime,
    ticket_id: int = ABOVE_ALL,
    for_counter: int | None = None,
) -> Place:
    """The place of a ticket, or of one that would be issued at `place_at`."""
    mine = effective_place(place_at, priority, branch.head_starts)
    limits = {code: mine + head_start for code, head_start in branch.head_starts.items()}
    services = branch.sharing(service)
    if for_counter is not None:
        first = next((c.first_choice for c in branch.active_counters if c.number == for_counter), ())
        services = first or (service,)
    return Place(service, services, limits, ticket_id, for_counter)


def callers(place: Place, counters: Iterable[CounterProfile]) -> tuple[set[int], set[int]]:
    """(the counters that take it first, those that help out): nobody else calls the ticket of this place."""
    if place.counter is not None:
        return {c.number for c in counters if c.number == place.counter}, set()
    counters = tuple(counters)
    return (
        {c.number for c in counters if place.service in c.first_choice},
        {c.number for c in counters if place.service in c.helps_out_with},
    )


def places_ahead(service: str, before: Mapping[str, int], counters: Iterable[CounterProfile]) -> int:
    """How many would be called before a ticket of `service`: the fewest at any counter that takes it first.

    A counter that takes more services calls more people first, but one that takes this service alone does not wait for
    theirs. Where no counter takes it first, its own line is what is certain.
    """
    counters_serving = [c for c in counters if service in c.first_choice]
    return min(
        (sum(before.get(s, 0) for s in c.first_choice) for c in counters_serving), default=before.get(service, 0)
    )
