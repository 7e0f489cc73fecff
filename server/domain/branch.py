"""What a branch is made of: services, counters with their profiles, priority classes, opening hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import TypeAlias
from zoneinfo import ZoneInfo

from server.domain.errors import Invalid, NotFound

Names: TypeAlias = dict[str, str]
"""Language → name."""


@dataclass(frozen=True)
class Service:
    """What people queue for. Its `code` begins every number of it."""

    code: str
    name: Names
    first_number: int = 1
    last_number: int = 999
    target_wait: timedelta = timedelta(minutes=15)
    daily_quota: int | None = None
    retired: bool = False


@dataclass(frozen=True)
class PriorityClass:
    """A class of customers whose place counts as if they had come `head_start` earlier."""

    code: str
    name: Names
    head_start: timedelta
    retired: bool = False


NORMAL = "normal"


@dataclass(frozen=True)
class CounterProfile:
    """A counter's number and the services it takes: first choice, and those it helps out with.

    It helps out when nobody waits for its first-choice services, or, with `helps_out_after`, as soon as somebody of
    a helped service has waited that long.
    """

    number: int
    name: Names
    services: tuple[str, ...]
    helps_out_with: tuple[str, ...] = ()
    helps_out_after: timedelta | None = None
    retired: bool = False
    withdrawn: tuple[str, ...] = field(default=(), compare=False)
    """Services that are no longer offered: it took them before, and still calls whoever waits for them."""

    @property
    def first_choice(self) -> tuple[str, ...]:
        """The services whose lines it takes first, withdrawn ones too."""
        return (*self.services, *self.withdrawn)

    @property
    def every_service(self) -> tuple[str, ...]:
        """All services whose customers it may call."""
        return (*self.services, *self.withdrawn, *self.helps_out_with)


@dataclass(frozen=True)
class Span:
    """Open from `start` to `end` of the branch's wall clock; `end` ≤ `start` runs past midnight."""

    start: time
    end: time

    @property
    def length(self) -> timedelta:
        """How long it is by the clock on the wall."""
        day = date(2000, 1, 1) if self.end > self.start else date(2000, 1, 2)
        return datetime.combine(day, self.end) - datetime.combine(date(2000, 1, 1), self.start)


Hours: TypeAlias = dict[int, tuple[Span, ...]]
"""Weekday (0 = Monday) → spans; a weekday that is absent is closed."""

ALL_DAY = (Span(time(0), time(0)),)


@dataclass(frozen=True)
class PauseReason:
    """Why a counter may be on a break, in the branch's own words; `code` is what is stored and reported."""

    code: str
    name: Names


@dataclass(frozen=True)
class NoShowRule:
    """How often a customer is called again, and how long after the call, before "did not come" is taken."""

    recalls: int = 0
    wait: timedelta = timedelta(0)

    def recalls_missing(self, recalls: int) -> int:
        """How many recalls are still missing after so many."""
        return max(0, self.recalls - recalls)


