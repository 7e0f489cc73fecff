"""A server that nobody asks: it reads nothing each second, and misses neither a commit nor a deadline by that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.event import Event
from structlog.testing import capture_logs

from server.domain.branch import Span
from server.domain.device import PRINTER_SEEN_WITHIN
from server.domain.errors import Unavailable
from server.domain.people.principal import Role
from server.domain.printing.routes import CLAIM_LEASE, START_LEASE, START_WITHIN
from server.scheduling.periodic_tasks import run_every
from server.scheduling.sweep_schedule import LONGEST_PAUSE_SECONDS
from server.store.engines.store import Store
from server.store.tables import access, branches
from server.web.context import WebContext
from tests.databases import url_of
from tests.scene import a_branch
from tests.web.app_server import AppServer

SECOND = timedelta(seconds=1)
ISSUE = "/branches/central/tickets"


class Quiet:
    """An application whose seconds pass by hand; `sweeps` counts when it looked at the database."""

    def __init__(self, path: Path) -> None:
        hours = {day: (Span(time(8), time(15)),) for day in range(7)}
        self.app = AppServer(path, a_branch(hours=hours, last_ticket=timedelta(minutes=30)))
        self.application = self.app.application
        self.clock = self.app.clock
        self.clock.now = datetime(2026, 11, 23, 3, tzinfo=UTC)  # ten o'clock there
        self.sweeps = 0
        self._sweep = self.application.tasks.sweep
        self.application.tasks.sweep = self._count  # type: ignore[method-assign]

    def _count(self) -> None:
        self.sweeps += 1
        self._sweep()

    def settle(self) -> None:
        """Let seconds pass until the server has seen all that was done."""
        for _ in range(10):
            before = self.sweeps
            self.tick()
            if self.sweeps == before:
                return
        raise AssertionError("it looks again and again")

    def tick(self, passed: timedelta = SECOND) -> int:
        """Let time pass at once, then a second's look; returns how many sweeps that were."""
        before = self.sweeps
        self.clock.forward(seconds=passed.total_seconds())
        self.application.tasks.tick()
        return self.sweeps - before


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Quiet]:
    one = Quiet(tmp_path)
    yield one
    one.application.stop()


def test_an_idle_server_reads_once_a_minute_and_writes_nothing(quiet: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet.settle()
    reads: list[object] = []
    writes: list[object] = []
    read, write = quiet.app.store.read, quiet.app.store.write

    def counted_read(query: Any) -> Any:
        reads.append(query)
        return read(query)

    def counted_write(*work: Any, **more: Any) -> Any:
        writes.append(work)
        return write(*work, **more)

    monkeypatch.setattr(quiet.app.store, "read", counted_read)
    monkeypatch.setattr(quiet.app.store, "write", counted_write)
    sweeps = [quiet.tick() for _ in range(int(10 * LONGEST_PAUSE_SECONDS))]
    assert (sum(sweeps), writes) == (10, [])
    assert len(reads) < 10 * 12, "so many statements took ten seconds when each second was a sweep"


@pytest.mark.parametrize("connected", [False, True])
def test_what_another_process_commits_is_seen_with_the_next_second(
    quiet: Quiet, connected: bool, tmp_path: Path
) -> None:
    quiet.settle()
    assert quiet.tick() == 0
    other = Store(url_of(tmp_path), quiet.clock)
    try:
        if connected:
            other.read(branches.seqs)
            assert quiet.tick() == 0, "who reads changes nothing"
        other.write(lambda tx: access.write_audit(tx.db, tx.now, "who", "what", None, {}), lambda _tx, _none: None)
    finally:
        other.close()
    assert (quiet.tick(), quiet.tick()) == (1, 0)


def test_what_a_request_commits_is_followed_by_one_sweep(quiet: Quiet) -> None:
    quiet.settle()
    quiet.app.call(Role.KIOSK, "POST", ISSUE, {"service": "A"})
    assert [quiet.tick() for _ in range(3)] == [1, 0, 0]


def events(quiet: Quiet) -> list[str]:
    told = (quiet.app.call(Role.ADMIN, "GET", "/branches/central/events").json or {})["events"]
    return [event["type"] for event in told]


def appears_at(quiet: Quiet, event: str) -> datetime:
    """When one more such event is there, where a second's look follows the other."""
    quiet.settle()
    before = events(quiet).count(event)
    for _ in range(120):
        if quiet.tick() and events(quiet).count(event) > before:
            return quiet.clock.now
    raise AssertionError(f"no {event}")


@pytest.mark.parametrize(
    ("moment", "event"),
    [
        ("23T14:30", "last_ticket"),
        ("23T15:00", "branch_closed"),
        ("24T00:00", "day_started"),
        ("24T08:00", "branch_opened"),
    ],
)
def test_what_turns_by_the_clock_is_told_in_its_very_second(quiet: Quiet, moment: str, event: str) -> None:
    quiet.settle()
    due = datetime.fromisoformat(f"2026-11-{moment}+07:00").astimezone(UTC)
    quiet.tick(due - quiet.clock.now - timedelta(seconds=20))
    assert appears_at(quiet, event) == due


def test_papers_and_printers_end_in_their_very_second(quiet: Quiet) -> None:
    job = claimed(quiet)
    begun = quiet.clock.now
    quiet.app.call(Role.PRINTER, "POST", f"/print-jobs/{job['id']}/started", {"lease": job["lease"]})
    assert appears_at(quiet, "printer_changed") == begun + PRINTER_SEEN_WITHIN
    assert appears_at(quiet, "print_unknown") == begun + START_LEASE
    issued = quiet.clock.now
    quiet.app.call(Role.KIOSK, "POST", ISSUE, {"service": "A"})
    assert appears_at(quiet, "print_not_sent") == issued + START_WITHIN


def claimed(quiet: Quiet) -> dict[str, Any]:
    """A paper that the printer has claimed."""
    quiet.app.call(Role.KIOSK, "POST", ISSUE, {"service": "A"})
    return dict(quiet.app.call(Role.PRINTER, "POST", "/print-jobs/claim").json or {})


def test_a_session_ends_in_its_very_second(quiet: Quiet) -> None:
    quiet.app.signed_in()
    ends = quiet.clock.now + timedelta(hours=14)
    quiet.settle()
    quiet.tick(ends - quiet.clock.now - timedelta(seconds=20))
    quiet.settle()
    while quiet.clock.now < ends - SECOND:
        assert quiet.tick() == 0
    assert quiet.tick() == 1


@pytest.mark.parametrize("step", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1)])
def test_a_clock_that_is_set_makes_a_sweep_due_and_wakes_who_waits(quiet: Quiet, step: timedelta) -> None:
    quiet.settle()
    woken: list[bool] = []
    waits = gevent.spawn(lambda: woken.append(quiet.application.commits.subscribe(1)(60)))
    gevent.sleep(0)
    quiet.clock.now += step
    assert quiet.tick() == 1
    waits.join(30)
    assert woken == [True]


