"""The writer: one transaction for all who wait, a savepoint each, told only after the commit."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from sqlite3 import connect
from threading import Event, Thread, get_ident
from typing import Any

import gevent
import pytest
from sqlalchemy import Connection, event, insert

from server.actions.branch.declaring import declare
from server.domain.declaration import Declaration
from server.domain.errors import IdempotencyConflict, QueueEmpty, Unavailable
from server.domain.people.principal import COMMAND_LINE
from server.store.engines import sqlite
from server.store.engines.idempotency import IdempotentRequest, forget_old
from server.store.engines.store import Store
from server.store.engines.threads import OwnThread
from server.store.engines.transaction import Committed, Transaction
from server.store.sql.schema import meta
from server.store.tables import branches
from tests.clock import HandClock
from tests.databases import url_of
from tests.scene import Scene, a_branch, a_service


def count_meta(tx: Transaction) -> int:
    return int(tx.db.exec_driver_sql("SELECT count(*) FROM meta").scalar_one())


def put(key: str) -> Any:
    return lambda tx: tx.db.execute(insert(meta).values(key=key, value="x")) and None


@pytest.mark.sqlite  # its writer is a thread of its own; of PostgreSQL the same is shown in test_postgres
def test_actions_that_wait_together_share_one_commit_and_one_failure_spoils_no_other(tmp_path: Path) -> None:
    store = Store(url_of(tmp_path), HandClock(), writer=OwnThread())
    commits: list[Connection] = []
    event.listen(store.engine, "commit", commits.append)
    begun, all_wait = Event(), Event()

    def holds(tx: Transaction) -> None:
        put("first")(tx)
        begun.set()
        assert all_wait.wait(60)

    def fails(tx: Transaction) -> None:
        put("lost")(tx)
        raise QueueEmpty("nobody")

    def write(action: Any) -> Any:
        return gevent.spawn(lambda: store.write(action, lambda _tx, _r: None))

    jobs = [write(holds)]
    gevent.sleep(0)
    assert begun.wait(60)
    jobs += [write(put("second")), write(fails), write(put("third"))]
    gevent.sleep(0)
    all_wait.set()
    gevent.joinall(jobs, timeout=60)
    assert len(commits) == 2
    assert [type(j.exception) for j in jobs] == [type(None), type(None), QueueEmpty, type(None)]
    keys = store.write(
        lambda tx: tx.db.exec_driver_sql("SELECT key FROM meta ORDER BY key").scalars().all(), lambda _t, r: r
    )
    assert keys == ["first", "second", "third"]
    store.close()


@pytest.mark.sqlite
@pytest.mark.parametrize(("hold_seconds", "commits_wanted"), [((60.0, 60.0), 2), ((0.0, 0.0), 4)])
def test_peoples_actions_are_done_on_the_loop_and_those_that_come_during_a_commit_share_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hold_seconds: tuple[float, float], commits_wanted: int
) -> None:
    monkeypatch.setattr(sqlite, "HOLD_SECONDS", hold_seconds)
    monkeypatch.setattr(sqlite, "QUICK_SECONDS", 0.0)
    store = Store(url_of(tmp_path), HandClock(), writer=OwnThread())
    store.write(count_meta, lambda _tx, n: n)  # the connection is there
    commits: list[int] = []
    committing, all_wait = Event(), Event()

    def commit(_connection: Connection) -> None:
        commits.append(get_ident())
        committing.set()
        assert all_wait.wait(60)

    event.listen(store.engine, "commit", commit)
    threads: list[int] = []

    def does(key: str) -> Any:
        def action(tx: Transaction) -> None:
            put(key)(tx)
            threads.append(get_ident())
            if key == "lost":
                raise QueueEmpty("nobody")

        return gevent.spawn(lambda: store.write(action, lambda _tx, _r: None, on_event_loop=True))

    jobs = [does("first")]
    gevent.sleep(0)
    assert committing.wait(60) and threads == [get_ident()]
    jobs += [does("second"), does("lost"), does("third")]
    gevent.sleep(0)
    assert len(threads) == 1  # nothing is done in a transaction that is being saved
    all_wait.set()
    gevent.joinall(jobs, timeout=60)
    assert [type(j.exception) for j in jobs] == [type(None), type(None), QueueEmpty, type(None)]
    assert set(threads) == {get_ident()} and get_ident() not in commits
    assert len(commits) == commits_wanted
    assert store.read(lambda db: db.exec_driver_sql("SELECT key FROM meta ORDER BY key").scalars().all()) == [
        "first",
        "second",
        "third",
    ]
    store.close()


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("quick_seconds", "slow_seconds", "on_the_loop"),
    [(60.0, 60.0, [False, True, True]), (0.0, 60.0, [False] * 3), (60.0, 0.0, [False] * 3)],
    ids=["quick", "not quick", "slow a moment ago"],
)
def test_an_action_that_is_alone_is_saved_on_the_loop_where_the_disk_is_quick_and_has_not_just_been_slow(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    quick_seconds: float,
    slow_seconds: float,
    on_the_loop: list[bool],
) -> None:
    store = Store(url_of(tmp_path), HandClock(), writer=OwnThread())
    store.write(count_meta, lambda _tx, n: n)  # the connection is there
    monkeypatch.setattr(sqlite, "QUICK_SECONDS", quick_seconds)
    monkeypatch.setattr(sqlite, "SLOW_SECONDS", slow_seconds)
    commits: list[bool] = []
    event.listen(store.engine, "commit", lambda _connection: commits.append(get_ident() == loop))
    loop = get_ident()
    for key in ("a", "b", "c"):
        store.write(put(key), lambda _tx, _r: None, on_event_loop=True)
    assert commits == on_the_loop
    store.close()


def test_whatever_fails_after_a_commit_it_is_done_and_the_next_is_too(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    def fails(_committed: object) -> None:
        raise RuntimeError("a screen is gone")

    scene.store.on_commit = fails
    assert [scene.issue().number for _ in range(2)] == ["A001", "A002"]


@pytest.mark.sqlite
def test_an_action_that_must_wait_for_another_program_holds_nobody_else(tmp_path: Path) -> None:
    store = Store(url_of(tmp_path), HandClock(), writer=OwnThread())
    store.write(count_meta, lambda _tx, n: n)
    with closing(connect(tmp_path / "giliran.db", isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        waits = gevent.spawn(lambda: store.write(put("waited"), lambda _tx, _r: None, on_event_loop=True))
        gevent.sleep(0.01)  # the loop goes round meanwhile
        assert not waits.ready()
        another.execute("COMMIT")
    waits.get(timeout=60)
    store.close()


def test_nothing_is_told_before_the_commit(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    told: list[Committed] = []
    seen: list[int] = []

    def on_commit(done: Any) -> None:
        told.extend(done)
        # another connection sees it already
        seen.append(len(scene.log))

    scene.store.on_commit = on_commit
    before = len(scene.log)
    scene.issue()
    assert [e.type.value for c in told for e in c.events] == ["issued"]
    assert seen == [before + 1]


def test_a_refused_action_tells_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.open()
    told: list[Any] = []
    scene.store.on_commit = told.extend
    with pytest.raises(QueueEmpty):
        scene.call_next()
    assert told == []


def test_a_lost_commit_answers_unavailable_to_the_whole_batch(tmp_path: Path) -> None:
    store = Store(url_of(tmp_path), HandClock())

    def disaster(tx: Transaction) -> None:
        put("never")(tx)
        tx.db.connection.driver_connection.close()  # type: ignore[union-attr]

    with pytest.raises(Unavailable):
        store.write(disaster, lambda _tx, _r: None)
    # the writer opens itself again
    assert store.write(count_meta, lambda _tx, n: n) == 0
    store.close()


PRESS = IdempotentRequest("user:1", "key-1", "f" * 64)


def test_the_same_press_does_the_action_once_and_answers_alike(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    actions: list[int] = []

    def action(tx: Transaction) -> int:
        actions.append(1)
        return 7

    for _ in range(3):
        assert scene.store.write(action, lambda _tx, r: r * 2, PRESS) == 14
    assert len(actions) == 1
    scene.restart()
    assert scene.store.write(action, lambda _tx, r: r * 2, PRESS) == 14


def test_the_same_key_for_another_request_is_a_conflict_and_of_another_principal_its_own(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.store.write(lambda _tx: 1, lambda _tx, r: r, PRESS)
    with pytest.raises(IdempotencyConflict):
        scene.store.write(lambda _tx: 2, lambda _tx, r: r, IdempotentRequest("user:1", "key-1", "other"))
    assert scene.store.write(lambda _tx: 3, lambda _tx, r: r, IdempotentRequest("user:2", "key-1", "f" * 64)) == 3


def test_a_refused_press_is_not_remembered(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    def refuse(_tx: Transaction) -> int:
        raise QueueEmpty("nobody")

    with pytest.raises(QueueEmpty):
        scene.store.write(refuse, lambda _tx, r: r, PRESS)
    assert scene.store.write(lambda _tx: 5, lambda _tx, r: r, PRESS) == 5


def test_presses_are_forgotten_after_two_days_and_not_before(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.store.write(lambda _tx: 1, lambda _tx, r: r, PRESS)
    for waited, answered in ((timedelta(days=2), 1), (timedelta(seconds=1), 9)):
        scene.clock.now += waited
        scene.store.write(forget_old, lambda _tx, _r: None)
        assert scene.store.write(lambda _tx: 9, lambda _tx, r: r, PRESS) == answered


def test_a_command_beside_a_busy_server_waits_its_turn(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    other = Store(url_of(tmp_path), scene.clock)
    errors: list[BaseException] = []

    def issue_many() -> None:
        try:
            for i in range(40):
                other.write(put(f"k{i}"), lambda _tx, _r: None)
        except BaseException as error:  # noqa: BLE001 - told to the test
            errors.append(error)

    thread = Thread(target=issue_many)
    thread.start()
    for _ in range(40):
        scene.issue()
    thread.join(60)
    assert errors == []
    assert scene.store.read(lambda db: db.exec_driver_sql("SELECT count(*) FROM meta").scalar_one()) == 40
    other.close()


def test_what_a_refused_action_has_declared_is_never_taken_for_the_branch(tmp_path: Path) -> None:
    """A new branch gets the id of the one that was refused; what was read of that one must not be believed."""
    store = Store(url_of(tmp_path), HandClock())

    def refused(tx: Transaction) -> None:
        declare(tx, Declaration(a_branch(services=(a_service("A"),))), COMMAND_LINE)
        raise QueueEmpty("not this one")

    with pytest.raises(QueueEmpty):
        store.write(refused, lambda _tx, _r: None)
    wanted = Declaration(a_branch(services=(a_service("B"),)))
    store.write(lambda tx: declare(tx, wanted, COMMAND_LINE), lambda _tx, changes: changes)
    branch = store.read(lambda db: branches.get(db, wanted.branch.slug))
    assert [service.code for service in branch.services] == ["B"]
    store.close()