@dataclass(frozen=True)
class Branch:
    """One site: its zone, its rules, and everything it is made of, as declared."""

    id: int
    slug: str
    name: Names
    timezone: str
    languages: tuple[str, ...]
    day_start: time = time(0, 0)
    start_on_call: bool = False
    public_url: str | None = None
    hours: Hours | None = None
    special_days: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    """Local date → when the branch is open on it instead of its weekday's hours; no span: closed."""
    last_ticket: timedelta = timedelta(0)
    """No new numbers in so long before the last closing of a business day; a break is none."""
    join_by_phone: bool = False
    phone_share: float = 0.5
    """The part (0…1) of each service's daily quota, else of its number range, that phones may take."""
    reinstate_within: timedelta = timedelta(hours=2)
    carry_for: timedelta = timedelta(hours=12)
    """How long after the turn of a business day its open tickets are kept, where the branch is open at the turn."""
    retention: timedelta = timedelta(days=90)
    """How long words about people, notes and reasons, are kept."""
    pause_reasons: tuple[PauseReason, ...] = ()
    no_show_after: NoShowRule = NoShowRule()
    notice: Names | None = None
    services: tuple[Service, ...] = ()
    counters: tuple[CounterProfile, ...] = ()
    priority_classes: tuple[PriorityClass, ...] = ()
    revision: int = 0
    retired: bool = False
    """It is closed for good."""

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """The spans that begin on a local date: that special day's, else its weekday's; all day without hours."""
        if day in self.special_days:
            return self.special_days[day]
        return ALL_DAY if self.hours is None else self.hours.get(day.weekday(), ())

    @cached_property
    def periods_known(self) -> dict[date, tuple[tuple[datetime, datetime], ...]]:
        """The open periods that `opening` has worked out, by the local date from which on."""
        return {}

    @cached_property
    def _services(self) -> dict[str, Service]:
        return {s.code: s for s in self.services}

    @cached_property
    def _counters(self) -> dict[int, CounterProfile]:
        return {c.number: c for c in self.counters}

    @cached_property
    def head_starts(self) -> dict[str, timedelta]:
        """Class code → head start; retired classes keep theirs, for tickets that were issued with them."""
        return {NORMAL: timedelta(0)} | {c.code: c.head_start for c in self.priority_classes}

    @cached_property
    def active_services(self) -> tuple[Service, ...]:
        return tuple(s for s in self.services if not s.retired)

    @cached_property
    def called_services(self) -> tuple[Service, ...]:
        """The services that are offered, and the withdrawn ones whose last customers a counter still calls."""
        withdrawn = {code for c in self.active_counters for code in c.withdrawn}
        return tuple(s for s in self.services if not s.retired or s.code in withdrawn)

    @cached_property
    def without_counter(self) -> frozenset[str]:
        """The services whose customers no counter calls, withdrawn ones too."""
        return frozenset(s.code for s in self.services if not self.counters_serving(s.code))

    @cached_property
    def active_counters(self) -> tuple[CounterProfile, ...]:
        return tuple(c for c in self.counters if not c.retired)

    def service(self, code: str) -> Service:
        """The service of that code, retired ones too. Raises Invalid for an unknown one."""
        try:
            return self._services[code]
        except KeyError:
            raise Invalid(f"There is no service {code!r} in branch {self.slug}.") from None

    def counter(self, number: int) -> CounterProfile:
        """The counter of that number. Raises NotFound for an unknown or retired one."""
        counter = self._counters.get(number)
        if counter is None or counter.retired:
            raise NotFound(f"There is no counter {number} in branch {self.slug}.")
        return counter

    def counters_serving(self, service: str) -> tuple[int, ...]:
        """The counters that call customers of the service, as first choice or helping out; of none, nobody does."""
        return tuple(c.number for c in self.active_counters if service in c.every_service)

    def counter_name(self, number: int | None) -> Names | None:
        """The name of a counter, retired ones too, for what has already happened there."""
        profile = self._counters.get(number) if number is not None else None
        return profile.name if profile else None

    def priority(self, code: str | None) -> str:
        """The class code to store. Raises Invalid for a class that the branch does not have."""
        if code is None or code == NORMAL:
            return NORMAL
        for c in self.priority_classes:
            if c.code == code and not c.retired:
                return code
        raise Invalid(f"There is no priority class {code!r} in branch {self.slug}.")

    def priority_name(self, code: str) -> Names | None:
        return next((c.name for c in self.priority_classes if c.code == code), None)

    def sharing(self, service: str) -> tuple[str, ...]:
        """The services that compete with `service`: first choice at a counter where it is first choice too.

        A customer's place is counted among these, since those counters take whoever's place is earliest. A service
        that is nobody's first choice competes with what its helpers take.
        """
        return self._sharing.get(service, (service,))

    @cached_property
    def _sharing(self) -> dict[str, tuple[str, ...]]:
        found = {}
        for service in self._services:
            first = [c for c in self.active_counters if service in c.first_choice]
            helping = [c for c in self.active_counters if service in c.helps_out_with]
            shared = {s for c in (first or helping) for s in c.first_choice} | {service}
            found[service] = tuple(sorted(shared))
        return found
