"""A new demo has a past that its own log agrees with; an old one is found as it was left."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from server.access import credentials
from server.actions.people import accounts
from server.demo import seed as seeding
from server.demo.seed import STAFF, TOKENS, VISITORS_COUNTER, declaration, seed
from server.domain.branch import Branch
from server.domain.branch_snapshot import BranchSnapshot
from server.domain.calendar import business_day
from server.domain.counter import CounterState
from server.domain.errors import Unavailable
from server.domain.history import events
from server.domain.history.rebuilding import rebuild
from server.domain.people.accounts import User
from server.domain.people.principal import COMMAND_LINE
from server.domain.ticket import State, Ticket
from server.store.engines.store import Store, sqlite_url
from server.store.engines.transaction import Transaction
from server.store.maintenance import deep_checkup
from server.store.maintenance.migrating import migrate
from server.store.tables import access, branch_snapshot, branches, event_log, statistics, tickets
from server.store.tables import accounts as store_accounts
from tests.scene import Scene

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
"""Noon of a Tuesday in Jakarta."""
JUST_AFTER_MIDNIGHT = datetime(2026, 11, 23, 17, 1, tzinfo=UTC)


class Demo:
    """A data directory in which the demo was started once."""

    def __init__(self, data: Path, now: datetime, *, traffic: bool = True) -> None:
        self.data, self.now = data, now
        self.store = Store(sqlite_url(data), lambda: now)
        migrate(self.store)
        self.tokens = self.start(traffic=traffic)

    def start(self, *, traffic: bool = True) -> dict[str, str]:
        return seed(self.store, self.data, self.now, traffic=traffic)

    @property
    def branch(self) -> Branch:
        return self.store.read(lambda db: branches.get(db, declaration().branch.slug))

    @property
    def log(self) -> list[events.Event]:
        return self.store.read(lambda db: event_log.after(db, self.branch.id, 0, 1_000_000))

    def ticket(self, ticket_id: int) -> Ticket:
        return self.store.read(lambda db: tickets.get(db, ticket_id))

    def user(self, name: str) -> User | None:
        return self.store.read(lambda db: store_accounts.by_exact_name(db, name))

    @property
    def hall(self) -> BranchSnapshot:
        return self.store.read(
            lambda db: branch_snapshot.read(db, branches.get(db, declaration().branch.slug), self.now)
        )


@pytest.fixture(scope="module")
def noon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that was begun at noon. The tests that use it only look."""
    demo = Demo(tmp_path_factory.mktemp("noon"), NOON)
    yield demo
    demo.store.close()


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a demo that was begun a minute after midnight: the shortest past there is."""
    demo = Demo(tmp_path_factory.mktemp("night"), JUST_AFTER_MIDNIGHT)
    demo.store.close()
    return demo.data


@pytest.fixture
def night(first_night: Path, tmp_path: Path) -> Iterator[Demo]:
    """The same demo, started again on data of one's own."""
    copy = tmp_path / "demo"
    shutil.copytree(first_night, copy)
    demo = Demo(copy, JUST_AFTER_MIDNIGHT)
    yield demo
    demo.store.close()


def test_every_ticket_of_the_past_is_as_the_log_tells_it(noon: Demo) -> None:
    checked = noon.store.scan(deep_checkup.examine)
    assert checked.tickets > 200
    assert checked.differences == []


def test_no_counter_of_the_past_has_two_customers_at_once(noon: Demo) -> None:
    legs = [leg for ticket in rebuild(noon.log).values() for leg in ticket.legs]
    for counter in range(1, VISITORS_COUNTER + 1):
        stays = sorted(
            (leg.called_at, leg.ended_at or noon.now) for leg in legs if leg.called_at and leg.counter == counter
        )
        assert stays
        assert all(ended <= called for (_, ended), (called, _) in pairwise(stays))


def test_the_past_ends_now_and_its_time_never_runs_back(noon: Demo) -> None:
    times = [event.at for event in noon.log]
    assert times == sorted(times)
    assert [event.seq for event in noon.log] == list(range(1, len(times) + 1))
    assert noon.now - timedelta(minutes=5) < times[-1] <= noon.now


