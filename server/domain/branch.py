"""Parts of a branch: services, counters with their profiles, priority classes, opening hours."""

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
    """A service that customers queue for. Its `code` is the first part of each of its ticket numbers."""

    code: str
    name: Names
    first_number: int = 1
    last_number: int = 999
    target_wait: timedelta = timedelta(minutes=15)
    daily_quota: int | None = None
    retired: bool = False


@dataclass(frozen=True)
class PriorityClass:
    """A class of customers who are ordered as if they had arrived `head_start` earlier."""

    code: str
    name: Names
    head_start: timedelta
    retired: bool = False


NORMAL = "normal"


@dataclass(frozen=True)
class CounterProfile:
    """A counter's number, the services it takes first, and the services it helps out with.

    A counter helps out when nobody waits for its first-choice services. With `helps_out_after`, it also helps out when
    a customer of a helped service has waited that long.
    """

    number: int
    name: Names
    services: tuple[str, ...]
    helps_out_with: tuple[str, ...] = ()
    helps_out_after: timedelta | None = None
    retired: bool = False
    withdrawn: tuple[str, ...] = field(default=(), compare=False)
    """Services that are no longer offered. The counter took them before and still calls their last waiting
    customers."""

    @property
    def first_choice(self) -> tuple[str, ...]:
        """The services it takes first, withdrawn ones included."""
        return (*self.services, *self.withdrawn)

    @property
    def every_service(self) -> tuple[str, ...]:
        """All services whose customers it may call."""
        return (*self.services, *self.withdrawn, *self.helps_out_with)


@dataclass(frozen=True)
class Span:
    """An opening span on the branch's wall clock; it runs past midnight if `end` ≤ `start`."""

    start: time
    end: time

    @property
    def length(self) -> timedelta:
        """The length on the wall clock."""
        day = date(2000, 1, 1) if self.end > self.start else date(2000, 1, 2)
        return datetime.combine(day, self.end) - datetime.combine(date(2000, 1, 1), self.start)


Hours: TypeAlias = dict[int, tuple[Span, ...]]
"""Weekday (0 = Monday) → spans; a weekday that is absent is closed."""

ALL_DAY = (Span(time(0), time(0)),)


@dataclass(frozen=True)
class PauseReason:
    """A reason for a break, named by the branch; `code` is stored and reported."""

    code: str
    name: Names


@dataclass(frozen=True)
class NoShowRule:
    """The recalls and the time after the call that must pass before "did not come" is accepted."""

    recalls: int = 0
    wait: timedelta = timedelta(0)

    def recalls_missing(self, recalls: int) -> int:
        """The number of recalls that are still required after `recalls` of them."""
        return max(0, self.recalls - recalls)


@dataclass(frozen=True)
class Branch:
    """One site as declared: its time zone, its rules and its parts."""

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
    """Local date → opening spans that replace those of its weekday; no spans: closed."""
    last_ticket: timedelta = timedelta(0)
    """The time before the last closing of a business day in which no new numbers are issued; breaks do not count."""
    join_by_phone: bool = False
    phone_share: float = 0.5
    """The share (0…1) of each service's daily quota, or of its number range without a quota, that phones may take."""
    reinstate_within: timedelta = timedelta(hours=2)
    carry_for: timedelta = timedelta(hours=12)
    """How long open tickets are kept after the turn of the business day, if the branch is open at the turn."""
    retention: timedelta = timedelta(days=90)
    """How long personal data (notes and reasons) is kept."""
    pause_reasons: tuple[PauseReason, ...] = ()
    no_show_after: NoShowRule = NoShowRule()
    notice: Names | None = None
    services: tuple[Service, ...] = ()
    counters: tuple[CounterProfile, ...] = ()
    priority_classes: tuple[PriorityClass, ...] = ()
    revision: int = 0
    retired: bool = False
    """Whether the branch is closed permanently."""

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """The spans that begin on a local date.

        Those of the special day, else of the weekday; all day if the branch declares no hours.
        """
        if day in self.special_days:
            return self.special_days[day]
        return ALL_DAY if self.hours is None else self.hours.get(day.weekday(), ())

    @cached_property
    def period_cache(self) -> dict[date, tuple[tuple[datetime, datetime], ...]]:
        """The open periods that `opening` has computed, by the first local date that they cover."""
        return {}

    @cached_property
    def _services(self) -> dict[str, Service]:
        return {s.code: s for s in self.services}

    @cached_property
    def _counters(self) -> dict[int, CounterProfile]:
        return {c.number: c for c in self.counters}

    @cached_property
    def head_starts(self) -> dict[str, timedelta]:
        """Class code → head start; retired classes are included, for tickets that were issued with them."""
        return {NORMAL: timedelta(0)} | {c.code: c.head_start for c in self.priority_classes}

    @cached_property
    def active_services(self) -> tuple[Service, ...]:
        return tuple(s for s in self.services if not s.retired)

    @cached_property
    def called_services(self) -> tuple[Service, ...]:
        """The offered services, and the withdrawn ones whose last customers a counter still calls."""
        withdrawn = {code for c in self.active_counters for code in c.withdrawn}
        return tuple(s for s in self.services if not s.retired or s.code in withdrawn)

    @cached_property
    def without_counter(self) -> frozenset[str]:
        """The services whose customers no counter calls, withdrawn ones included."""
        return frozenset(s.code for s in self.services if not self.counters_serving(s.code))

    @cached_property
    def active_counters(self) -> tuple[CounterProfile, ...]:
        return tuple(c for c in self.counters if not c.retired)

    def service(self, code: str) -> Service:
        """Return the service with this code, retired ones included. Raises Invalid for an unknown code."""
        try:
            return self._services[code]
        except KeyError:
            raise Invalid(f"There is no service {code!r} in branch {self.slug}.") from None

    def counter(self, number: int) -> CounterProfile:
        """Return the counter with this number. Raises NotFound for an unknown or retired one."""
        counter = self._counters.get(number)
        if counter is None or counter.retired:
            raise NotFound(f"There is no counter {number} in branch {self.slug}.")
        return counter

    def counters_serving(self, service: str) -> tuple[int, ...]:
        """The numbers of the counters that call customers of the service, as first choice or helping out."""
        return tuple(c.number for c in self.active_counters if service in c.every_service)

    def counter_name(self, number: int | None) -> Names | None:
        """The name of a counter, retired ones included, for records of the past."""
        profile = self._counters.get(number) if number is not None else None
        return profile.name if profile else None

    def priority(self, code: str | None) -> str:
        """Return the class code to store. Raises Invalid for a class that the branch does not have."""
        if code is None or code == NORMAL:
            return NORMAL
        for c in self.priority_classes:
            if c.code == code and not c.retired:
                return code
        raise Invalid(f"There is no priority class {code!r} in branch {self.slug}.")

    def priority_name(self, code: str) -> Names | None:
        return next((c.name for c in self.priority_classes if c.code == code), None)

    def sharing(self, service: str) -> tuple[str, ...]:
        """The services that compete with `service`: first choice at a counter where `service` is first choice too.

        A customer's place is counted among these, since those counters call the earliest place. A service that is
        nobody's first choice competes with the first choices of the counters that help out with it.
        """
        return self._sharing.get(service, (service,))

    @cached_property
    def _sharing(self) -> dict[str, tuple[str, ...]]:
        competing = {}
        for service in self._services:
            first = [c for c in self.active_counters if service in c.first_choice]
            helping = [c for c in self.active_counters if service in c.helps_out_with]
            shared = {s for c in (first or helping) for s in c.first_choice} | {service}
            competing[service] = tuple(sorted(shared))
        return competing
