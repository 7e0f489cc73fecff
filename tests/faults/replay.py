"""What the event log says of a branch at each seq: its lines, its counters and its calls.

Events are applied in the order of the log. What breaks a rule of the queue is returned in words. The rules are those of
the plain queue (`tests.actions.plain_parts`); no code is shared with the server.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from server.domain.history.events import Event
from tests.actions.plain_parts import AT_COUNTER, LEGAL

View = dict[str, Any]
CALLS_SHOWN = 10
"""A board shows at least so many calls; those before may be missing after two minutes."""
JOBS_LEGAL: dict[str, tuple[str | None, ...]] = {
    "print_started": (None,),
    "print_printed": ("print_started", "print_unknown"),
    "print_not_sent": (None, "print_started", "print_unknown"),
    "print_unknown": ("print_started",),
    "print_resolved": ("print_unknown",),
}
"""What may happen to a paper → after what; None: nothing yet."""
COUNTER_STATES = {"counter_opened": "open", "counter_paused": "paused", "counter_closed": "closed"}


@dataclass(frozen=True)
class Rules:
    """What the branch is declared to be: which services a counter takes, what a class is given."""

    services: Mapping[int, frozenset[str]]
    head_starts: Mapping[str, timedelta] = field(default_factory=dict)


@dataclass(frozen=True)
class Ticket:
    """A ticket as the log has it at one seq."""

    id: int
    number: str
    service: str
    head_start: timedelta
    place_at: datetime
    state: str = "waiting"
    counter: int | None = None
    for_counter: int | None = None
    called_seq: int = 0
    recalls: int = 0

    @property
    def line(self) -> tuple[datetime, int]:
        """Who is earliest goes first; a class with a head start counts as having come earlier."""
        return self.place_at - self.head_start, self.id


class Replay:
    """The branch after the events that were applied so far."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._before: dict[int, Ticket] = {}
        self._jobs: dict[int, str] = {}
        self.seq = 0
        self.tickets: dict[int, Ticket] = {}
        """Id → ticket; also those that are over."""
        self.open: dict[int, Ticket] = {}
        self.counters: dict[int, str] = dict.fromkeys(rules.services, "closed")

    def apply(self, event: Event) -> list[str]:
        """Go on by one event; what of it is against the rules."""
        broken = [] if event.seq == self.seq + 1 else [f"seq {event.seq} follows seq {self.seq}"]
        self.seq = event.seq
        if event.type.startswith("print"):
            return broken + self._paper(event)
        if event.type in COUNTER_STATES and event.counter is not None:
            self.counters[event.counter] = COUNTER_STATES[event.type]
        if event.ticket_id is None:
            return broken
        return broken + self._move(event, event.ticket_id)

    def _move(self, event: Event, ticket_id: int) -> list[str]:
        before = self.tickets.get(ticket_id)
        if event.type == "issued":
            assert event.number is not None
            assert event.service is not None
            head_start = self._rules.head_starts.get(event.data.get("priority", ""), timedelta())
            self._put(Ticket(ticket_id, event.number, event.service, head_start, event.at))
            return [f"{describe(event)}: the ticket was issued before"] if before else []
        if before is None:
            return [f"{describe(event)}: the ticket was never issued"]
        if event.type == "undone":
            undone = self._before.get(event.data["undid"])
            if undone is None or undone.id != ticket_id:
                return [f"{describe(event)}: there was nothing of this ticket to undo at seq {event.data['undid']}"]
            self._put(undone)
            return []
        leaves, _ = LEGAL[event.type]
        finished_at_once = event.type == "finished" and before.state == "called"  # where a call is the start
        broken = []
        if before.state not in leaves and not finished_at_once:
            broken.append(f"{describe(event)}: the ticket was {before.state}")
        if event.type in ("recalled", "started", "finished", "no_show", "parked") and before.counter != event.counter:
            broken.append(f"{describe(event)}: the ticket was at counter {before.counter}")
        if event.type == "called":
            broken += self._call(event, before)
        self._before[event.seq] = before
        self._put(self._after(event, before))
        return broken

    def _after(self, event: Event, t: Ticket) -> Ticket:
        match event.type.value:
            case "called":
                return replace(t, state="called", counter=event.counter, called_seq=event.seq, recalls=0)
            case "recalled":
                return replace(t, called_seq=event.seq, recalls=t.recalls + 1)
            case "carried":
                return t
            case "put_back" | "transferred" | "reinstated":
                return replace(
                    t,
                    state="waiting",
                    counter=None,
                    service=event.service or t.service,
                    for_counter=event.data.get("for_counter"),
                    place_at=t.place_at if event.data.get("keep_place") else event.at,
                )
            case kind:
                return replace(t, state=LEGAL[kind][1])

    def _call(self, event: Event, called: Ticket) -> list[str]:
        number = event.counter
        assert number is not None
        broken = []
        if self.counters.get(number) != "open":
            broken.append(f"{describe(event)}: the counter was {self.counters.get(number)}")
        held = self.at(number)
        if held is not None:
            broken.append(f"{describe(event)}: the counter held {held.number}")
        if "why" in event.data:  # by Next, not by number
            first = min(self.waiting_for(number), key=lambda t: t.line, default=None)
            if first is None or first.id != called.id:
                broken.append(f"{describe(event)}: {first.number if first else 'nobody'} was first in line")
        return broken

    def _paper(self, event: Event) -> list[str]:
        if event.type not in JOBS_LEGAL:
            return []
        job = event.data["job"]
        last = self._jobs.get(job)
        if event.type != "print_resolved":
            self._jobs[job] = event.type.value
        return [] if last in JOBS_LEGAL[event.type] else [f"{describe(event)}: job {job} was {last} before"]

    def _put(self, ticket: Ticket) -> None:
        self.tickets[ticket.id] = ticket
        if ticket.state in ("waiting", "parked", *AT_COUNTER):
            self.open[ticket.id] = ticket
        else:
            self.open.pop(ticket.id, None)

    # what is so at this seq

    def at(self, number: int) -> Ticket | None:
        """The ticket that is called or served at a counter."""
        return next((t for t in self.open.values() if t.counter == number and t.state in AT_COUNTER), None)

    def waiting_for(self, number: int) -> Iterator[Ticket]:
        """Those whom this counter may call."""
        services = self._rules.services.get(number, frozenset())
        for t in self.open.values():
            if t.state == "waiting" and (t.for_counter == number if t.for_counter else t.service in services):
                yield t

    def view(self, name: str, about: Any) -> View:
        """What a view must show, in the form of `essence`.

        `about` is the counter's number, the ticket's id, or the seq from which on a board shows calls.
        """
        match name:
            case "queue":
                waiting = sorted((t for t in self.open.values() if t.state == "waiting"), key=lambda t: t.line)
                return {
                    "waiting": tuple((t.id, t.service, t.for_counter) for t in waiting),
                    "parked": frozenset(t.id for t in self.open.values() if t.state == "parked"),
                    "counters": tuple((n, *self._counter(n)) for n in sorted(self.counters)),
                }
            case "board":
                called = (t for t in self.open.values() if t.state in AT_COUNTER and t.called_seq >= (about or 0))
                current = sorted(called, key=lambda t: -t.called_seq)
                services = (t.service for t in self.open.values() if t.state == "waiting")
                return {
                    "since": about,
                    "calls": tuple((t.id, t.called_seq, t.counter, t.recalls, t.state) for t in current),
                    "waiting": +Tally(services),
                }
            case "counter":
                return {"counter": self._counter(about)}
            case _:
                ticket = self.tickets.get(about)
                return {"state": ticket.state if ticket else "not issued"}

    def _counter(self, number: int) -> tuple[str, int | None, str | None]:
        held = self.at(number)
        return self.counters[number], held.id if held else None, held.state if held else None