def test_a_sweep_that_failed_is_made_again_with_the_next_second(quiet: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet.settle()
    quiet.app.call(Role.KIOSK, "POST", ISSUE, {"service": "A"})
    with monkeypatch.context() as broken:
        broken.setattr(quiet.application.tasks, "look_at_hosts", lambda: refuse())
        for _ in range(2):
            with pytest.raises(Unavailable):
                quiet.tick()
    assert [quiet.tick(), quiet.tick()] == [1, 0]


def refuse() -> None:
    raise Unavailable("The disk is full.")


def test_a_push_that_failed_is_made_up_for_with_the_next_second(quiet: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet.settle()
    pushed: list[int] = []
    came = Event()

    def push(_room: str, message: dict[str, Any]) -> None:
        pushed.append(message["seq"])
        came.set()

    monkeypatch.setattr(quiet.application.feed, "watched", lambda _branch_id: (True, False, []))
    monkeypatch.setattr(quiet.application.feed, "push", push)
    with monkeypatch.context() as broken:
        broken.setattr(quiet.application.publisher, "_push", lambda _branch_id: refuse())
        quiet.app.call(Role.KIOSK, "POST", ISSUE, {"service": "A"})
        gevent.sleep(0)
        quiet.tick()  # after the commit
        gevent.sleep(0)
        assert not pushed
    assert quiet.tick() == 1
    assert came.wait(60)
    assert pushed == [quiet.app.store.read(branches.seqs)[1]]


def test_a_claim_waits_for_its_whole_time_or_for_the_next_lease_to_lapse(
    quiet: Quiet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An idle printer costs no look every other second."""
    hands: WebContext = quiet.app.application.flask.extensions["giliran"]
    waited: list[float] = []

    def passes(_branch_id: int) -> Callable[[float], bool]:
        def wait(seconds: float) -> bool:
            waited.append(seconds)
            if len(waited) > 1:
                quiet.app.application.commits.close()
            return False

        return wait

    claimed(quiet)
    monkeypatch.setattr(hands, "subscribe_to_commits", passes)
    second = quiet.app.token(Role.PRINTER, name="front")
    answer = quiet.app.client().post(
        "/api/v1/print-jobs/claim",
        json={"wait": 25, "job": 1},
        headers={"Authorization": f"Bearer {second}"},
    )
    assert answer.status_code == 204
    assert len(waited) == 2 and all(seconds <= CLAIM_LEASE.total_seconds() for seconds in waited)


def test_a_claim_whose_token_is_revoked_while_it_waits_is_woken_and_refused(
    quiet: Quiet, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands: WebContext = quiet.app.application.flask.extensions["giliran"]
    following = hands.subscribe_to_commits
    quiet.settle()

    def revoked(branch_id: int) -> Callable[[float], bool]:
        wait = following(branch_id)

        def until(seconds: float) -> bool:
            assert seconds > 20
            (token_id,) = quiet.application.web.waiting_claims.tokens()
            store = quiet.app.store
            store.write(lambda tx: access.revoke_token(tx.db, 1, token_id, tx.now), lambda _tx, _none: None)
            assert quiet.tick() == 1
            woken = wait(seconds)
            assert woken
            return woken

        return until

    monkeypatch.setattr(hands, "subscribe_to_commits", revoked)
    answer = quiet.app.call(Role.PRINTER, "POST", "/print-jobs/claim", {"wait": 25})
    assert answer.status_code == 401
    assert quiet.application.web.waiting_claims.tokens() == set()


def test_a_chore_that_fails_keeps_no_other_from_running_and_is_logged_once() -> None:
    ran: list[int] = []
    wake, done = Event(), Event()

    def broken() -> None:
        if len(ran) < 2:
            refuse()

    def works() -> None:
        ran.append(1)
        (done if len(ran) == 4 else wake).set()

    with capture_logs() as lines:
        chores = gevent.spawn(run_every, 3600, broken, works, sooner=wake)
        assert done.wait(60)
        chores.kill()
    assert [(line["event"], line["chore"]) for line in lines] == [
        ("chore_failed", "broken"),
        ("chore_recovered", "broken"),
    ]
