"""A past for a new demo: hours of customers and staff, played through the real actions with a clock of their own."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from math import cos, pi
from random import Random
from typing import TypeVar

from server.actions import issuing
from server.actions.queue import calling, counters, moving
from server.demo import pace
from server.demo.pace import Ending
from server.domain.branch import Branch
from server.domain.calendar import business_day
from server.domain.errors import QueueEmpty
from server.domain.people.principal import Principal
from server.domain.ticket import State, Ticket
from server.store.engines.store import Db
from server.store.engines.transaction import Transaction
from server.store.tables import tickets

R = TypeVar("R")
_Life = Generator[float, None, None]
"""Somebody's day: each step yields the seconds until the next."""

TODAY = timedelta(hours=2, minutes=15)
EARLIER = timedelta(minutes=45)
"""How much of today, and of each earlier day, is played at the most."""
EARLIER_DAYS = 2
LEAVES_BEFORE = timedelta(minutes=5)
"""Time enough to finish a customer before the present begins."""

_MEAN_GAP = 29.0
_RUSH = 0.35
_RUSH_EVERY = 80 * 60
_RUSH_PEAK = 9 * 60
"""Customers come in waves, every 80 minutes; the last wave is at its height nine minutes before the end."""
_DESK_SECONDS = (20.0, 85.0)
"""What staff have to do between two customers; the past is less hurried than the present."""
_LOOKS_AGAIN = 15.0


@dataclass(frozen=True)
class People:
    """Who acts: the kiosk, and whoever sits at each counter."""

    kiosk: Principal
    staff: Mapping[int, Principal]


def play(db: Db, branch: Branch, people: People, now: datetime, rng: Random, *, stay: frozenset[int]) -> None:
    """Play some earlier days and today until `now`; at the counters of `stay` work is still going on then.

    Everything is written on the one connection, so that a past is there whole or not at all.
    """
    for day, (start, end) in spans(branch, now).items():
        today = day == business_day.today(branch, now)
        leaves = {n: end - LEAVES_BEFORE if today and n not in stay else None for n in people.staff}
        hours = _Hours(db, branch.slug, people, rng, start, end, leaves)
        hours.run(stop=end if today else None)


def begins(branch: Branch, now: datetime) -> datetime:
    """When the past begins; the branch has to be there by then."""
    return next(iter(spans(branch, now).values()))[0]


def spans(branch: Branch, now: datetime) -> dict[object, tuple[datetime, datetime]]:
    """Business day → when customers come, in order. Shortly after midnight today is as short as it is."""
    found: dict[object, tuple[datetime, datetime]] = {}
    today = business_day.today(branch, now)
    for back in range(EARLIER_DAYS, 0, -1):
        day = today - timedelta(days=back)
        opens = business_day.day_bounds(day, branch)[0] + timedelta(hours=8, minutes=30)
        found[day] = opens, opens + EARLIER
    found[today] = max(business_day.day_bounds(today, branch)[0], now - TODAY), now
    return found


