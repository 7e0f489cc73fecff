"""Parking, putting back, transferring, cancelling, reinstating, expiring."""

from pathlib import Path
from typing import Any

import pytest

from server.domain.errors import Invalid, NotFound, TooLate
from server.domain.ticket import State
from server.store.tables import statistics
from tests.scene import Scene, a_branch, a_counter, a_service


def a_line(path: Path, *, count: int = 3) -> Scene:
    """Two services, counter 1 takes both and is open, counter 2 takes B; tickets A001… a minute apart."""
    branch = a_branch(
        services=(a_service("A"), a_service("B")), counters=(a_counter(1, ["A", "B"]), a_counter(2, ["B"]))
    )
    scene = Scene(path, branch)
    for _ in range(count):
        scene.issue()
        scene.clock.forward(60)
    scene.open(1)
    scene.open(2)
    return scene


def test_a_parked_ticket_leaves_the_counter_free_and_comes_back_by_its_number(tmp_path: Path) -> None:
    scene = a_line(tmp_path)
    scene.call_next()
    assert scene.park(reason="photo").state is State.PARKED
    assert scene.call_next().number == "A002"
    scene.no_show()
    back = scene.call("A001")
    assert [leg.outcome for leg in back.legs] == ["parked", None]
    assert back.legs[-1].queued_at == back.legs[-1].called_at


def test_put_back_keeps_the_place_and_measures_a_new_wait(tmp_path: Path) -> None:
    scene = a_line(tmp_path)
    first = scene.call_next()
    scene.clock.forward(30)
    back = scene.put_back()
    assert (back.state, back.place_at) == (State.WAITING, first.place_at)
    assert back.legs[-1].queued_at == scene.clock()
    assert scene.call_next().number == "A001"


def test_a_parked_ticket_is_put_back_or_transferred_by_its_id(tmp_path: Path) -> None:
    scene = a_line(tmp_path)
    parked = scene.call_next()
    scene.park()
    scene.call_next()
    assert scene.put_back(expected_ticket_id=parked.id).number == "A001"
    assert scene.snapshot.at_counter(1) is not None  # A002 is still here


def test_a_transfer_keeps_number_and_issue_time_and_takes_a_new_place(tmp_path: Path) -> None:
    scene = a_line(tmp_path)
    first = scene.call_next()
    scene.clock.forward(300)
    moved = scene.transfer(service="B", note="needs a photo")
    assert (moved.number, moved.service, moved.issued_at) == ("A001", "B", first.issued_at)
    assert moved.place_at == scene.clock()
    assert moved.note == "needs a photo"
    assert [(leg.service, leg.outcome) for leg in moved.legs] == [("A", "transferred"), ("B", None)]
    assert scene.call_next(2).number == "A001"


def test_a_transfer_may_keep_the_place(tmp_path: Path) -> None:
    scene = a_line(tmp_path)
    first = scene.call_next()
    assert scene.transfer(service="B", keep_place=True).place_at == first.place_at


def test_a_ticket_moved_to_a_counter_waits_for_that_one_alone(tmp_path: Path) -> None:
    scene = a_line(tmp_path, count=1)
    scene.call_next()
    scene.transfer(to_counter=2)
    assert scene.snapshot.next_for(1) is None
    assert scene.call_next(2).number == "A001"


@pytest.mark.parametrize("to", [{}, {"service": "Z"}])
def test_a_transfer_to_nowhere_is_refused(tmp_path: Path, to: dict[str, Any]) -> None:
    scene = a_line(tmp_path)
    scene.call_next()
    with pytest.raises(Invalid):
        scene.transfer(1, **to)
    with pytest.raises(NotFound):
        scene.transfer(to_counter=77)
    assert scene.ticket(1).state is State.CALLED


def test_a_cancelled_ticket_is_never_called_and_may_be_reinstated_for_a_while(tmp_path: Path) -> None:
    scene = a_line(tmp_path)
    assert scene.cancel("A001").state is State.CANCELLED
    assert scene.call_next().number == "A002"
    reinstated = scene.reinstate("A001")
    assert (reinstated.number, reinstated.state, reinstated.place_at) == ("A001", State.WAITING, scene.clock())
    scene.cancel("A001")
    scene.clock.forward(hours=2, seconds=1)
    with pytest.raises(TooLate, match="120 minutes"):
        scene.reinstate("A001")


def test_a_no_show_that_returns_may_keep_the_place(tmp_path: Path) -> None:
    scene = a_line(tmp_path)
    first = scene.call_next()
    scene.no_show()
    assert scene.reinstate("A001", keep_place=True).place_at == first.place_at
    assert scene.call_next().number == "A001"


def test_tickets_open_overnight_expire_with_an_event_and_have_no_service_time(tmp_path: Path) -> None:
    scene = a_line(tmp_path)
    scene.call_next()
    scene.start()
    scene.call_next(2) if scene.snapshot.next_for(2) else None
    day = scene.ticket(1).business_day
    scene.clock.forward(days=1)
    assert scene.expire() == 3
    assert scene.expire() == 0
    assert {t.state for t in map(scene.ticket, (1, 2, 3))} == {State.EXPIRED}
    assert [e.type.value for e in scene.log].count("expired") == 3
    (row,) = scene.store.read(lambda db: statistics.report(db, scene.branch, day, day, "service"))
    assert (row.issued, row.called, row.served, row.service_time.n) == (3, 1, 0, 0)
    assert scene.issue().number == "A001"
    scene.open(1)
    assert scene.call_next(1).business_day > day


def test_the_log_alone_rebuilds_every_ticket_and_leg(tmp_path: Path) -> None:
    scene = a_line(tmp_path, count=6)
    scene.call_next(), scene.clock.forward(5), scene.start(), scene.clock.forward(50), scene.finish()
    scene.call_next(), scene.park(), scene.clock.forward(9), scene.call("A002"), scene.undo(), scene.call("A002")
    scene.recall(), scene.start(), scene.transfer(service="B"), scene.call_next(2), scene.no_show(2)
    scene.reinstate("A002"), scene.cancel("A003"), scene.call_next(), scene.put_back(), scene.call_next()
    scene.undo(), scene.call_next(), scene.start(), scene.undo(), scene.no_show(), scene.undo()
    assert scene.differences() == []
    assert [e.seq for e in scene.log] == list(range(1, len(scene.log) + 1))
