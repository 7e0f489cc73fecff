"""On PostgreSQL: several processes on one branch, restarts and crashes of the database, lost commits."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import gevent
import psycopg
import pytest
from sqlalchemy import bindparam, event, inspect, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from server.actions.issuing import issue_ticket
from server.actions.queue import calling
from server.domain.errors import CounterBusy, NotFound, QueueEmpty, Unavailable
from server.domain.ticket import State, Ticket
from server.store.engines import pipelining
from server.store.engines import postgres as postgres_store
from server.store.engines.idempotency import IdempotentRequest
from server.store.engines.store import Db, Store
from server.store.engines.threads import OffHub
from server.store.engines.transaction import Transaction
from server.store.maintenance.migrating import migrate, newest
from server.store.sql.compiled_statements import CompiledStatement, insertion
from server.store.sql.schema import meta
from server.store.tables import branches, tickets
from tests.actions.verbs import REAL
from tests.clock import HandClock
from tests.databases import in_use
from tests.postgres import Postgres, a_postgres
from tests.scene import Scene, a_branch, a_clerk, a_counter

ROOT = Path(__file__).parents[2]
CLERK, *CLERKS = (a_clerk(number) for number in range(4))
pytestmark = [pytest.mark.sqlite, pytest.mark.timeout(300)]  # brings its database itself
_names = count(1)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    # no test here cuts the machine's power, so the disk may wait; what was committed may not
    with a_postgres("fsync=off", "full_page_writes=off") as server:
        yield server


@pytest.fixture
def scene(postgres: Postgres, tmp_path: Path) -> Scene:
    counters = tuple(a_counter(number) for number in (1, 2, 3))
    branch = a_branch(counters=counters, start_on_call=True)
    return Scene(tmp_path, branch, url=postgres.create(f"scene_{next(_names)}"))


def issue(tx: Transaction) -> int:
    done: int = REAL["issue"](tx, CLERK, service="A", priority=None)
    return done


def number_of(tx: Transaction, ticket_id: int) -> str:
    return tickets.get(tx.db, ticket_id).number


def another(scene: Scene) -> Store:
    """Open the same database as another process does."""

    class Process:
        store = Store(scene.url, scene.clock)

    in_use(Process())
    return Process.store


def numbers(scene: Scene) -> list[str]:
    """Return all issued numbers, in the order of the log."""
    return [str(e.number) for e in scene.log if e.type.value == "issued"]


def first_numbers(n: int) -> list[str]:
    return [f"A{i:03}" for i in range(1, n + 1)]


def side_by_side(work: list[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(len(work)) as pool:
        return [one.result(120) for one in [pool.submit(each) for each in work]]


def round_trips(scene: Scene, trace: Path, action: Callable[[], object]) -> int:
    """Return how many round trips to the database an action makes."""
    database: Any = scene.store._database
    used = []
    with trace.open("w") as file:

        def listen(connection: Any, *_: object) -> None:
            connection.pgconn.trace(file.fileno())
            used.append(connection)

        event.listen(database._writing, "checkout", listen)
        action()
        event.remove(database._writing, "checkout", listen)
        for connection in used:
            connection.pgconn.untrace()
    return len(re.findall(r"\tF\t4\t(?:Flush|Sync)$", trace.read_text(), re.MULTILINE))


def test_an_action_makes_only_the_needed_round_trips(scene: Scene, tmp_path: Path) -> None:
    """A driver that waits for a BEGIN, or on returning a connection, would take more."""

    def done(name: str, act: Callable[[Transaction], Ticket]) -> Callable[[], object]:
        request = IdempotentRequest("user:1", name, "f" * 64)
        return lambda: scene.store.write(lambda tx: act(tx).id, lambda _tx, told: told, request, batch_key="central")

    asked: dict[str, Any] = {"service": "A", "priority": None, "language": None, "address": lambda *_: "http://x/t"}
    actions: dict[str, Callable[[Transaction], Ticket]] = {
        "number": lambda tx: issue_ticket(tx, "central", CLERK, **asked).ticket,
        "next": lambda tx: calling.call_next(tx, "central", 1, CLERK),
        "recall": lambda tx: calling.recall(tx, "central", 1, CLERK, expected_ticket_id=None),
        "finish": lambda tx: calling.finish(tx, "central", 1, CLERK, expected_ticket_id=None),
    }
    scene.issue()
    scene.open(1, CLERK)
    # the branch with its request, what is there, what becomes of it; a swap is looked at
    expected = {"number": 3, "next": 6, "recall": 3, "finish": 4}
    assert {name: round_trips(scene, tmp_path / name, done(name, act)) for name, act in actions.items()} == expected


def test_a_rolled_back_action_leaves_its_connection_usable(scene: Scene) -> None:
    """After a ROLLBACK the driver discards its prepared statements, which could start another user's read."""
    store = scene.store

    def known(db: Db) -> int:
        return branches.get(db, "central").id

    def prepared(db: Db) -> int:
        found: int = db.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar_one()
        return found

    def on_a_connection_that_the_pool_has_not_tried(_db: Db) -> None:
        for _ in range(8):
            store.read(known)
        before = store.read(prepared)
        with pytest.raises(NotFound):
            store.read(lambda db: branches.get(db, "nowhere"))
        assert store.read_inline(known) == store.read(known)
        assert store.read(prepared) >= before > 0

    def beside_another_action(_tx: Transaction) -> None:
        for _ in range(8):
            scene.issue()
        before = store.write(lambda tx: prepared(tx.db), lambda _tx, told: told)
        with pytest.raises(CounterBusy):
            scene.call_next(1)
        assert store.write(lambda tx: prepared(tx.db), lambda _tx, told: told) >= before > 0

    scene.open(1, CLERK)
    scene.issue()
    scene.call_next(1)
    store.read(on_a_connection_that_the_pool_has_not_tried)
    store.write(beside_another_action, lambda _tx, _none: None)


