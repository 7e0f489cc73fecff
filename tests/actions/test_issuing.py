"""Issuing a ticket."""

import sqlite3
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert

from server.domain.branch import Span
from server.domain.errors import Forbidden, Invalid, NotFound, NumbersExhausted, QuotaReached, ServiceClosed
from server.domain.people.principal import ANONYMOUS, Principal, Role
from server.store.sql.schema import print_job
from server.store.tables import print_jobs
from tests.scene import Scene, a_branch, a_class, a_counter, a_service


def test_each_service_has_its_own_number_series(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch(services=(a_service("A"), a_service("B")), counters=(a_counter(1, ["A", "B"]),)))
    assert [scene.issue(s).number for s in "AABAB"] == ["A001", "A002", "B001", "A003", "B002"]


def test_numbers_restart_with_the_business_day_and_not_with_utc(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch(day_start=time(5)))
    scene.clock.now = datetime(2026, 11, 28, 16, 59, tzinfo=UTC)  # 23:59 in Jakarta
    assert scene.issue().number == "A001"
    scene.clock.forward(minutes=2)  # past midnight, before the day starts
    assert scene.issue().number == "A002"
    scene.clock.forward(hours=5)
    assert scene.issue().number == "A001"


def test_numbering_goes_on_after_a_restart(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.issue()
    scene.restart()
    assert scene.issue().number == "A002"


def test_quota_and_range_stop_issuing_and_skip_no_number(tmp_path: Path) -> None:
    branch = a_branch(
        services=(a_service("A", daily_quota=2), a_service("B", last_number=1)), counters=(a_counter(1, ["A", "B"]),)
    )
    scene = Scene(tmp_path, branch)
    scene.issue("A"), scene.issue("A"), scene.issue("B")
    with pytest.raises(QuotaReached):
        scene.issue("A")
    with pytest.raises(NumbersExhausted):
        scene.issue("B")
    scene.clock.forward(days=1)
    assert scene.issue("A").number == "A001"


def test_a_closed_branch_refuses_and_reports_when_it_opens(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch(hours={d: (Span(time(8), time(15)),) for d in range(5)}))
    scene.clock.now = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)  # Saturday
    with pytest.raises(ServiceClosed, match="2026-11-30 08:00"):
        scene.issue()


def test_a_retired_service_is_closed_and_an_unknown_one_invalid(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch(services=(a_service("A"), a_service("B"))))
    scene.declare(a_branch(services=(a_service("A"),)))
    with pytest.raises(ServiceClosed):
        scene.issue("B")
    with pytest.raises(Invalid):
        scene.issue("Z")


@pytest.mark.parametrize(("wish", "error"), [({"priority": "vip"}, Invalid), ({"language": "fr"}, Invalid)])
def test_unknown_choices_are_refused_and_use_up_no_number(
    tmp_path: Path, wish: dict[str, str], error: type[Exception]
) -> None:
    scene = Scene(tmp_path)
    with pytest.raises(error):
        scene.issue(**wish)  # type: ignore[arg-type]
    assert scene.issue().number == "A001"


def test_strangers_take_numbers_only_where_the_branch_lets_them(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    with pytest.raises(Forbidden):
        scene.issue(principal=ANONYMOUS)
    scene.declare(a_branch(join_by_phone=True))
    assert scene.issue(principal=ANONYMOUS).number == "A001"


def test_a_kiosk_of_another_branch_is_refused(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    with pytest.raises(Forbidden):
        scene.issue(principal=Principal("token:9", Role.KIOSK, branch_id=2))
    with pytest.raises(NotFound):
        scene.issue(slug="elsewhere")


def test_ticket_and_paper_are_one_transaction_and_a_branch_without_printer_queues_none(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    ticket = scene.issue()
    assert scene.store.read(lambda db: print_jobs.of_ticket(db, ticket.id)) is None
    scene.declare(a_branch(), printers=["front"])
    ticket = scene.issue()
    job = scene.store.read(lambda db: print_jobs.of_ticket(db, ticket.id))
    assert job is not None
    assert (job.content["number"], job.state) == ("A002", "queued")


def work_of_issuing(scene: Scene) -> int:
    """Return the number of SQLite's steps to issue a number, which does not depend on the machine's load."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    connections: list[sqlite3.Connection] = []

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connections.append(connection)

    event.listen(scene.store.engine, "connect", connected)
    scene.issue()  # the writer connects, and has read the branch's plan
    connections[-1].set_progress_handler(step, 1)
    scene.issue()
    connections[-1].set_progress_handler(None, 0)
    return steps


@pytest.mark.sqlite
def test_thousands_of_unprinted_jobs_do_not_slow_down_issuing(tmp_path: Path) -> None:
    scene = Scene(tmp_path, printers=["front"])
    scene.restart()
    alone = work_of_issuing(scene)
    job = scene.store.read(lambda db: print_jobs.of_ticket(db, 1))
    assert job is not None
    words: dict[str, Any] = {"ticket_id": 1, "branch_id": 1, "printer": None, "issued_by": "x", "content": job.content}
    words |= {"reprint": False, "created_at": job.created_at, "expires_at": job.expires_at}
    rows = [words | {"state": state} for state in ("queued", "started", "unknown")] * 2000
    scene.store.write(lambda tx: tx.db.execute(insert(print_job), rows), lambda _tx, _r: None)
    scene.restart()
    assert work_of_issuing(scene) < alone * 1.2


def test_the_paper_is_in_the_customers_language_and_names_the_class(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch(priority_classes=(a_class("senior"),)), printers=["front"])
    scene.open()
    scene.issue(), scene.issue()
    ticket = scene.issue(priority="senior", language="en")
    job = scene.store.read(lambda db: print_jobs.of_ticket(db, ticket.id))
    assert job is not None
    content = job.content
    assert content["priority"] == "senior"
    assert content["service"] == "Service A"
    assert content["ahead"].startswith("You are next")  # the head start passes the two before
    assert content["url"] == f"http://x/t/{ticket.id}"
    assert content["issued"] == "23 November 2026 09:00"


def test_the_clock_stepping_back_never_reorders_the_line(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    first = scene.issue()
    scene.clock.forward(-3600)
    second = scene.issue()
    assert second.number == "A002"
    assert second.place_at >= first.place_at
    scene.open()
    assert scene.call_next().number == "A001"
    scene.clock.forward(timedelta(hours=2).total_seconds())
    assert all(a.at <= b.at for a, b in zip(scene.log, scene.log[1:], strict=False))