def test_the_past_knows_everything_that_happens_in_a_queue(noon: Demo) -> None:
    kinds = {event.type.value for event in noon.log}
    assert kinds >= {"called", "recalled", "started", "finished", "no_show", "parked", "transferred", "cancelled"}
    priorities = {event.data["priority"] for event in noon.log if event.type is events.EventType.ISSUED}
    assert priorities == {"normal", "senior", "assisted"}


def test_a_visitor_finds_people_waiting_staff_at_work_and_a_counter_left_to_them(noon: Demo) -> None:
    assert len(noon.hall.waiting) >= 4
    states = {c.number: (c.state, c.agent) for c in noon.hall.counters}
    assert states == {n: (CounterState.OPEN, name) for n, name in STAFF.items()} | {
        VISITORS_COUNTER: (CounterState.CLOSED, None)
    }


def test_a_supervisor_finds_figures_for_every_counter_service_and_day(noon: Demo) -> None:
    today = business_day.today(noon.branch, noon.now)

    def report(by: statistics.By, days: int = 0) -> list[str]:
        rows = noon.store.read(lambda db: statistics.report(db, noon.branch, today - timedelta(days=days), today, by))
        assert all(row.served > 0 and row.wait.mean for row in rows)
        return [row.key for row in rows]

    assert report("counter") == ["1", "2", "3", "4", "5"]
    assert report("service") == ["A", "B", "C", "D"]
    assert len(report("hour")) >= 3
    assert len(report("day", days=7)) == 3


def test_the_papers_of_the_past_are_not_waiting_to_be_printed(noon: Demo) -> None:
    assert not [event for event in noon.log if event.type.startswith("print")]
    assert [d.role for d in noon.store.read(lambda db: access.devices(db, noon.branch.id))] == [
        "display",
        "kiosk",
        "printer",
    ]


def test_everybody_of_the_demo_can_sign_in(noon: Demo) -> None:
    for one in declaration().staff or ():
        user = noon.user(one.name)
        assert user is not None and user.role_in(noon.branch.id) == one.role
    assert credentials.check_password(user, seeding.PASSWORD)


def test_a_second_start_goes_on_where_the_first_was_left(first_night: Path, night: Demo) -> None:
    assert night.tokens == json.loads((first_night / "demo.json").read_text())
    before = night.log
    assert night.start() == night.tokens
    assert night.log == before


def test_tokens_are_kept_for_the_owner_alone(night: Demo) -> None:
    assert set(night.tokens) == set(TOKENS)
    assert (night.data / "demo.json").stat().st_mode & 0o077 == 0


def test_a_token_that_was_revoked_is_made_anew_and_the_others_stay(night: Demo) -> None:
    def revoke(tx: Transaction) -> int:
        token = access.token_by_hash(tx.db, credentials.hash_token(night.tokens["display"]))
        assert token is not None
        return accounts.revoke_token(tx, night.branch.slug, COMMAND_LINE, token.id)

    night.store.write(revoke, lambda _tx, token_id: token_id)
    again = night.start()
    assert {key for key in again if again[key] != night.tokens[key]} == {"display"}
    assert night.start() == again


def test_without_traffic_nobody_simulated_stays_at_a_counter(night: Demo) -> None:
    assert [c for c in night.hall.counters if c.state is CounterState.OPEN]
    night.start(traffic=False)
    assert {c.state for c in night.hall.counters} == {CounterState.CLOSED}
    called = night.store.read(lambda db: [tickets.at_counter(db, night.branch.id, n) for n in STAFF])
    assert called == [None] * len(STAFF)


def test_a_demo_without_traffic_begins_with_all_counters_free(tmp_path: Path) -> None:
    demo = Demo(tmp_path, JUST_AFTER_MIDNIGHT, traffic=False)
    assert {c.state for c in demo.hall.counters} == {CounterState.CLOSED}
    assert not [t for t in rebuild(demo.log).values() if t.state in (State.CALLED, State.SERVING)]
    demo.store.close()


def test_a_real_branch_is_never_given_accounts_with_known_passwords(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    before = scene.log
    with pytest.raises(Unavailable, match="central"):
        seed(scene.store, tmp_path, scene.clock(), traffic=True)
    assert scene.log == before
    assert scene.store.read(store_accounts.count) == 0
    scene.store.close()