def test_a_connection_lost_before_a_rollback_is_discarded(postgres: Postgres, scene: Scene) -> None:
    """An error that the driver raises itself would not be retried."""
    database: Any = scene.store._database
    with database._writing.connect() as mine, postgres.connect() as other:
        mine.begin()
        pipelining.queue(mine, "SAVEPOINT action")
        pid = mine.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
        with pytest.raises(DBAPIError) as told:
            pipelining.undo_to_savepoint(mine, "action")
    assert told.value.connection_invalidated


def test_actions_that_wait_together_share_one_transaction_and_one_failure_spoils_no_other(scene: Scene) -> None:
    store = Store(scene.url, scene.clock, readers=OffHub(1))
    scene.store.close()
    scene.store = store
    transactions: set[int] = set()

    def noted(tx: Transaction) -> int:
        transactions.add(tx.db.exec_driver_sql("SELECT pg_current_xact_id()::text::bigint").scalar_one())
        return issue(tx)

    def fails(tx: Transaction) -> int:
        issue(tx)
        raise QueueEmpty("nobody")

    def write(action: Callable[[Transaction], int]) -> Any:
        return gevent.spawn(lambda: store.write(action, number_of, batch_key="central"))

    # nobody else runs before all of them wait
    jobs = [write(action) for action in (noted, fails, noted, noted)]
    gevent.joinall(jobs, timeout=60)
    assert [type(j.exception) for j in jobs] == [type(None), QueueEmpty, type(None), type(None)]
    assert [j.value for j in jobs] == ["A001", None, "A002", "A003"]
    assert len(transactions) == 1
    assert numbers(scene) == first_numbers(3)


def test_what_a_failure_kept_from_being_prepared_is_not_taken_for_prepared(scene: Scene) -> None:
    """The driver prepares a statement at its sixth use; after an unseen failure, the server does not."""
    ask = CompiledStatement(select(meta.c.value).where(meta.c.key == bindparam("key")))
    put = CompiledStatement(insertion(meta, "key", "value"))

    def asks(tx: Transaction) -> Any:
        return ask.scalar(tx.db, key="twice")

    def fails(tx: Transaction) -> Any:
        put.run(tx.db, key="twice", value="first")
        put.run(tx.db, key="twice", value="second")
        return asks(tx)

    for _ in range(5):
        scene.store.write(asks, lambda _tx, told: told)
    with pytest.raises(IntegrityError):
        scene.store.write(fails, lambda _tx, told: told)
    assert [scene.store.write(asks, lambda _tx, told: told) for _ in range(9)] == [None] * 9


