"""Calling, from Next to no-show, and undo."""

from pathlib import Path

import pytest

from server.domain.errors import CounterBusy, NotFound, QueueEmpty, TicketStateConflict
from server.domain.ticket import State
from tests.scene import Scene, a_branch, a_class, a_counter, a_service


def serving(path: Path) -> Scene:
    """Counter 1 open, three tickets, A001 at the counter and serving."""
    scene = Scene(path)
    for _ in range(3):
        scene.issue()
        scene.clock.forward(60)
    scene.open()
    scene.call_next()
    scene.clock.forward(15)
    scene.start()
    scene.clock.forward(120)
    return scene


def test_a_visit_writes_each_of_its_four_times_once(tmp_path: Path) -> None:
    scene = serving(tmp_path)
    ticket = scene.finish()
    (leg,) = ticket.legs
    assert ticket.state is State.SERVED
    assert leg.called_at and leg.started_at and leg.ended_at
    assert (leg.called_at - leg.queued_at).total_seconds() == 180
    assert (leg.started_at - leg.called_at).total_seconds() == 15
    assert (leg.ended_at - leg.started_at).total_seconds() == 120
    assert (leg.outcome, ticket.ended_at) == ("served", leg.ended_at)


def test_next_with_a_present_customer_is_refused_unless_it_finishes_the_ticket(tmp_path: Path) -> None:
    scene = serving(tmp_path)
    with pytest.raises(CounterBusy) as busy:
        scene.call_next()
    assert busy.value.ticket is not None and busy.value.ticket.number == "A001"
    assert scene.call_next(finish=True).number == "A002"
    assert scene.ticket(1).state is State.SERVED


def test_an_empty_queue_finishes_nobody(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.issue()
    scene.open()
    scene.call_next()
    scene.start()
    with pytest.raises(QueueEmpty):
        scene.call_next(finish=True)
    assert scene.ticket(1).state is State.SERVING


def test_with_an_explicit_start_a_called_ticket_cannot_be_finished(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.issue()
    scene.open()
    scene.call_next()
    with pytest.raises(TicketStateConflict):
        scene.finish()


def test_with_start_on_call_finish_follows_the_call(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch(start_on_call=True))
    scene.issue()
    scene.open()
    called = scene.call_next()
    assert called.legs[-1].started_at == called.legs[-1].called_at
    assert scene.recall().state is State.CALLED
    assert scene.finish().state is State.SERVED
    assert scene.rebuilt()[1].legs[0].started_at == called.legs[-1].called_at


def test_an_action_on_another_ticket_than_expected_is_refused_with_the_current_one(tmp_path: Path) -> None:
    scene = serving(tmp_path)
    with pytest.raises(TicketStateConflict) as refused:
        scene.finish(expected_ticket_id=2)
    assert refused.value.ticket is not None and refused.value.ticket.number == "A001"
    scene.finish(expected_ticket_id=1)
    with pytest.raises(TicketStateConflict) as refused:
        scene.finish(expected_ticket_id=1)
    assert refused.value.ticket is not None and refused.value.ticket.state is State.SERVED


def test_a_recall_is_counted_and_becomes_the_newest_call(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch(counters=(a_counter(1), a_counter(2))))
    scene.issue(), scene.issue()
    scene.open(1)
    scene.open(2)
    scene.call_next(1), scene.call_next(2)
    assert [c.number for c in scene.board_view().calls] == ["A002", "A001"]
    scene.recall(1)
    calls = scene.board_view().calls
    assert [(c.number, c.recalls) for c in calls] == [("A001", 1), ("A002", 0)]
    assert calls[0].seq == scene.log[-1].seq


def test_a_number_is_called_out_of_turn_with_the_reason_in_the_log(tmp_path: Path) -> None:
    scene = serving(tmp_path)
    scene.finish()
    assert scene.call("a003", reason="wheelchair").number == "A003"
    assert scene.log[-1].data["reason"] == "wheelchair"
    with pytest.raises(CounterBusy):
        scene.call("A002")
    with pytest.raises(NotFound):
        scene.call("A999")
    with pytest.raises(TicketStateConflict):
        scene.call("A001")


def test_the_senior_passes_within_the_head_start(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch(priority_classes=(a_class("senior", 20),)))
    scene.issue()
    scene.clock.forward(minutes=15)
    scene.issue()
    scene.clock.forward(minutes=10)
    scene.issue(priority="senior")
    scene.open()
    called = [scene.call_next().number]
    for _ in range(2):
        scene.start()
        called.append(scene.call_next(finish=True).number)
    assert called == ["A001", "A003", "A002"]


def test_a_helping_counter_takes_its_own_first(tmp_path: Path) -> None:
    branch = a_branch(services=(a_service("A"), a_service("B")), counters=(a_counter(1, ["A"], ["B"]),))
    scene = Scene(tmp_path, branch)
    scene.issue("B"), scene.clock.forward(600), scene.issue("A")
    scene.open()
    assert scene.call_next().number == "A001"
    scene.no_show()
    assert scene.call_next().number == "B001"
    assert scene.log[-1].data["why"] == "helping_empty"


def test_undo_of_a_call_leaves_no_trace_but_in_the_log(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    before = scene.issue()
    scene.open()
    scene.call_next()
    scene.recall()
    scene.clock.forward(9)
    assert scene.undo() == before
    assert [e.type.value for e in scene.log][-3:] == ["called", "recalled", "undone"]
    assert scene.board_view().calls == []
    assert scene.call_next().number == "A001"


@pytest.mark.parametrize("verb", ["start", "finish", "no_show"])
def test_undo_takes_back_the_last_action(tmp_path: Path, verb: str) -> None:
    scene = Scene(tmp_path)
    scene.issue()
    scene.open()
    before = scene.call_next()
    if verb == "finish":
        before = scene.start()
    getattr(scene, verb)()
    assert scene.undo() == before


def test_undo_ends_after_ten_seconds_and_when_the_counter_has_moved_on(tmp_path: Path) -> None:
    scene = serving(tmp_path)
    scene.finish()
    scene.clock.forward(10.1)
    with pytest.raises(TicketStateConflict, match="ten seconds"):
        scene.undo()
    scene.call_next()
    scene.start()
    scene.call_next(finish=True)  # A002 is served, A003 here
    scene.undo()  # A003 waits again
    assert scene.undo().number == "A002"
    assert scene.ticket(2).state is State.SERVING


def test_undo_of_a_finish_needs_the_counter_free(tmp_path: Path) -> None:
    scene = serving(tmp_path)
    scene.finish()
    scene.call("A003")
    scene.park()
    scene.call("A003")
    with pytest.raises(TicketStateConflict):
        scene.undo(expected_ticket_id=1)


def test_undo_of_a_call_back_from_park_parks_again(tmp_path: Path) -> None:
    scene = serving(tmp_path)
    parked = scene.park(reason="form")
    scene.call("A001")
    assert scene.undo() == parked
