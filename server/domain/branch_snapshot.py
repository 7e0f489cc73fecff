"""The state of a branch at one moment; every screen shows a part of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal, TypeAlias

from server.domain.branch import NORMAL, Branch, Service
from server.domain.calendar import business_day
from server.domain.calendar.clock_jump import ClockFault
from server.domain.calendar.opening import NoNumbers, Opening, numbers_next_day, opening
from server.domain.counter import CounterState, CounterStatus
from server.domain.errors import NumbersExhausted, NumbersHeld, QuotaReached
from server.domain.queue import numbering
from server.domain.queue.carrying import DayTurn
from server.domain.queue.policy import Place, Waiting, Why, choose, in_order, place_of
from server.domain.ticket import AT_COUNTER, Leg, State, Ticket
from server.domain.waits.forecast import LineContext, Staffing, WaitForecast, forecast

CALLS_SHOWN = 10
CALLS_SINCE = timedelta(seconds=120)

ClosedReason: TypeAlias = NoNumbers | Literal["quota", "numbers", "no_counter"]


@dataclass(frozen=True)
class ServiceStatus:
    """The state of a service for a customer who would take a number now."""

    service: Service
    waiting: int
    """The number of tickets that wait for this service."""
    forecast: WaitForecast
    """The forecast for a ticket of the normal class issued now."""
    closed_reason: ClosedReason | None
    """hours | last_ticket | quota | numbers | no_counter (a warning, not a refusal) | None."""
    remaining: int | None
    opens_at: datetime | None
    """When numbers are issued again; None while they are issued, and if that is unknown."""

    @property
    def open(self) -> bool:
        return self.closed_reason in (None, "no_counter")


@dataclass(frozen=True)
class ClockTrouble:
    """An implausible server clock, and the event time it is compared with."""

    fault: ClockFault
    clock: datetime
    last_at: datetime


@dataclass(frozen=True)
class BranchSnapshot:
    """A consistent picture of a branch, read in one transaction together with its `seq`."""

    branch: Branch
    seq: int
    now: datetime
    """The time used for the queue: never before the branch's last event."""
    clock: datetime
    """The server's clock, which may be before the last event; printers and print jobs use it."""
    counters: tuple[CounterStatus, ...]
    tickets: tuple[Ticket, ...]
    """Open tickets, each with its open leg; those at a counter with all their legs."""
    calls: tuple[tuple[Ticket, Leg], ...]
    """Recent calls and recalls, newest first, each ticket once."""
    served: Mapping[str, tuple[float, int]]
    """Service → (seconds, count) of recently served customers."""
    ordinals: Mapping[str, int]
    """Service → last ordinal issued today."""
    clock_trouble: ClockTrouble | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Service → number of ordinals up to its last that were skipped today."""
    carries: bool = False
    """Whether tickets of the business day before are carried into this one."""
    last_turn: DayTurn | None = None
    """The effect of the last turn of the business day; None before the first."""

    @cached_property
    def waiting(self) -> list[Ticket]:
        """The waiting tickets, in the order of the policy."""
        by_id = {t.id: t for t in self.tickets if t.state is State.WAITING}
        return [by_id[w.ticket_id] for w in in_order(map(_waiting, by_id.values()), self.branch.head_starts)]

    @cached_property
    def parked(self) -> list[Ticket]:
        return [t for t in self.tickets if t.state is State.PARKED]

    def at_counter(self, number: int) -> Ticket | None:
        """The ticket that is called or served at the counter."""
        return next((t for t in self.tickets if t.counter == number and t.state in AT_COUNTER), None)

    @cached_property
    def open_counters(self) -> frozenset[int]:
        return frozenset(c.number for c in self.counters if c.state is CounterState.OPEN)

    @cached_property
    def paused_counters(self) -> frozenset[int]:
        return frozenset(c.number for c in self.counters if c.state is CounterState.PAUSED)

    @cached_property
    def _lines(self) -> dict[tuple[str, str], list[tuple[datetime, int]]]:
        lines: dict[tuple[str, str], list[tuple[datetime, int]]] = {}
        for t in self.tickets:
            if t.state is State.WAITING and t.for_counter is None:
                lines.setdefault((t.service, t.priority), []).append((t.place_at, t.id))
        for line in lines.values():
            line.sort()
        return lines

    def _count_before(self, place: Place) -> Mapping[str, int]:
        return {
            service: sum(
                bisect_left(self._lines.get((service, code), []), (limit, place.ticket_id))
                for code, limit in place.limits.items()
            )
            for service in place.services
        }

    def _forecast(self, place: Place) -> WaitForecast:
        served = self.served.get(place.service, (0.0, 0))
        line_context = LineContext(self._count_before(place), self.open_counters, self.paused_counters, served)
        return forecast(self.branch, place, line_context, self.now)

    def forecast_of(self, ticket: Ticket) -> WaitForecast:
        """The wait forecast of a waiting ticket."""
        place = place_of(self.branch, ticket.service, ticket.priority, ticket.place_at, ticket.id, ticket.for_counter)
        return self._forecast(place)

    def next_for(self, number: int) -> tuple[Ticket, Why] | None:
        """The ticket that Next would call at this counter, and the reason."""
        choices = choose(
            map(_waiting, self._heads.values()), self.branch.counter(number), self.branch.head_starts, self.now
        )
        return (self._heads[choices[0][0].ticket_id], choices[0][1]) if choices else None

    @cached_property
    def _heads(self) -> dict[int, Ticket]:
        """The first ticket of each line, by id. No ticket behind them can be next."""
        first: dict[tuple[str, str, int | None], Ticket] = {}
        for t in self.waiting:
            first.setdefault((t.service, t.priority, t.for_counter), t)
        return {t.id: t for t in first.values()}

    def waiting_for(self, number: int) -> int:
        """The number of waiting tickets that this counter takes first."""
        profile = self.branch.counter(number)
        return sum(
            1
            for t in self.waiting
            if (t.for_counter == number) or (t.for_counter is None and t.service in profile.first_choice)
        )

    def still_called(self, number: int) -> list[str]:
        """The withdrawn services that still have customers waiting for this counter."""
        withdrawn = self.branch.counter(number).withdrawn
        return [code for code in withdrawn if any(t.service == code for t in self.waiting)]

    @cached_property
    def opening(self) -> Opening:
        """Whether the branch is open and issues numbers."""
        return opening(self.branch, self.now)

    @cached_property
    def _numbers_next_day(self) -> datetime | None:
        return numbers_next_day(self.branch, self.now)

    @cached_property
    def service_statuses(self) -> list[ServiceStatus]:
        """The state of every active service, in the branch's order."""
        return [self._service_status(s) for s in self.branch.active_services]

    @cached_property
    def _held_numbers(self) -> frozenset[str]:
        day = business_day.today(self.branch, self.now)
        return frozenset(t.number for t in self.tickets if t.business_day != day) if self.carries else frozenset()

    def _service_status(self, service: Service) -> ServiceStatus:
        forecast = self._forecast(place_of(self.branch, service.code, NORMAL, self.now))
        last, left_out = self.ordinals.get(service.code), self.left_out.get(service.code, 0)
        remaining = numbering.remaining(service, last, left_out)
        used_up: ClosedReason | None = None
        opens_at = self.opening.opens_at if self.opening.no_numbers else None
        try:
            numbering.next_ordinal(service, last, left_out=left_out, still_open=self._held_numbers)
        except NumbersHeld:
            used_up = "numbers"  # free again when one of their holders is finished; that time is unknown
        except (QuotaReached, NumbersExhausted) as refused:
            # Used-up numbers return only with the next business day, unlike numbers refused during a break.
            used_up, opens_at = "quota" if isinstance(refused, QuotaReached) else "numbers", self._numbers_next_day
        reason: ClosedReason | None = self.opening.no_numbers or used_up
        if reason is None and forecast.staffing not in (Staffing.OPEN, Staffing.HELPING):
            reason = "no_counter"
        return ServiceStatus(
            service,
            sum(1 for t in self.waiting if t.service == service.code),
            forecast,
            reason,
            remaining,
            opens_at,
        )


def _waiting(ticket: Ticket) -> Waiting:
    return Waiting(ticket.id, ticket.number, ticket.service, ticket.priority, ticket.place_at, ticket.for_counter)