def test_processes_that_issue_and_call_at_once_double_nothing_and_leave_no_gap(scene: Scene) -> None:
    called: list[str] = []

    def lives(number: int) -> Callable[[], None]:
        store = another(scene)

        def work() -> None:
            store.write(
                lambda tx: REAL["open"](tx, CLERKS[number - 1], number=number, take_over=False), lambda _tx, _r: None
            )
            for _ in range(15):
                store.write(issue, lambda _tx, r: r)
                called.append(
                    store.write(
                        lambda tx: REAL["call_next"](
                            tx, CLERKS[number - 1], number=number, expected_ticket_id=None, finish=True
                        ),
                        lambda tx, r: number_of(tx, r or 0),
                    )
                )

        return work

    side_by_side([lives(number) for number in (1, 2, 3)])
    assert numbers(scene) == first_numbers(45)
    assert sorted(called) == first_numbers(45)
    assert [e.seq for e in scene.log] == list(range(1, len(scene.log) + 1))
    for ticket_id, told in scene.rebuilt().items():
        assert told.state is scene.ticket(ticket_id).state


def test_one_press_at_two_processes_is_one_action(scene: Scene) -> None:
    for n in range(10):
        request = IdempotentRequest("user:1", f"key {n}", "f" * 64)
        both = threading.Barrier(2)

        def pressed(store: Store, request: IdempotentRequest = request, both: threading.Barrier = both) -> str:
            both.wait(60)
            return store.write(issue, number_of, request)

        stores = [scene.store, another(scene)]
        given = side_by_side([lambda store=store: pressed(store) for store in stores])  # type: ignore[misc]
        assert given == [f"A{n + 1:03}"] * 2
    assert numbers(scene) == first_numbers(10)


class RepeatedRequests:
    """Four processes that repeat requests until each is answered, and one that reads."""

    def __init__(self, scene: Scene) -> None:
        self.given: dict[str, str] = {}
        self._stores = [another(scene) for _ in range(5)]
        for store in self._stores:
            store.read(lambda db: branches.get(db, "central"))  # one that was never there is not waited for
        self._over = threading.Event()
        self._given = threading.Semaphore(0)

    def during(self, action: Callable[[Callable[[], None]], None]) -> None:
        """Keep them running during `action`, which gets a function that waits until more requests are answered."""
        side_by_side(
            [
                *(partial(self._repeat_requests, who) for who in range(4)),
                self._read_repeatedly,
                lambda: self._end_with(action),
            ]
        )

    def _end_with(self, action: Callable[[Callable[[], None]], None]) -> None:
        try:
            action(self._wait_for_more)
        finally:
            self._over.set()

    def _wait_for_more(self) -> None:
        for _ in range(12):
            assert self._given.acquire(timeout=120)

    def _repeat_requests(self, process: int) -> None:
        for n in count(1):
            if self._over.is_set():
                return
            request = IdempotentRequest(f"user:{process}", f"{n}", "f" * 64)
            while (key := f"{process}:{n}") not in self.given:
                try:
                    self.given[key] = self._stores[process].write(issue, number_of, request, batch_key="central")
                except Unavailable:
                    self._stores[process].look_again()
            self._given.release()

    def _read_repeatedly(self) -> None:
        while not self._over.is_set():
            try:
                self._stores[4].read(lambda db: branches.get(db, "central"))
            except Unavailable:
                self._stores[4].look_again()


def test_a_restart_and_a_crash_lose_nothing_and_double_nothing(postgres: Postgres, scene: Scene) -> None:
    presses = RepeatedRequests(scene)

    def breaks(some_more: Callable[[], None]) -> None:
        for end in (postgres.stop, postgres.kill):
            some_more()
            end()
            postgres.start()
        some_more()

    presses.during(breaks)
    given = presses.given
    assert sorted(given.values()) == sorted(numbers(scene)) == first_numbers(len(given))


