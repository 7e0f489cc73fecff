"""Model test of the queue: every action in any order, at any time, compared with a reference model and the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import astuple, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import gevent
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from server.actions.paper import printing
from server.contract import views
from server.domain.branch import ALL_DAY
from server.domain.errors import IdempotencyConflict, Refused
from server.domain.people.principal import Principal, Role
from server.domain.printing.routes import JobState
from server.queries import snapshots
from server.realtime.commit_notifier import CommitNotifier
from server.realtime.publisher import Publisher, as_json, tickets_for_holders
from server.store.engines import idempotency
from server.store.engines.idempotency import IdempotentRequest
from server.store.engines.store import Db, Store
from server.store.sql.schema import leg as leg_table
from server.store.sql.schema import ticket as ticket_table
from server.store.tables import access, branch_snapshot, branches, print_jobs, statistics
from server.store.tables.statistics import By
from tests.actions import model_wishes as wishes
from tests.actions import recomputed
from tests.actions.model_settings import EXAMPLES, short
from tests.actions.plain_papers import Papers
from tests.actions.plain_parts import AT_COUNTER, Service, Ticket, legs_by_ticket, plainly, record_step
from tests.actions.plain_queue import Queue
from tests.actions.screens import Screens
from tests.actions.verbs import ARGUMENTS, AT_COUNTERS, REAL, never
from tests.databases import url_of
from tests.scene import Scene, a_branch, a_branch_without, a_class, a_counter, a_service


class Day(RuleBasedStateMachine):
    """Two to four counters, two services, one priority class and a printer, on a real database."""

    def __init__(self) -> None:
        super().__init__()
        memory = Path("/dev/shm")  # where there is one, nobody waits for a disk
        self.folder = TemporaryDirectory(dir=memory if memory.is_dir() else None)
        self.requests: list[tuple[str, Principal, str, dict[str, Any]]] = []
        self.remembered: dict[str, tuple[int | None, datetime]] = {}
        self.seen_seq = 0
        self.states: dict[int, list[str]] = defaultdict(list)
        self.steps = 0

    @initialize(
        count=st.integers(2, 4),
        on_call=st.booleans(),
        quota=st.sampled_from([None, 5]),
        all_day=st.booleans(),
        carry=st.sampled_from([0, 1, 12]).map(lambda hours: timedelta(hours=hours)),
    )
    def a_morning_begins(self, count: int, on_call: bool, quota: int | None, all_day: bool, carry: timedelta) -> None:
        profiles = {n: replace(wishes.PROFILES[n - 1]) for n in range(1, count + 1)}
        self.whole = branch = a_branch(
            services=(a_service("A", daily_quota=quota), a_service("B", last_number=6)),
            counters=tuple(a_counter(n, p.first, p.helps, helps_out_after=p.helps_after) for n, p in profiles.items()),
            priority_classes=(a_class("senior", 10),),
            start_on_call=on_call,
            hours=dict.fromkeys(range(7), ALL_DAY) if all_day else None,
            carry_for=carry,
        )
        self.scene = Scene(Path(self.folder.name), branch, printers=["front"])
        services = {"A": Service("A", 999, quota), "B": Service("B", 6)}
        clock = self.scene.clock
        people = tuple(c.id for c in wishes.CLERKS)
        self.plain = Queue(
            services, profiles, wishes.HEAD_STARTS, on_call, branch.zone, clock, all_day, carry, people, clock()
        )
        self.papers = Papers(clock)
        self.leases: dict[tuple[int, int], str] = {}
        device = self.scene.store.read(lambda db: access.devices(db, 1, "printer")[0])
        self.printer = Principal("token:9", Role.PRINTER, "front", branch_id=1, device_id=device.id, token_id=9)
        self.screens_come()
        for number in profiles:
            self.do("open", wishes.PROGRAM, number=number, take_over=False)

    def teardown(self) -> None:
        if hasattr(self, "scene"):
            self.scene.store.close()
        self.folder.cleanup()

    def screens_come(self) -> None:
        self.screens = Screens()
        self.publisher = Publisher(self.scene.store, self.scene.clock, CommitNotifier(), self.screens)
        self.scene.store.on_commit = self.publisher.committed
        self.publisher.sweep()

    # One action on the real queue and on the model.

    def do(self, verb: str, principal: Principal = wishes.PROGRAM, *, key: str | None = None, **arguments: Any) -> None:
        """Both perform it, or both refuse it for a valid reason. A repeated request returns its first result."""
        removed = {arguments.get("number", 1), arguments.get("to") or 1} - self.plain.counters.keys()
        if removed and key is not None and key not in self.remembered:
            return  # a request that was refused before, about a counter that is gone by now
        if removed and key is None:
            arguments |= {"number": 1, "to": None}
        arguments = {name: value for name, value in arguments.items() if name in ARGUMENTS[verb]}
        if key is None:
            key = f"key {len(self.requests)}"
            self.requests.append((key, principal, verb, arguments))
        request = IdempotentRequest(principal.id, key, str(hash((verb, str(arguments)))))
        if key in self.remembered:
            before = self.last_seq
            assert self.perform(partial(never, verb), request) == self.remembered[key][0]
            assert self.last_seq == before, "a retry did something"
            return
        expired = self.plain.end_days()
        expected, codes = plainly(
            partial(getattr(self.plain, verb), **arguments, **({"actor": principal.id} if verb in AT_COUNTERS else {}))
        )
        really = partial(self.perform, lambda tx: REAL[verb](tx, principal, **arguments), request)
        if codes:
            self.refused(really, codes)
            assert self.scene.expire() == expired
            return
        done = really()
        self.remembered[key] = (done, self.plain.now)
        assert done == (expected.id if isinstance(expected, Ticket) else None)
        if verb == "issue":
            self.papers.queue(expected.id)
            self.screens.tickets = [*self.screens.tickets, expected.id][-3:]

    def refused(self, action: Callable[[], Any], codes: set[str]) -> None:
        """It was refused for one of these reasons, and nothing changed."""
        before = self.last_seq
        with pytest.raises(Refused) as real:
            action()
        assert real.value.code in codes
        assert self.last_seq == before, "a refused action did something"

    def perform(self, action: Callable[[Any], Any], request: IdempotentRequest) -> Any:
        """Write in the branch's batch, as over HTTP, or sometimes in none; a retry may use the other."""
        return self.scene.store.write(
            action, lambda _tx, r: r, request, batch_key="central" if len(self.requests) % 4 else None
        )

    @property
    def last_seq(self) -> int:
        return self.scene.store.read(lambda db: branches.seq_of(db, 1))

    def id_expected(self, kind: str | None, number: int) -> int | None:
        """The id of the ticket that a screen shows, which may be outdated."""
        held = self.plain.at(number)
        parked = next((t.id for t in self.plain.tickets.values() if t.state == "parked"), None)
        if kind == "held":
            return held.id if held else None
        return parked if kind == "parked" else 1 if kind == "any" and self.plain.tickets else None

    # customers

    @rule(people=st.lists(st.tuples(wishes.SERVICES, st.sampled_from([None, None, "senior"])), min_size=1, max_size=4))
    def some_come_in(self, people: list[tuple[str, str | None]]) -> None:
        for service, priority in people:
            self.do("issue", service=service, priority=priority)

    @precondition(lambda self: self.plain.tickets)
    @rule(pick=wishes.PICK)
    def a_customer_leaves(self, pick: int) -> None:
        self.do("cancel_own", ticket_id=1 + pick % len(self.plain.tickets))

    # staff

    @rule(number=wishes.COUNTERS, principal=wishes.WHO, take_over=st.booleans(), verb=st.sampled_from(wishes.STOPS))
    def a_counter_opens_pauses_or_closes(self, number: int, principal: Principal, take_over: bool, verb: str) -> None:
        self.do(verb, principal, number=number, take_over=take_over)

    @rule(number=wishes.COUNTERS, principal=wishes.WHO, expected=wishes.EXPECTED, finish=st.booleans())
    def call_next(self, number: int, principal: Principal, expected: str | None, finish: bool) -> None:
        self.do(
            "call_next",
            principal,
            number=number,
            expected_ticket_id=self.id_expected(expected, number) if finish else None,
            finish=finish,
        )

    @rule(number=wishes.COUNTERS, principal=wishes.WHO, ticket=wishes.NUMBERS)
    def call(self, number: int, principal: Principal, ticket: str) -> None:
        self.do("call", principal, number=number, ticket=ticket)

    @rule(
        number=wishes.COUNTERS,
        principal=wishes.WHO,
        expected=wishes.EXPECTED,
        verb=st.sampled_from(["recall", "start", "finish", "no_show", "park", "put_back", "undo"]),
    )
    def a_verb(self, number: int, principal: Principal, expected: str | None, verb: str) -> None:
        self.do(verb, principal, number=number, expected_ticket_id=self.id_expected(expected, number))

    @rule(
        number=wishes.COUNTERS,
        verbs=st.sampled_from([("start", "finish"), ("no_show",), ("start", "put_back"), ("park",), ("start",)]),
        other=wishes.COUNTERS,
        undos=st.integers(0, 2),
    )
    def a_visit_and_second_thoughts(self, number: int, verbs: tuple[str, ...], other: int, undos: int) -> None:
        """Within ten seconds, and perhaps with another counter at the same ticket meanwhile."""
        self.do("call_next", number=number, expected_ticket_id=None, finish=False)
        for verb in verbs:
            self.do(verb, number=number, expected_ticket_id=None)
        if other != number:
            self.do("call_next", number=other, expected_ticket_id=None, finish=False)
            self.do(verbs[0], number=other, expected_ticket_id=None)
        for _ in range(undos):
            self.do("undo", number=number, expected_ticket_id=None)

    @rule(
        number=wishes.COUNTERS,
        principal=wishes.WHO,
        expected=wishes.EXPECTED,
        service=st.sampled_from([None, "A", "B"]),
        to=wishes.PICK,
        keep=st.booleans(),
    )
    def transfer(
        self, number: int, principal: Principal, expected: str | None, service: str | None, to: int, keep: bool
    ) -> None:
        self.do(
            "transfer",
            principal,
            number=number,
            expected_ticket_id=self.id_expected(expected, number),
            service=service,
            to=to % 6,
            keep=keep,
        )

    @rule(ticket=wishes.NUMBERS, service=st.sampled_from([None, "A", "B"]), to=wishes.PICK, keep=st.booleans())
    def transfer_by_number(self, ticket: str, service: str | None, to: int, keep: bool) -> None:
        self.do("transfer_by_number", ticket=ticket, service=service, to=to % 6, keep=keep)

    @rule(ticket=wishes.NUMBERS, keep=st.booleans(), verb=st.sampled_from(["cancel", "reinstate"]))
    def by_number(self, ticket: str, keep: bool, verb: str) -> None:
        self.do(verb, ticket=ticket, keep=keep)

    # what the branch is

    @rule(numbers=st.sets(st.integers(2, 4)), offered=st.booleans())
    def counters_and_a_service_go_and_come_back(self, numbers: set[int], offered: bool) -> None:
        """The first counter stays, and so does service A; whoever is left behind has somewhere to go."""
        profiles = {
            c.number: replace(wishes.PROFILES[c.number - 1]) for c in self.whole.counters if c.number not in numbers
        }
        withdrawn = set() if offered else {"B"}
        target = a_branch_without(self.whole, counters=numbers, services=withdrawn)
        if self.scene.declare(target, printers=["front"]):
            self.plain.declare(profiles, withdrawn)

    # retries

    @precondition(lambda self: self.requests)
    @rule(pick=wishes.PICK)
    def the_same_request_again(self, pick: int) -> None:
        key, principal, verb, arguments = self.requests[-1 - pick % len(self.requests)]
        self.do(verb, principal, key=key, **arguments)

    @precondition(lambda self: self.remembered)
    @rule(pick=wishes.PICK)
    def a_used_key_for_another_request(self, pick: int) -> None:
        key, principal, verb, _ = self.requests[-1 - pick % len(self.requests)]
        if key in self.remembered:
            before = self.last_seq
            with pytest.raises(IdempotencyConflict):
                self.perform(partial(never, verb), IdempotentRequest(principal.id, key, "another"))
            assert self.last_seq == before

    @rule()
    def old_keys_are_forgotten(self) -> None:
        """After two days; nobody presses a button that long."""
        now = self.scene.clock()
        self.scene.store.write(idempotency.forget_old, lambda _tx, _r: None)
        self.remembered = {k: v for k, v in self.remembered.items() if now - v[1] <= timedelta(days=2)}

    # paper

    @precondition(lambda self: self.papers.jobs)
    @rule(ticket=wishes.NUMBERS)
    def reprint(self, ticket: str) -> None:
        self.the_sweep()
        earlier = self.plain.find(ticket)
        if earlier is None:
            return
        self.scene.store.write(
            lambda tx: printing.reprint(
                tx,
                "central",
                wishes.PROGRAM,
                ticket_number=ticket,
                address=lambda _b, i: f"http://x/t/{i}",
                printer=None,
            ),
            lambda _tx, _r: None,
        )
        self.plain.last_at = self.plain.now
        self.papers.reprint(earlier.id)

    @rule()
    def the_printer_claims(self) -> None:
        seq = self.last_seq
        job_id = self.scene.store.write(lambda tx: printing.claim(tx, self.printer), lambda _tx, job: job)
        if self.last_seq > seq:  # it had not been heard for a while: the branch is told, in its own time
            self.plain.last_at = self.plain.now
        place = self.papers.claim(self.plain.now if self.last_seq > seq else self.scene.clock())
        assert job_id == (None if place is None else place + 1)
        if place is not None:
            real = self.scene.store.read(lambda db: print_jobs.get(db, place + 1))
            assert real.lease is not None
            assert (real.content["reprint"] is not None) == real.reprint == self.papers.jobs[place].reprint
            self.leases[place, self.papers.jobs[place].lease] = real.lease

    @precondition(lambda self: self.leases)
    @rule(pick=wishes.PICK, report=st.sampled_from(["started", "started", "printed", "not_sent", "unknown"]))
    def the_printer_says(self, pick: int, report: str) -> None:
        place, count = list(self.leases)[-1 - pick % min(3, len(self.leases))]
        lease, seq = self.leases[place, count], self.last_seq
        if report == "started":
            _, codes = plainly(partial(self.papers.started, place, count))
            action = partial(printing.start_job, principal=self.printer, job_id=place + 1, lease=lease)
        else:
            _, codes = plainly(partial(self.papers.outcome, place, count, report))
            action = partial(
                printing.record_outcome,
                principal=self.printer,
                job_id=place + 1,
                lease=lease,
                state=JobState(report),
                detail=None,
            )
        if codes:
            self.refused(lambda: self.scene.store.write(action, lambda _tx, _r: None), codes)
            return
        self.scene.store.write(action, lambda _tx, _r: None)
        if self.last_seq > seq:
            self.plain.last_at = self.plain.now

    # time

    @rule(seconds=st.sampled_from([0.5, 3, 8, 15, 70, 300, 7200]))
    def time_goes_on(self, seconds: float) -> None:
        self.scene.clock.forward(seconds)
        self.the_sweep()

    @rule(seconds=st.sampled_from([-0.5, -20, -3600]))
    def the_clock_steps_back(self, seconds: float) -> None:
        self.scene.clock.forward(seconds)

    @rule(seconds=st.sampled_from([-3, 2, 9 * 3600]), swept=st.booleans())
    def midnight_comes_near_or_goes_by(self, seconds: float, swept: bool) -> None:
        local = self.plain.now.astimezone(self.plain.zone)
        midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        self.scene.clock.now = midnight.astimezone(self.scene.clock.now.tzinfo) + timedelta(seconds=seconds)
        if swept:
            self.the_sweep()

    @rule(days=st.sampled_from([0, 0, 1, 3]))
    def the_power_goes_and_comes_back(self, days: int) -> None:
        self.scene.store.close()
        self.scene.clock.forward(days=days)
        self.scene.restart()
        self.screens_come()

    @rule()
    def the_sweep(self) -> None:
        """What the server does every second."""
        now = self.scene.clock()
        if self.scene.store.read(lambda db: branches.due_for_day_end(db, now)):
            assert self.scene.expire() == self.plain.end_days()
        if self.scene.store.write(printing.end_lapsed, lambda _tx, count: count):
            self.plain.last_at = self.plain.now
        self.papers.sweep()

    @rule(service=wishes.SERVICES)
    def another_process_issues(self, service: str) -> None:
        """A command beside the server: its commit is noticed and pushed."""
        mine, self.scene.store = self.scene.store, Store(url_of(self.scene.path), self.scene.clock)
        try:
            self.do("issue", service=service, priority=None)
        finally:
            self.scene.store.close()
            self.scene.store = mine
        self.publisher.sweep()

    # Invariants after each step.

    @invariant()
    def all_that_must_be_true_is_true(self) -> None:
        if hasattr(self, "scene"):
            self.every_push_has_left()
            self.rows_log_and_plain_queue_agree()
            self.every_counter_shows_what_it_holds_and_who_is_next()
            self.the_log_has_one_order_and_only_legal_steps()
            self.a_report_is_what_the_log_says()

    def every_push_has_left(self) -> None:
        """The last push to every screen is what a fresh load would show, at the moment when it was read."""
        for _ in range(3):
            gevent.sleep(0)

        def fresh(db: Db) -> tuple[int, dict[str, Any]]:
            seen = branch_snapshot.read(db, branches.get_by_id(db, 1), self.scene.clock())
            own = {f"ticket:{i}": as_json(v) for i, v in tickets_for_holders(db, seen, self.screens.tickets).items()}
            return seen.seq, {
                "board:1": as_json(views.board(seen)),
                "queue:1": as_json(snapshots.queue(db, seen)),
                **own,
            }

        seq, views_now = self.scene.store.read(fresh)
        if seq == self.seen_seq:
            return
        for room, view in views_now.items():
            if room in self.screens.last or room != f"ticket:{self.screens.tickets[-1] if self.screens.tickets else 0}":
                last = self.screens.last[room]
                assert last["seq"] == seq
                assert last[last["view"]] == view

    def rows_log_and_plain_queue_agree(self) -> None:
        rebuilt = self.scene.rebuilt()
        rows, legs = self.scene.store.read(
            lambda db: (list(db.execute(ticket_table.select())), list(db.execute(leg_table.select())))
        )
        assert rebuilt.keys() == {r.id for r in rows} == self.plain.tickets.keys()
        by_ticket = legs_by_ticket(legs)
        for row in rows:
            plain, log = self.plain.tickets[row.id], rebuilt[row.id]
            assert (row.number, row.state, row.ended_at) == (log.number, log.state, log.ended_at)
            assert (row.number, row.business_day, row.state, row.ended_at, row.service, row.place_at) == (
                plain.number, plain.day, plain.state, plain.ended_at, plain.service, plain.place_at
            )  # fmt: skip
            if row.state in AT_COUNTER:
                assert row.counter == plain.counter
            assert by_ticket[row.id] == [astuple(x) for x in plain.legs]
            assert by_ticket[row.id] == [
                (x.service, x.queued_at, x.counter, x.called_at, x.started_at, x.ended_at, x.outcome) for x in log.legs
            ]
        assert self.scene.differences() == []
        jobs = self.scene.store.read(lambda db: [print_jobs.get(db, n + 1) for n in range(len(self.papers.jobs))])
        assert [(j.ticket_id, j.state, j.reprint) for j in jobs] == [
            (p.ticket, p.state, p.reprint) for p in self.papers.jobs
        ]

    def every_counter_shows_what_it_holds_and_who_is_next(self) -> None:
        for counter, plain in ((c, self.plain.counters[c.number]) for c in self.scene.queue_view().counters):
            held, following = self.plain.at(counter.number), self.plain.next_for(counter.number)
            assert (counter.ticket.number if counter.ticket else None) == (held.number if held else None)
            assert (counter.next.number if counter.next else None) == (following.number if following else None)
            assert (counter.state, bool(counter.pause_after)) == (plain.state, plain.pausing)

    def the_log_has_one_order_and_only_legal_steps(self) -> None:
        log = self.scene.log
        assert [e.seq for e in log] == list(range(1, len(log) + 1))
        assert all(a.at <= b.at for a, b in pairwise(log))
        for event in log[self.seen_seq :]:
            record_step(self.states, event, self.plain.start_on_call)
        self.seen_seq = log[-1].seq
        recomputed.no_gaps(log, self.plain.zone)

    def a_report_is_what_the_log_says(self) -> None:
        if not self.plain.tickets:
            return
        self.steps += 1
        by = get_args(By)[self.steps % 4]
        days, branch = (min(t.day for t in self.plain.tickets.values()), self.plain.today), self.scene.branch
        targets = {s.code: s.target_wait for s in branch.services}
        rows = self.scene.store.read(lambda db: statistics.report(db, branch, *days, by))
        expected = recomputed.report(self.scene.log, by, self.plain.zone, targets, days)
        assert {r.key for r in rows} == expected.keys()
        for row in rows:
            for name, value in expected[row.key].items():
                real = getattr(row, name)
                assert (astuple(real) if isinstance(value, tuple) else real) == pytest.approx(value), (row.key, name)


class LongDay(Day):
    """The same, many days long."""


TestDay = pytest.mark.timeout(300)(Day.TestCase)
TestDay.settings = short(6, 40)
TestLongDay = pytest.mark.torture(pytest.mark.timeout(3600)(LongDay.TestCase))
TestLongDay.settings = short(EXAMPLES, 80)
