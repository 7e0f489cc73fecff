"""A service, a class or a printer goes while people wait: each is called, or is told and can be reached by staff."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.actions.paper import printing
from server.domain.errors import Invalid, QueueEmpty, ServiceClosed
from server.domain.people.principal import Principal, Role
from server.domain.ticket import State
from server.store.tables import access, print_jobs
from tests.scene import Scene, a_branch, a_branch_without, a_class, a_counter, a_service

BOTH = a_branch(
    services=(a_service("A"), a_service("B")),
    counters=(a_counter(1, "A"), a_counter(2, "B"), a_counter(3, "A", "B")),
    priority_classes=(a_class("senior", 20),),
)
WITHOUT_B = a_branch_without(BOTH, services="B")


def test_customers_of_a_withdrawn_service_are_called_by_its_former_counters(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    for service in "BABBA":
        scene.issue(service)
    scene.declare(WITHOUT_B)
    with pytest.raises(ServiceClosed):
        scene.issue("B")
    for number in (1, 2, 3):
        scene.open(number)
    assert scene.call_next(2).number == "B001"
    assert scene.call_next(1).number == "A001"
    assert scene.call_next(3).number == "B002"
    queue = scene.queue_view()
    assert [(w.code, w.waiting, w.counters) for w in queue.withdrawn_services] == [("B", 1, [2, 3])]
    assert [c.services for c in queue.counters] == [["A"], ["B"], ["A", "B"]]
    scene.start(2)
    assert scene.call_next(2, finish=True).number == "B003"
    scene.start(2)
    with pytest.raises(QueueEmpty):
        scene.call_next(2, finish=True)
    assert scene.queue_view().withdrawn_services == []
    assert [c.services for c in scene.queue_view().counters] == [["A"], [], ["A"]]


def test_applying_the_same_file_again_changes_nothing_and_still_calls_them(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    scene.issue("B")
    scene.declare(WITHOUT_B)
    assert scene.declare(WITHOUT_B) == []
    scene.declare(a_branch_without(WITHOUT_B, counters=[3]))
    scene.open(2)
    assert scene.call_next(2).number == "B001"


def test_a_withdrawn_service_leaves_no_trace_in_a_counter_once_its_day_is_over(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    scene.issue("B")
    scene.declare(WITHOUT_B)
    assert scene.branch.counter(2).withdrawn == ("B",)
    scene.clock.forward(days=1)
    scene.end_day()
    scene.declare(a_branch_without(WITHOUT_B, counters=[1]))
    assert scene.branch.counter(2).withdrawn == ()


def test_a_service_that_comes_back_is_again_what_the_file_says(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    scene.issue("B")
    scene.declare(WITHOUT_B)
    scene.declare(BOTH)
    assert [(c.services, c.helps_out_with, c.withdrawn) for c in scene.branch.counters] == [
        (("A",), (), ()), (("B",), (), ()), (("A",), ("B",), ())
    ]  # fmt: skip
    assert scene.issue("B").number == "B002"


def test_a_recently_ended_ticket_of_a_withdrawn_service_may_be_reinstated(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    scene.issue("B")
    scene.open(2)
    scene.call_next(2)
    scene.no_show(2)
    scene.declare(WITHOUT_B)
    scene.reinstate("B001")
    assert scene.call_next(2).number == "B001"


def test_a_ticket_without_a_counter_is_marked_and_can_be_called_by_number(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    ticket = scene.issue("B")
    scene.declare(a_branch_without(BOTH, services="B", counters=[2, 3]))
    assert [t.without_counter for t in scene.queue_view().waiting] == [True]
    assert [(w.code, w.counters) for w in scene.queue_view().withdrawn_services] == [("B", [])]
    scene.open(1)
    with pytest.raises(QueueEmpty):
        scene.call_next(1)
    assert scene.call("B001", 1).id == ticket.id
    moved = scene.transfer(1, service="A", keep_place=True)
    assert (moved.state, moved.service) == (State.WAITING, "A")
    assert not scene.queue_view().waiting[0].without_counter
    assert scene.call_next(1).id == ticket.id


def test_tickets_are_marked_when_the_last_counter_drops_their_service(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch(services=(a_service("A"), a_service("B")), counters=(a_counter(1, "AB"),)))
    scene.issue("B")
    scene.declare(a_branch(services=(a_service("A"), a_service("B")), counters=(a_counter(1, "A"),)))
    assert scene.queue_view().waiting[0].without_counter


def test_a_transfer_to_a_withdrawn_service_or_a_retired_counter_is_refused(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    scene.issue("A")
    scene.declare(a_branch_without(WITHOUT_B, counters=[2]))
    scene.open(1)
    scene.call_next(1)
    with pytest.raises(Invalid):
        scene.transfer(1, service="B")


def test_a_ticket_of_a_retired_class_keeps_its_head_start_and_is_called(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    scene.issue("A")
    scene.clock.forward(600)
    scene.issue("A", priority="senior")
    scene.declare(a_branch(services=BOTH.services, counters=BOTH.counters))
    scene.open(1)
    assert scene.call_next(1).number == "A002"
    with pytest.raises(Invalid):
        scene.issue("A", priority="senior")


def test_jobs_of_a_retired_printer_are_printed_by_another(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH, printers=["back", "front"])
    devices = {d.name: d for d in scene.store.read(lambda db: access.devices(db, 1, "printer"))}

    def claims(name: str) -> int | None:
        principal = Principal("token:1", Role.PRINTER, name, branch_id=1, device_id=devices[name].id, token_id=1)
        return scene.store.write(lambda tx: printing.claim(tx, principal), lambda _tx, job: job)

    scene.issue()
    assert claims("front") == 1
    scene.declare(BOTH, printers=["back"])
    assert scene.store.read(lambda db: print_jobs.get(db, 1)).lease is None
    assert claims("back") == 1