def test_after_a_lost_commit_answer_a_key_prevents_a_second_action(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = pipelining._Connection.commit
    answers_lost = 0

    def lose_the_answer(self: Any) -> None:
        nonlocal answers_lost
        commit(self)
        if answers_lost < 1:
            answers_lost += 1
            self.close()
            raise psycopg.OperationalError("the connection is lost")

    monkeypatch.setattr(pipelining._Connection, "commit", lose_the_answer)
    assert scene.store.write(issue, number_of, IdempotentRequest("user:1", "key", "f" * 64)) == "A001"
    answers_lost = 0
    with pytest.raises(Unavailable, match="may have been done"):
        scene.store.write(issue, number_of)
    assert numbers(scene) == first_numbers(2)
    assert scene.issue().number == "A003"


def test_a_notice_that_was_never_committed_is_shown_to_nobody(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def put_up(text: str) -> dict[str, str] | None:
        action = lambda tx: branches.set_notice(tx.db, 1, {"en": text})  # noqa: E731
        return scene.store.write(action, lambda tx, _r: branches.get(tx.db, "central").notice)

    def lose_the_commit(self: Any) -> None:
        self.close()
        raise psycopg.OperationalError("the connection is lost")

    with monkeypatch.context() as patch:
        patch.setattr(pipelining._Connection, "commit", lose_the_commit)
        with pytest.raises(Unavailable, match="may have been done"):
            put_up("lost")
    assert put_up("kept") == {"en": "kept"}
    assert scene.branch.notice == {"en": "kept"}


HOLDS = """
import sys, time
from server.clock import system_clock
from server.store.engines.store import Db, Store
from tests.store.test_postgres import issue

def holds(tx):
    issue(tx)
    print("holds", flush=True)
    time.sleep(600)

Store(sys.argv[1], system_clock).write(holds, lambda _tx, _r: None)
"""


def test_a_process_killed_in_the_middle_of_an_action_leaves_nothing_and_frees_its_branch(scene: Scene) -> None:
    scene.issue()
    process = subprocess.Popen([sys.executable, "-c", HOLDS, scene.url], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"holds\n"
    finally:
        process.kill()
        process.wait(60)
        process.stdout.close()  # type: ignore[union-attr]
    assert scene.issue().number == "A002"
    assert numbers(scene) == first_numbers(2)


def test_a_branch_that_somebody_holds_keeps_no_other_waiting(scene: Scene) -> None:
    scene.declare(a_branch(slug="second"))
    let_go = threading.Event()
    holds = threading.Event()

    def hold(tx: Transaction) -> int:
        done = issue(tx)
        holds.set()
        assert let_go.wait(120)
        return done

    store = another(scene)
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(lambda: store.write(hold, number_of))
        assert holds.wait(60)
        assert scene.issue(slug="second").number == "A001"
        let_go.set()
        assert held.result(60) == "A001"


def test_a_database_that_was_never_there_is_told_at_once_and_without_its_password(postgres: Postgres) -> None:
    store = Store(postgres.url("nowhere").replace("giliran@", "giliran:s3cret@"), HandClock())
    with pytest.raises(Exception, match="nowhere") as told:
        store.read(lambda db: db.exec_driver_sql("SELECT 1"))
    assert "s3cret" not in repr(told.value)
    store.close()


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_cannot_keep_every_name_is_refused_before_it_has_one(postgres: Postgres, encoding: str) -> None:
    name = f"narrow_{next(_names)}"
    with postgres.connect() as connection:
        connection.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
    store = Store(postgres.url(name), HandClock())
    with pytest.raises(Unavailable, match=f"as {encoding}.*createdb --owner USER --encoding UTF8"):
        migrate(store)
    assert store.read(lambda db: inspect(db).get_table_names()) == []
    store.close()


def test_servers_that_start_at_once_migrate_an_empty_database_once(postgres: Postgres) -> None:
    url = postgres.create(f"empty_{next(_names)}")
    stores = [Store(url, HandClock()) for _ in range(3)]
    done = side_by_side([lambda store=store: migrate(store) for store in stores])  # type: ignore[misc]
    assert sorted(str(before) for before, _ in done) == [newest(), newest(), "None"]
    with stores[0].engine.connect() as connection:
        assert {"ticket", "event", "branch"} <= set(inspect(connection).get_table_names())
    for store in stores:
        store.close()


def test_during_a_known_outage_requests_are_refused_quickly(
    postgres: Postgres, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trouble() -> str | None:
        return scene.store.trouble

    monkeypatch.setattr(postgres_store, "PATIENCE", 0.0)
    assert scene.issue().number == "A001"
    postgres.stop()
    try:
        for _ in range(2):
            with pytest.raises(Unavailable, match="does not answer"):
                scene.issue()
        with pytest.raises(Unavailable, match="does not answer"):
            numbers(scene)
        scene.store.look_again()
        assert trouble() is not None
    finally:
        postgres.start()
    scene.store.look_again()
    assert trouble() is None
    assert scene.issue().number == "A002"
    assert scene.ticket(1).state is State.WAITING


def test_a_rush_that_takes_every_connection_is_refused(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_store, "POOL", 1)
    monkeypatch.setattr(postgres_store, "PATIENCE", 0.2)
    crowded = another(scene)

    def ask_again(_db: object) -> None:
        with pytest.raises(Unavailable, match="more than it can do"):
            crowded.read(lambda _db: None)

    crowded.read(ask_again)
    assert crowded.trouble is None
    crowded.write(issue, number_of)
    assert numbers(scene) == ["A001"]
