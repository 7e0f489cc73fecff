"""The queue as the product describes it, in plain Python and memory: what the real one is held against.

Written from the product's words, not from its code. Every verb answers with the ticket, or raises `Refusal` with the
codes of all the rules that it would break: the real queue must name one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.actions.plain_parts import (
    AT_COUNTER,
    IN_USE,
    OPEN,
    REINSTATE_WITHIN,
    STAYS_CLOSED,
    UNDO_WITHIN,
    Counter,
    DoneVerb,
    Leg,
    Refusal,
    Service,
    Ticket,
    refuse,
)


@dataclass
class Queue:
    """A branch: its rules, and what has happened. `clock` may step back; `now` never does."""

    services: dict[str, Service]
    counters: dict[int, Counter]
    head_starts: dict[str, timedelta]
    start_on_call: bool
    zone: ZoneInfo
    clock: Callable[[], datetime]
    all_day: bool = False
    """Open by its hours day and night; else it has no hours, and is open while a counter is."""
    carry: timedelta = timedelta(hours=12)
    people: tuple[str, ...] = ()
    """Those who hold one counter at a time; others are programs."""
    last_at: datetime | None = None
    day: date | None = None
    """The day whose work goes on; None before anything was done."""
    tickets: dict[int, Ticket] = field(default_factory=dict)
    carrying_until: datetime | None = None
    """While the day before is carried into this one: until when."""
    used: dict[int, datetime] = field(default_factory=dict)
    """Counter → when somebody last did something there."""
    history: dict[int, list[DoneVerb]] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    """Services that give out no numbers any more."""
    done: dict[int, list[int]] = field(default_factory=dict)
    """Counter → tickets of its actions that an undo may take back, last at the end."""

    # what is so

    @property
    def now(self) -> datetime:
        return max(self.clock(), self.last_at) if self.last_at else self.clock()

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def at(self, counter: int) -> Ticket | None:
        return next((t for t in self.tickets.values() if t.counter == counter and t.state in AT_COUNTER), None)

    def waiting(self) -> Iterator[Ticket]:
        return (t for t in self.tickets.values() if t.state == "waiting")

    def next_for(self, number: int) -> Ticket | None:
        """Whom Next calls: the earliest of the counter's own line and of those who wait too long elsewhere."""
        counter = self.counters[number]
        own: list[Ticket] = []
        others: list[Ticket] = []
        for t in self.waiting():
            if t.for_counter is not None:
                own += [t] if t.for_counter == number else []
            elif t.service in counter.first:
                own.append(t)
            elif t.service in counter.helps:
                late = counter.helps_after is not None and self.now - t.place_at >= counter.helps_after
                (own if late else others).append(t)
        return min(own or others, key=lambda t: t.line, default=None)

    def find(self, number: str) -> Ticket | None:
        """The open ticket of that number, else today's, else a carried one that ended since shortly before the turn."""

        def counts(t: Ticket) -> bool:
            lately = self.turn(self.today - timedelta(days=1)) - REINSTATE_WITHIN
            next_to_today = abs(t.day - self.today) <= timedelta(days=1)
            ended_lately = next_to_today and t.ended_at is not None and t.ended_at >= lately
            return t.state in OPEN or t.day == self.today or (self.carrying_until is not None and ended_lately)

        named = [t for t in self.tickets.values() if t.number == number and counts(t)]
        return max(named, key=lambda t: (t.state in OPEN, t.day == self.today, t.id), default=None)

    def turn(self, day: date) -> datetime:
        """When a day is over."""
        return datetime.combine(day + timedelta(days=1), time(), self.zone)

    def taken(self, one: Ticket) -> bool:
        """Whether the number of a ticket that is to be open again is another's."""
        return any(t.number == one.number and t.state in OPEN and t is not one for t in self.tickets.values())

    # a day

    def end_days(self) -> int:
        """What was left open on an earlier day expires, and its counters close, unless the branch is open at the turn.

        Then it is kept for some hours. Returns how many tickets expired.
        """
        first, turned = self.day is None, self.day is not None and self.day < self.today
        self.day = max(self.day or self.today, self.today)
        turning = first or turned
        left = [
            t
            for t in self.tickets.values()
            if t.state in OPEN and t.day < self.today and not self._kept(self.turn(t.day), turning)
        ]
        last_turn = self.turn(self.today - timedelta(days=1))
        if turning or (self.carrying_until is not None and self.now >= self.carrying_until):
            self.carrying_until = last_turn + self.carry if self._kept(last_turn, turning) else None
        for t in left:
            self._ends(t, "expired")
        if turned:
            for number, counter in self.counters.items():
                if not self.all_day and not self._in_use(number, last_turn) and self.at(number) is None:
                    counter.state, counter.holder = "closed", None
                    counter.pausing, counter.paused_by_leaving = False, None
        if turned or left:
            self.last_at = self.now
        return len(left)

    def _kept(self, turn: datetime, turning: bool) -> bool:
        """Whether who was open at a turn stays open: when it comes, and whenever it is looked at again."""
        if self.now >= turn + self.carry:
            return False
        if turning:
            return self._open_at(turn)
        looked_at = self.carrying_until is not None and self.now >= self.carrying_until
        return not looked_at or self.all_day or any(c.state != "closed" for c in self.counters.values())

    def _open_at(self, turn: datetime) -> bool:
        return self.all_day or any(self._in_use(number, turn) for number in self.counters)

    def _in_use(self, number: int, turn: datetime) -> bool:
        used = self.used.get(number)
        return self.counters[number].state != "closed" and used is not None and turn - IN_USE <= used < turn

    # what the branch is declared to be

    def declare(self, profiles: dict[int, Counter], withdrawn: set[str]) -> None:
        """Counters and services go, or come back. Who took a service that goes still calls those who have a number."""
        with_customers = {t.service for t in self.tickets.values() if t.state in OPEN or t.day == self.today}
        for number in self.counters.keys() - profiles.keys():
            held = self.at(number)
            if held is not None:
                self._waits_again(held, "put_back", number, keep_place=True)
            self._lets_go(number)
        after = {}
        for number, profile in profiles.items():
            before = self.counters.get(number, Counter(()))
            left = [s for s in (*before.first, *before.helps) if s in withdrawn and s in with_customers]
            after[number] = replace(
                profile,
                first=(*(s for s in profile.first if s not in withdrawn), *left),
                helps=tuple(s for s in profile.helps if s not in withdrawn),
                state=before.state,
                holder=before.holder,
                pausing=before.pausing,
                paused_by_leaving=before.paused_by_leaving,
            )
        self.counters, self.withdrawn = after, withdrawn
        self.last_at = self.now

    # customers

    def issue(self, service: str, priority: str | None) -> Ticket:
        series = self.services[service]
        given = [t.number for t in self.tickets.values() if t.day == self.today and t.number.startswith(service)]
        last = max((int(number[1:]) for number in given), default=0)
        held = {t.number for t in self.tickets.values() if t.state in OPEN}
        numbers = (f"{service}{n:0{len(str(series.last_number))}d}" for n in range(last + 1, series.last_number + 1))
        number = next((n for n in numbers if n not in held), None)
        refuse(
            service_closed=service in self.withdrawn,
            quota_reached=series.quota is not None and len(given) >= series.quota,
            numbers_exhausted=number is None,
        )
        assert number is not None
        head_start = self.head_starts[priority] if priority else timedelta()
        one = Ticket(len(self.tickets) + 1, self.today, number, service, head_start, self.now, [Leg(service, self.now)])
        self.tickets[one.id] = one
        self.last_at = self.now
        return one

    def cancel_own(self, ticket_id: int) -> Ticket:
        one = self.tickets[ticket_id]
        refuse(ticket_state_conflict=one.state not in ("waiting", "parked", "cancelled"))
        return one if one.state == "cancelled" else self._ends(one, "cancelled")

    # a counter

    def open(self, number: int, who: str, take_over: bool) -> None:
        counter = self.counters[number]
        taken = counter.holder not in (None, who)
        elsewhere = [n for n, c in self.counters.items() if who in self.people and c.holder == who and n != number]
        refuse(
            counter_busy=(taken and who in self.people and not take_over)
            or any(self.at(n) is not None for n in elsewhere)
        )
        for n in elsewhere:
            self._stops(n, "closed")
        holder = counter.holder if taken and who not in self.people else who
        if (counter.state, counter.holder, counter.pausing) != ("open", holder, False):
            counter.state, counter.holder, counter.pausing, counter.paused_by_leaving = "open", holder, False, None
            self.last_at = self.used[number] = self.now

    def pause(self, number: int, who: str) -> None:
        self._may_stop(number, who, counter_closed=self.counters[number].state == "closed")
        self._stops(number, "paused")

    def pause_later(self, number: int, who: str) -> None:
        """After the customer who is there, if one is."""
        counter = self.counters[number]
        if self.at(number) is None:
            return self.pause(number, who)
        refuse(counter_busy=who in self.people and counter.holder not in (None, who))
        if not counter.pausing:
            counter.pausing = True
            self.last_at = self.used[number] = self.now
        return None

    def _leaves(self, one: Ticket) -> None:
        """The ticket leaves its counter, if it is at one."""
        counter = self.counters[one.counter] if one.counter and one.state in AT_COUNTER else None
        if counter is not None and counter.pausing:
            counter.state, counter.pausing, counter.paused_by_leaving = "paused", False, self.now
            self.last_at = self.used[one.counter or 0] = self.now

    def close(self, number: int, who: str) -> None:
        self._may_stop(number, who)
        if self.counters[number].state != "closed":
            self._stops(number, "closed")
            if not self.all_day and self.carrying_until and all(c.state == "closed" for c in self.counters.values()):
                # it has closed if nobody opens a counter for a while
                at_most = self.turn(self.today - timedelta(days=1)) + self.carry
                self.carrying_until = min(self.now + STAYS_CLOSED, at_most)

    def _may_stop(self, number: int, who: str, **more: bool) -> None:
        others = who in self.people and self.counters[number].holder not in (None, who)
        refuse(counter_busy=others or self.at(number) is not None, **more)

    def _stops(self, number: int, state: str) -> None:
        counter = self.counters[number]
        counter.state = state
        counter.holder = counter.holder if state == "paused" else None
        counter.pausing, counter.paused_by_leaving = False, None
        self.last_at = self.used[number] = self.now
        if state == "closed":
            self._lets_go(number)

    def _lets_go(self, number: int) -> None:
        """Who waits for this counter alone waits for all of the service, at the same place."""
        for one in sorted(self.waiting(), key=lambda t: (t.place_at, t.id)):
            if one.for_counter == number:
                self._waits_again(one, "transferred", None, keep_place=True)

    # the verbs at a counter

    def call_next(self, number: int, who: str, expected_ticket_id: int | None, finish: bool) -> Ticket:
        held, following = self.at(number), self.next_for(number)
        refuse(
            counter_closed=self._cannot_work(number, who)
            or (held is not None and finish and self.counters[number].pausing),
            counter_busy=held is not None and not finish,
            queue_empty=following is None,
            ticket_state_conflict=(expected_ticket_id is not None and (held is None or held.id != expected_ticket_id))
            or (held is not None and finish and not self._may_finish(held)),
        )
        assert following is not None
        if held is not None:
            self._action(held, "finished", number, undoable=True)
            self._ends(held, "served")
        return self._called(following, number)

    def call(self, number: int, who: str, ticket: str) -> Ticket:
        one = self.find(ticket)
        refuse(
            counter_closed=self._cannot_work(number, who),
            not_found=one is None,
            counter_busy=self.at(number) is not None,
            ticket_state_conflict=one is not None and one.state not in ("waiting", "parked"),
        )
        assert one is not None
        return self._called(one, number)

    def _called(self, one: Ticket, number: int) -> Ticket:
        self._action(one, "called", number, undoable=True)
        if one.state == "parked":
            one.legs.append(Leg(one.service, self.now))
        one.state, one.counter = "called", number
        leg = one.legs[-1]
        leg.counter, leg.called_at = number, self.now
        leg.started_at = self.now if self.start_on_call else None
        return one

    def recall(self, number: int, who: str, expected_ticket_id: int | None) -> Ticket:
        one = self._held(number, who, expected_ticket_id, "called")
        self.last_at = self.used[number] = self.now
        return one

    def start(self, number: int, who: str, expected_ticket_id: int | None) -> Ticket:
        one = self._held(number, who, expected_ticket_id, "called")
        self._action(one, "started", number, undoable=True)
        one.state = "serving"
        one.legs[-1].started_at = one.legs[-1].started_at or self.now
        return one

    def finish(self, number: int, who: str, expected_ticket_id: int | None) -> Ticket:
        one = self._held(number, who, expected_ticket_id, "serving", *(("called",) if self.start_on_call else ()))
        self._action(one, "finished", number, undoable=True)
        return self._ends(one, "served")

    def no_show(self, number: int, who: str, expected_ticket_id: int | None) -> Ticket:
        one = self._held(number, who, expected_ticket_id, "called")
        self._action(one, "no_show", number, undoable=True)
        return self._ends(one, "no_show")

    def park(self, number: int, who: str, expected_ticket_id: int | None) -> Ticket:
        one = self._held(number, who, expected_ticket_id, *AT_COUNTER)
        self._action(one, "parked", number)
        one.legs[-1].ended_at, one.legs[-1].outcome = self.now, "parked"
        self._leaves(one)
        one.state = "parked"
        return one

    def put_back(self, number: int, who: str, expected_ticket_id: int | None) -> Ticket:
        one = self._held_or_parked(number, who, expected_ticket_id)
        return self._waits_again(one, "put_back", number, keep_place=True)

    def transfer(
        self, number: int, who: str, expected_ticket_id: int | None, service: str | None, to: int | None, keep: bool
    ) -> Ticket:
        one = self._held_or_parked(number, who, expected_ticket_id, validation=self._leads_nowhere(service, to))
        return self._waits_again(one, "transferred", number, service=service, to=to, keep_place=keep)

    def undo(self, number: int, who: str, expected_ticket_id: int | None) -> Ticket:
        """The counter's last action is taken back, if nothing was done to that ticket since, by anybody."""
        counter = self.counters[number]
        left_at = counter.paused_by_leaving if counter.state == "paused" else None
        paused = left_at is not None and self.now - left_at <= UNDO_WITHIN
        not_his = who in self.people and counter.holder != who
        refuse(counter_closed=not_his or (not paused and counter.state != "open"))
        done = self.done.get(number, [])
        one = self.tickets[done[-1]] if done else None
        last = self.history[one.id][-1] if one and self.history[one.id] else None
        held = self.at(number)
        mine = last is not None and last.counter == number and last.verb in ("called", "started", "finished", "no_show")
        refuse(
            ticket_state_conflict=one is None
            or last is None
            or not mine
            or expected_ticket_id not in (None, one.id)
            or self.now - last.at > UNDO_WITHIN
            or (one.day != self.today and self.carrying_until is None)
            or self.taken(one),
            counter_busy=last is not None and held is not None and one is not held and last.before.state in AT_COUNTER,
        )
        assert one is not None
        assert last is not None
        done.pop()
        self.history[one.id].pop()
        vars(one).update(vars(deepcopy(last.before)))
        if one.for_counter not in self.counters:
            one.for_counter = None
        if paused:
            counter.state, counter.pausing, counter.paused_by_leaving = "open", True, None
        self.last_at = self.used[number] = self.now
        return one

    # by number

    def transfer_by_number(self, ticket: str, service: str | None, to: int | None, keep: bool) -> Ticket:
        one = self.find(ticket)
        refuse(
            validation=self._leads_nowhere(service, to),
            not_found=one is None,
            ticket_state_conflict=one is not None and one.state not in OPEN,
        )
        assert one is not None
        return self._waits_again(one, "transferred", None, service=service, to=to, keep_place=keep)

    def cancel(self, ticket: str) -> Ticket:
        one = self.find(ticket)
        refuse(not_found=one is None, ticket_state_conflict=one is not None and one.state not in ("waiting", "parked"))
        assert one is not None
        return self._ends(one, "cancelled")

    def reinstate(self, ticket: str, keep: bool) -> Ticket:
        one = self.find(ticket)
        refuse(
            not_found=one is None,
            ticket_state_conflict=one is not None
            and (one.state not in ("no_show", "cancelled") or (self._in_time(one) and self.taken(one))),
            too_late=one is not None and one.state in ("no_show", "cancelled") and not self._in_time(one),
        )
        assert one is not None
        return self._waits_again(one, "reinstated", None, keep_place=keep)

    def _in_time(self, one: Ticket) -> bool:
        return one.ended_at is not None and self.now - one.ended_at <= REINSTATE_WITHIN

    # what verbs have in common

    def _leads_nowhere(self, service: str | None, to: int | None) -> bool:
        return (service is None and to is None) or service in self.withdrawn

    def _cannot_work(self, number: int, who: str) -> bool:
        counter = self.counters[number]
        return counter.state != "open" or (who in self.people and counter.holder != who)

    def _held(self, number: int, who: str, expected_ticket_id: int | None, *states: str, **more: bool) -> Ticket:
        one = self.at(number)
        refuse(
            **more,
            counter_closed=self._cannot_work(number, who),
            ticket_state_conflict=one is None or expected_ticket_id not in (None, one.id) or one.state not in states,
        )
        assert one is not None
        return one

    def _held_or_parked(self, number: int, who: str, expected_ticket_id: int | None, **more: bool) -> Ticket:
        named = self.tickets.get(expected_ticket_id) if expected_ticket_id is not None else None
        if named is not None and named.state == "parked":
            refuse(counter_closed=self._cannot_work(number, who), **more)
            return named
        return self._held(number, who, expected_ticket_id, *AT_COUNTER, **more)

    def _may_finish(self, one: Ticket) -> bool:
        return one.state == "serving" or (self.start_on_call and one.state == "called")

    def _action(self, one: Ticket, verb: str, counter: int | None, *, undoable: bool = False) -> None:
        self.last_at = self.now
        if counter is not None:
            self.used[counter] = self.now
        self.history.setdefault(one.id, []).append(DoneVerb(verb, self.now, counter, deepcopy(one)))
        if undoable and counter is not None:
            self.done.setdefault(counter, []).append(one.id)

    def _ends(self, one: Ticket, state: str) -> Ticket:
        if state in ("cancelled", "expired"):
            self._action(one, state, None)
        self._leaves(one)
        leg = one.legs[-1]
        if leg.ended_at is None:
            leg.ended_at, leg.outcome = self.now, state
        one.state, one.ended_at = state, self.now
        return one

    def _waits_again(
        self,
        one: Ticket,
        verb: str,
        counter: int | None,
        *,
        keep_place: bool,
        service: str | None = None,
        to: int | None = None,
    ) -> Ticket:
        """One leg ends where it is open, the next begins; the place is kept or taken anew."""
        self._action(one, verb, counter)
        self._leaves(one)
        leg = one.legs[-1]
        if leg.ended_at is None:
            leg.ended_at, leg.outcome = self.now, verb
        one.state, one.service, one.counter, one.for_counter = "waiting", service or one.service, None, to
        one.ended_at = None
        one.place_at = one.place_at if keep_place else self.now
        one.legs.append(Leg(one.service, self.now))
        return one


def plainly(action: Callable[[], Any]) -> tuple[Any, set[str]]:
    """What the plain queue answers, and why it refuses."""
    try:
        return action(), set()
    except Refusal as refusal:
        return None, refusal.codes