def essence(name: str, shown: View) -> View:
    """Of what a view showed, all that the log decides and time does not."""
    match name:
        case "queue":
            return {
                "waiting": tuple((int(t["id"]), t["service"], t["for_counter"]) for t in shown["waiting"]),
                "parked": frozenset(int(t["id"]) for t in shown["parked"]),
                "counters": tuple((c["number"], *_counter(c)) for c in shown["counters"]),
            }
        case "board":
            calls = [c for c in shown["calls"] if c["state"] in AT_COUNTER]
            whole = len(shown["calls"]) < CALLS_SHOWN
            return {
                "since": None if whole else min(c["seq"] for c in shown["calls"]),
                "calls": tuple((int(c["id"]), c["seq"], c["counter"], c["recalls"], c["state"]) for c in calls),
                "waiting": +Tally(shown["waiting"]),
            }
        case "counter":
            return {"counter": _counter(shown)}
        case _:
            return {"state": shown["state"]}


def _counter(shown: View) -> tuple[str, int | None, str | None]:
    held = shown["ticket"]
    return shown["state"], int(held["id"]) if held else None, held["state"] if held else None


def describe(event: Event) -> str:
    """An event in words."""
    where = f" at counter {event.counter}" if event.counter is not None else ""
    what = f" {event.number}" if event.number else ""
    return f"seq {event.seq} ({event.type.value}{what}{where})"