@dataclass
class _Hours:
    """Some hours of one day: lives that take turns, the earliest first."""

    db: Db
    slug: str
    people: People
    rng: Random
    start: datetime
    end: datetime
    leaves: Mapping[int, datetime | None]
    now: datetime = field(init=False)
    _agenda: list[tuple[datetime, int, _Life]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)

    def run(self, stop: datetime | None) -> None:
        """Play until `stop`, leaving everything as it then is; without it, until the last customer is served."""
        self.now = self.start
        self._begin(self._customers())
        for number, principal in self.people.staff.items():
            self._begin(self._staff(number, principal))
        while self._agenda and (stop is None or self._agenda[0][0] < stop):
            self.now, _, life = heappop(self._agenda)
            for seconds in life:
                heappush(self._agenda, (self.now + timedelta(seconds=seconds), next(self._order), life))
                break

    def _begin(self, life: _Life) -> None:
        heappush(self._agenda, (self.now, next(self._order), life))

    def _do(self, action: Callable[[Transaction], R]) -> R:
        tx = Transaction(self.db, self.now)
        result = action(tx)
        tx.finish()
        return result

    # lives

    def _customers(self) -> _Life:
        while True:
            before_end = (self.end - self.now).total_seconds()
            rush = 1 + _RUSH * cos(2 * pi * (before_end - _RUSH_PEAK) / _RUSH_EVERY)
            yield pace.until_next_customer(self.rng, _MEAN_GAP / rush)
            if self.now >= self.end:
                return
            ticket = self._issue(pace.customer(self.rng))
            if self.rng.random() < pace.GIVES_UP:
                self._begin(self._gives_up(ticket.id))

    def _issue(self, wish: pace.Customer) -> Ticket:
        issued = self._do(
            lambda tx: issuing.issue_ticket(
                tx,
                self.slug,
                self.people.kiosk,
                service=wish.service,
                priority=wish.priority,
                language=wish.language,
                address=lambda _branch, _ticket: "",
            )
        )
        return issued.ticket

    def _gives_up(self, ticket_id: int) -> _Life:
        yield pace.patience(self.rng)
        if tickets.get(self.db, ticket_id).state is State.WAITING:
            self._do(lambda tx: moving.cancel_own(tx, ticket_id))

    def _staff(self, number: int, who: Principal) -> _Life:
        self._do(lambda tx: counters.open_counter(tx, self.slug, number, who))
        parked: list[tuple[datetime, str]] = []
        while True:
            leaves = self.leaves[number]
            if leaves is not None and self.now >= leaves:
                break
            if parked and parked[0][0] <= self.now:
                ticket: Ticket | None = self._call_back(number, who, parked.pop(0)[1])
            else:
                ticket = self._call_next(number, who)
            if ticket is None:
                if self.now >= self.end and not parked:
                    break
                yield _LOOKS_AGAIN
                continue
            yield from self._attend(number, who, ticket, parked)
            yield self.rng.uniform(*_DESK_SECONDS)
        self._do(lambda tx: counters.close_counter(tx, self.slug, number, who))

    def _call_next(self, number: int, who: Principal) -> Ticket | None:
        try:
            return self._do(lambda tx: calling.call_next(tx, self.slug, number, who))
        except QueueEmpty:
            return None

    def _call_back(self, number: int, who: Principal, ticket_number: str) -> Ticket:
        reason = "Kembali membawa berkas"
        return self._do(
            lambda tx: calling.call_number(tx, self.slug, number, who, ticket_number=ticket_number, reason=reason)
        )

    def _attend(self, number: int, who: Principal, ticket: Ticket, parked: list[tuple[datetime, str]]) -> _Life:
        """One customer, from the call to whatever ends the stay."""
        yield pace.walk(self.rng)
        if not pace.comes(self.rng):
            self._do(lambda tx: calling.recall(tx, self.slug, number, who, expected_ticket_id=ticket.id))
            yield 20
            self._do(lambda tx: calling.no_show(tx, self.slug, number, who, expected_ticket_id=ticket.id))
            return
        self._do(lambda tx: calling.start(tx, self.slug, number, who, expected_ticket_id=ticket.id))
        yield pace.service_time(self.rng, ticket.service)
        # whoever leaves soon sets nobody aside
        how = pace.ending(self.rng) if self.leaves[number] is None else Ending.FINISHED
        if how is Ending.PARKED:
            self._do(
                lambda tx: moving.park(
                    tx, self.slug, number, who, expected_ticket_id=ticket.id, reason="Melengkapi fotokopi berkas"
                )
            )
            parked.append((self.now + timedelta(seconds=pace.errand(self.rng)), ticket.number))
        elif how is Ending.TRANSFERRED:
            onward = pace.another_service(self.rng, ticket.service)
            self._do(
                lambda tx: moving.transfer_from_counter(
                    tx,
                    self.slug,
                    number,
                    who,
                    expected_ticket_id=ticket.id,
                    service=onward,
                    to_counter=None,
                    keep_place=True,
                    note=None,
                )
            )
        else:
            self._do(lambda tx: calling.finish(tx, self.slug, number, who, expected_ticket_id=ticket.id))
