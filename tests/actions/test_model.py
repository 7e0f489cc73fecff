"""The queue attacked: every verb in any order, at any time, against what must be true after each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import astuple
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from server.domain.errors import Refused
from server.domain.policy import effective_place
from server.domain.ticket import AT_COUNTER, OPEN, State, Ticket
from tests.scene import Scene, a_branch, a_class, a_counter, a_service

COUNTERS = st.sampled_from([1, 2, 3])
SERVICES = st.sampled_from(["A", "B"])
ORDINALS = st.integers(1, 8)


class Queue(RuleBasedStateMachine):
    """Three counters, two services, one priority class, on a real database that is opened anew now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        branch = a_branch(
            services=(a_service("A"), a_service("B", last_number=6)),
            counters=(a_counter(1, ["A"], ["B"]), a_counter(2, ["B"]), a_counter(3, ["A", "B"])),
            priority_classes=(a_class("senior", 10),),
        )
        self.scene = Scene(Path(self.folder.name), branch, printers=["front"])
        self.seen_seq = 0

    def teardown(self) -> None:
        self.scene.store.close()
        self.folder.cleanup()

    @initialize()
    def a_morning_begins(self) -> None:
        for number in (1, 2, 3):
            self.scene.open(number)

    def attempt(self, deed: Callable[[], Any]) -> Any:
        """Do it, or see that its refusal has changed nothing."""
        before = self.scene.log[-1].seq
        try:
            return deed()
        except Refused:
            assert self.scene.log[-1].seq == before
            return None

    @rule(service=SERVICES, priority=st.sampled_from([None, "senior"]))
    def issue(self, service: str, priority: str | None) -> None:
        self.attempt(lambda: self.scene.issue(service, priority=priority))

    @rule(counter=COUNTERS, finish=st.booleans())
    def call_next(self, counter: int, finish: bool) -> None:
        profile, head_starts = self.scene.branch.counter(counter), self.scene.branch.head_starts
        waiting = [t for t in self.scene.floor.waiting if t.for_counter in (None, counter)]
        own = [t for t in waiting if t.for_counter == counter or t.service in profile.services]
        helped = [t for t in waiting if t.service in profile.helps_out_with]
        line = sorted(own or helped, key=lambda t: (effective_place(t.place_at, t.priority, head_starts), t.id))
        called: Ticket | None = self.attempt(lambda: self.scene.call_next(counter, finish=finish))
        if called is not None:
            assert called.id == line[0].id

    @rule(counter=COUNTERS, verb=st.sampled_from(["recall", "start", "finish", "no_show", "park", "put_back", "undo"]))
    def verb(self, counter: int, verb: str) -> None:
        self.attempt(lambda: getattr(self.scene, verb)(counter))

    @rule(counter=COUNTERS, verbs=st.sampled_from([("start", "finish"), ("no_show",), ("start",), ("recall",)]))
    def a_visit_and_second_thoughts(self, counter: int, verbs: tuple[str, ...]) -> None:
        self.attempt(lambda: self.scene.call_next(counter))
        for verb in (*verbs, "undo", "undo"):
            self.attempt(lambda verb=verb: getattr(self.scene, verb)(counter))  # type: ignore[misc]

    @rule(counter=COUNTERS, service=SERVICES, ordinal=ORDINALS)
    def call(self, counter: int, service: str, ordinal: int) -> None:
        self.attempt(lambda: self.scene.call(self.number(service, ordinal), counter, reason="asked for"))

    @rule(
        counter=COUNTERS, service=st.sampled_from([None, "A", "B"]), to=st.sampled_from([None, 2]), keep=st.booleans()
    )
    def transfer(self, counter: int, service: str | None, to: int | None, keep: bool) -> None:
        self.attempt(lambda: self.scene.transfer(counter, service=service, to_counter=to, keep_place=keep))

    @rule(service=SERVICES, ordinal=ORDINALS, verb=st.sampled_from(["cancel", "reinstate"]))
    def by_number(self, service: str, ordinal: int, verb: str) -> None:
        self.attempt(lambda: getattr(self.scene, verb)(self.number(service, ordinal)))

    @rule(seconds=st.sampled_from([1, 8, 15, 300, 7200, -3600]))
    def time_goes_on_or_the_clock_steps_back(self, seconds: int) -> None:
        self.scene.clock.forward(seconds)

    @rule()
    def a_day_ends(self) -> None:
        self.scene.clock.forward(days=1)
        self.scene.expire()

    @rule()
    def the_server_is_started_anew(self) -> None:
        self.scene.restart()

    @staticmethod
    def number(service: str, ordinal: int) -> str:
        return f"A{ordinal:03d}" if service == "A" else f"B{ordinal}"

    @invariant()
    def the_log_rebuilds_every_ticket_and_leg(self) -> None:
        for ticket_id, told in self.scene.rebuilt().items():
            true = self.scene.ticket(ticket_id)
            assert (told.number, told.state, told.ended_at) == (true.number, true.state, true.ended_at)
            assert [astuple(leg) for leg in told.legs] == [
                (x.service, x.counter, x.queued_at, x.called_at, x.started_at, x.ended_at, x.outcome) for x in true.legs
            ]
            assert sum(leg.ended_at is None for leg in true.legs) == (true.state in OPEN - {State.PARKED})

    @invariant()
    def numbers_have_neither_gaps_nor_doubles(self) -> None:
        given: dict[tuple[Any, str], list[str]] = {}
        for ticket_id in self.scene.rebuilt():
            ticket = self.scene.ticket(ticket_id)
            given.setdefault((ticket.business_day, ticket.number[0]), []).append(ticket.number)
        for (_, letter), numbers in given.items():
            assert sorted(numbers) == [self.number(letter, n) for n in range(1, len(numbers) + 1)]

    @invariant()
    def a_counter_holds_one_ticket_at_most(self) -> None:
        held = Counter(t.counter for t in self.scene.floor.tickets if t.state in AT_COUNTER)
        assert max(held.values(), default=0) <= 1

    @invariant()
    def the_log_has_one_order_and_time_never_runs_back(self) -> None:
        log = self.scene.log
        assert [e.seq for e in log] == list(range(1, len(log) + 1))
        assert all(a.at <= b.at for a, b in pairwise(log))


# Not shrunk: on a real database that takes minutes, and a time-out would hide what was found.
Queue.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=30,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
TestQueue = Queue.TestCase
