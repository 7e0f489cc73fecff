"""Reference model of the queue in plain Python and memory, for comparison with the real one.

It is written from the product's description, not from its code. Every action returns the ticket, or raises `Refusal`
with the codes of all broken rules: the real queue must name one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.actions.plain_parts import (
    AT_COUNTER,
    IN_USE,
    OPEN,
    REINSTATE_WITHIN,
    STAYS_CLOSED,
    UNDO_WITHIN,
    Counter,
    Leg,
    Service,
    Ticket,
    UndoableAction,
    refuse,
)


@dataclass
class Queue:
    """A branch: its rules and its state. `clock` may step back; `now` never does."""

    services: dict[str, Service]
    counters: dict[int, Counter]
    head_starts: dict[str, timedelta]
    start_on_call: bool
    zone: ZoneInfo
    clock: Callable[[], datetime]
    all_day: bool = False
    """Always open by its hours; otherwise it has no hours, and is open while a counter is."""
    carry: timedelta = timedelta(hours=12)
    people: tuple[str, ...] = ()
    """Principals who hold one counter at a time; others are programs."""
    last_at: datetime | None = None
    day: date | None = None
    """The current business day; None before the first action."""
    tickets: dict[int, Ticket] = field(default_factory=dict)
    carrying_until: datetime | None = None
    """Until when tickets of the day before are carried; None without carried tickets."""
    used: dict[int, datetime] = field(default_factory=dict)
    """Counter → time of the last action there."""
    history: dict[int, list[UndoableAction]] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    """Services that issue no more numbers."""
    done: dict[int, list[int]] = field(default_factory=dict)
    """Counter → tickets of its undoable actions, last at the end."""

    # State

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
        """The ticket that Next calls: the earliest of the counter's line and of late tickets of helped services."""
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
        """The open ticket of that number, else today's, else a recently ended carried one."""

        def counts(t: Ticket) -> bool:
            earliest_end = self.turn(self.today - timedelta(days=1)) - REINSTATE_WITHIN
            next_to_today = abs(t.day - self.today) <= timedelta(days=1)
            ended_lately = next_to_today and t.ended_at is not None and t.ended_at >= earliest_end
            return t.state in OPEN or t.day == self.today or (self.carrying_until is not None and ended_lately)

        named = [t for t in self.tickets.values() if t.number == number and counts(t)]
        return max(named, key=lambda t: (t.state in OPEN, t.day == self.today, t.id), default=None)

    def turn(self, day: date) -> datetime:
        """The end of a business day."""
        return datetime.combine(day + timedelta(days=1), time(), self.zone)

    def taken(self, entry: Ticket) -> bool:
        """Whether another open ticket has the ticket's number."""
        return any(t.number == entry.number and t.state in OPEN and t is not entry for t in self.tickets.values())

    # a day

    def end_days(self) -> int:
        """Expire tickets of earlier days and close their counters, unless the branch is open at the turn.

        Then they are kept for some hours. Returns how many tickets expired.
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
        """Whether open tickets are kept at a turn of the day, and at each later check."""
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

    # The declared branch

    def declare(self, profiles: dict[int, Counter], withdrawn: set[str]) -> None:
        """Remove or restore counters and services. Counters still call the customers of removed services."""
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
        new = Ticket(len(self.tickets) + 1, self.today, number, service, head_start, self.now, [Leg(service, self.now)])
        self.tickets[new.id] = new
        self.last_at = self.now
        return new

    def cancel_own(self, ticket_id: int) -> Ticket:
        entry = self.tickets[ticket_id]
        refuse(ticket_state_conflict=entry.state not in ("waiting", "parked", "cancelled"))
        return entry if entry.state == "cancelled" else self._ends(entry, "cancelled")

    # a counter

    def open(self, number: int, actor: str, take_over: bool) -> None:
        counter = self.counters[number]
        taken = counter.holder not in (None, actor)
        elsewhere = [n for n, c in self.counters.items() if actor in self.people and c.holder == actor and n != number]
        refuse(
            counter_busy=(taken and actor in self.people and not take_over)
            or any(self.at(n) is not None for n in elsewhere)
        )
        for n in elsewhere:
            self._stops(n, "closed")
        holder = counter.holder if taken and actor not in self.people else actor
        if (counter.state, counter.holder, counter.pausing) != ("open", holder, False):
            counter.state, counter.holder, counter.pausing, counter.paused_by_leaving = "open", holder, False, None
            self.last_at = self.used[number] = self.now

    def pause(self, number: int, actor: str) -> None:
        self._may_stop(number, actor, counter_closed=self.counters[number].state == "closed")
        self._stops(number, "paused")

    def pause_later(self, number: int, actor: str) -> None:
        """Pause when the present customer leaves, or at once without one."""
        counter = self.counters[number]
        if self.at(number) is None:
            return self.pause(number, actor)
        refuse(counter_busy=actor in self.people and counter.holder not in (None, actor))
        if not counter.pausing:
            counter.pausing = True
            self.last_at = self.used[number] = self.now
        return None

    def _leaves(self, entry: Ticket) -> None:
        """Apply a planned pause when the ticket leaves its counter."""
        counter = self.counters[entry.counter] if entry.counter and entry.state in AT_COUNTER else None
        if counter is not None and counter.pausing:
            counter.state, counter.pausing, counter.paused_by_leaving = "paused", False, self.now
            self.last_at = self.used[entry.counter or 0] = self.now

    def close(self, number: int, actor: str) -> None:
        self._may_stop(number, actor)
        if self.counters[number].state != "closed":
            self._stops(number, "closed")
            if not self.all_day and self.carrying_until and all(c.state == "closed" for c in self.counters.values()):
                # The branch counts as closed if no counter opens within this time.
                at_most = self.turn(self.today - timedelta(days=1)) + self.carry
                self.carrying_until = min(self.now + STAYS_CLOSED, at_most)

    def _may_stop(self, number: int, actor: str, **more: bool) -> None:
        others = actor in self.people and self.counters[number].holder not in (None, actor)
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
        """Tickets for this counter alone move to the line of their service, at the same place."""
        for entry in sorted(self.waiting(), key=lambda t: (t.place_at, t.id)):
            if entry.for_counter == number:
                self._waits_again(entry, "transferred", None, keep_place=True)

    # Actions at a counter

    def call_next(self, number: int, actor: str, expected_ticket_id: int | None, finish: bool) -> Ticket:
        held, next_ticket = self.at(number), self.next_for(number)
        refuse(
            counter_closed=self._cannot_work(number, actor)
            or (held is not None and finish and self.counters[number].pausing),
            counter_busy=held is not None and not finish,
            queue_empty=next_ticket is None,
            ticket_state_conflict=(expected_ticket_id is not None and (held is None or held.id != expected_ticket_id))
            or (held is not None and finish and not self._may_finish(held)),
        )
        assert next_ticket is not None
        if held is not None:
            self._action(held, "finished", number, undoable=True)
            self._ends(held, "served")
        return self._called(next_ticket, number)

    def call(self, number: int, actor: str, ticket: str) -> Ticket:
        entry = self.find(ticket)
        refuse(
            counter_closed=self._cannot_work(number, actor),
            not_found=entry is None,
            counter_busy=self.at(number) is not None,
            ticket_state_conflict=entry is not None and entry.state not in ("waiting", "parked"),
        )
        assert entry is not None
        return self._called(entry, number)

    def _called(self, entry: Ticket, number: int) -> Ticket:
        self._action(entry, "called", number, undoable=True)
        if entry.state == "parked":
            entry.legs.append(Leg(entry.service, self.now))
        entry.state, entry.counter = "called", number
        leg = entry.legs[-1]
        leg.counter, leg.called_at = number, self.now
        leg.started_at = self.now if self.start_on_call else None
        return entry

    def recall(self, number: int, actor: str, expected_ticket_id: int | None) -> Ticket:
        entry = self._held(number, actor, expected_ticket_id, "called")
        self.last_at = self.used[number] = self.now
        return entry

    def start(self, number: int, actor: str, expected_ticket_id: int | None) -> Ticket:
        entry = self._held(number, actor, expected_ticket_id, "called")
        self._action(entry, "started", number, undoable=True)
        entry.state = "serving"
        entry.legs[-1].started_at = entry.legs[-1].started_at or self.now
        return entry

    def finish(self, number: int, actor: str, expected_ticket_id: int | None) -> Ticket:
        entry = self._held(number, actor, expected_ticket_id, "serving", *(("called",) if self.start_on_call else ()))
        self._action(entry, "finished", number, undoable=True)
        return self._ends(entry, "served")

    def no_show(self, number: int, actor: str, expected_ticket_id: int | None) -> Ticket:
        entry = self._held(number, actor, expected_ticket_id, "called")
        self._action(entry, "no_show", number, undoable=True)
        return self._ends(entry, "no_show")

    def park(self, number: int, actor: str, expected_ticket_id: int | None) -> Ticket:
        entry = self._held(number, actor, expected_ticket_id, *AT_COUNTER)
        self._action(entry, "parked", number)
        entry.legs[-1].ended_at, entry.legs[-1].outcome = self.now, "parked"
        self._leaves(entry)
        entry.state = "parked"
        return entry

    def put_back(self, number: int, actor: str, expected_ticket_id: int | None) -> Ticket:
        entry = self._held_or_parked(number, actor, expected_ticket_id)
        return self._waits_again(entry, "put_back", number, keep_place=True)

    def transfer(
        self, number: int, actor: str, expected_ticket_id: int | None, service: str | None, to: int | None, keep: bool
    ) -> Ticket:
        entry = self._held_or_parked(number, actor, expected_ticket_id, validation=self._leads_nowhere(service, to))
        return self._waits_again(entry, "transferred", number, service=service, to=to, keep_place=keep)

    def undo(self, number: int, actor: str, expected_ticket_id: int | None) -> Ticket:
        """Undo the counter's last action, if the ticket has not changed since."""
        counter = self.counters[number]
        left_at = counter.paused_by_leaving if counter.state == "paused" else None
        paused = left_at is not None and self.now - left_at <= UNDO_WITHIN
        not_held = actor in self.people and counter.holder != actor
        refuse(counter_closed=not_held or (not paused and counter.state != "open"))
        done = self.done.get(number, [])
        entry = self.tickets[done[-1]] if done else None
        last = self.history[entry.id][-1] if entry and self.history[entry.id] else None
        held = self.at(number)
        mine = last is not None and last.counter == number and last.verb in ("called", "started", "finished", "no_show")
        refuse(
            ticket_state_conflict=entry is None
            or last is None
            or not mine
            or expected_ticket_id not in (None, entry.id)
            or self.now - last.at > UNDO_WITHIN
            or (entry.day != self.today and self.carrying_until is None)
            or self.taken(entry),
            counter_busy=last is not None
            and held is not None
            and entry is not held
            and last.before.state in AT_COUNTER,
        )
        assert entry is not None
        assert last is not None
        done.pop()
        self.history[entry.id].pop()
        vars(entry).update(vars(deepcopy(last.before)))
        if entry.for_counter not in self.counters:
            entry.for_counter = None
        if paused:
            counter.state, counter.pausing, counter.paused_by_leaving = "open", True, None
        self.last_at = self.used[number] = self.now
        return entry

    # by number

    def transfer_by_number(self, ticket: str, service: str | None, to: int | None, keep: bool) -> Ticket:
        entry = self.find(ticket)
        refuse(
            validation=self._leads_nowhere(service, to),
            not_found=entry is None,
            ticket_state_conflict=entry is not None and entry.state not in OPEN,
        )
        assert entry is not None
        return self._waits_again(entry, "transferred", None, service=service, to=to, keep_place=keep)

    def cancel(self, ticket: str) -> Ticket:
        entry = self.find(ticket)
        refuse(
            not_found=entry is None,
            ticket_state_conflict=entry is not None and entry.state not in ("waiting", "parked"),
        )
        assert entry is not None
        return self._ends(entry, "cancelled")

    def reinstate(self, ticket: str, keep: bool) -> Ticket:
        entry = self.find(ticket)
        refuse(
            not_found=entry is None,
            ticket_state_conflict=entry is not None
            and (entry.state not in ("no_show", "cancelled") or (self._in_time(entry) and self.taken(entry))),
            too_late=entry is not None and entry.state in ("no_show", "cancelled") and not self._in_time(entry),
        )
        assert entry is not None
        return self._waits_again(entry, "reinstated", None, keep_place=keep)

    def _in_time(self, entry: Ticket) -> bool:
        return entry.ended_at is not None and self.now - entry.ended_at <= REINSTATE_WITHIN

    # Helpers

    def _leads_nowhere(self, service: str | None, to: int | None) -> bool:
        return (service is None and to is None) or service in self.withdrawn

    def _cannot_work(self, number: int, actor: str) -> bool:
        counter = self.counters[number]
        return counter.state != "open" or (actor in self.people and counter.holder != actor)

    def _held(self, number: int, actor: str, expected_ticket_id: int | None, *states: str, **more: bool) -> Ticket:
        entry = self.at(number)
        refuse(
            **more,
            counter_closed=self._cannot_work(number, actor),
            ticket_state_conflict=entry is None
            or expected_ticket_id not in (None, entry.id)
            or entry.state not in states,
        )
        assert entry is not None
        return entry

    def _held_or_parked(self, number: int, actor: str, expected_ticket_id: int | None, **more: bool) -> Ticket:
        named = self.tickets.get(expected_ticket_id) if expected_ticket_id is not None else None
        if named is not None and named.state == "parked":
            refuse(counter_closed=self._cannot_work(number, actor), **more)
            return named
        return self._held(number, actor, expected_ticket_id, *AT_COUNTER, **more)

    def _may_finish(self, entry: Ticket) -> bool:
        return entry.state == "serving" or (self.start_on_call and entry.state == "called")

    def _action(self, entry: Ticket, verb: str, counter: int | None, *, undoable: bool = False) -> None:
        self.last_at = self.now
        if counter is not None:
            self.used[counter] = self.now
        self.history.setdefault(entry.id, []).append(UndoableAction(verb, self.now, counter, deepcopy(entry)))
        if undoable and counter is not None:
            self.done.setdefault(counter, []).append(entry.id)

    def _ends(self, entry: Ticket, state: str) -> Ticket:
        if state in ("cancelled", "expired"):
            self._action(entry, state, None)
        self._leaves(entry)
        leg = entry.legs[-1]
        if leg.ended_at is None:
            leg.ended_at, leg.outcome = self.now, state
        entry.state, entry.ended_at = state, self.now
        return entry

    def _waits_again(
        self,
        entry: Ticket,
        verb: str,
        counter: int | None,
        *,
        keep_place: bool,
        service: str | None = None,
        to: int | None = None,
    ) -> Ticket:
        """End an open leg and begin the next; the place is kept or taken anew."""
        self._action(entry, verb, counter)
        self._leaves(entry)
        leg = entry.legs[-1]
        if leg.ended_at is None:
            leg.ended_at, leg.outcome = self.now, verb
        entry.state, entry.service = "waiting", service or entry.service
        entry.counter, entry.for_counter = None, to
        entry.ended_at = None
        entry.place_at = entry.place_at if keep_place else self.now
        entry.legs.append(Leg(entry.service, self.now))
        return entry
