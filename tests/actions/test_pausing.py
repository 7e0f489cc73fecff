"""A counter that pauses once its customer has left, however he leaves it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event

from server.actions.queue import calling, counters, moving
from server.domain.errors import CounterBusy, CounterClosed, TicketStateConflict
from server.domain.people.principal import COMMAND_LINE, Principal
from server.store.engines.store import Db
from tests.scene import Scene, a_branch, a_clerk, a_counter


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Counter 1 serves A001 and pauses after it; two more wait."""
    scene = Scene(tmp_path, a_branch(counters=(a_counter(1), a_counter(2))))
    for _ in range(3):
        scene.issue()
    scene.open()
    scene.open(2)
    scene.call_next()
    scene.start()
    pause_after(scene, "lunch")
    return scene


def pause_after(scene: Scene, reason: str, who: Principal = COMMAND_LINE) -> None:
    scene.store.write(
        lambda tx: counters.pause_counter(tx, "central", 1, who, reason, after_customer=True), lambda _tx, _r: None
    )


def counter(scene: Scene) -> tuple[str, str | None, str | None]:
    """(state, reason, what it pauses for later)."""
    now = scene.snapshot.counters[0]
    return now.state.value, now.reason, now.pause_after


WAYS: dict[str, Callable[[Scene], object]] = {
    "finished": lambda scene: scene.finish(),
    "parked": lambda scene: scene.park(),
    "put back": lambda scene: scene.put_back(),
    "transferred": lambda scene: scene.transfer(to_counter=2),
    "moved by somebody else": lambda scene: move(scene),
    "expired": lambda scene: (scene.clock.forward(days=1), scene.end_day()),
}


def move(scene: Scene) -> None:
    scene.store.write(
        lambda tx: moving.transfer_by_number(
            tx, "central", COMMAND_LINE, ticket_number="A001", service=None, to_counter=2, keep_place=False, note=None
        ),
        lambda _tx, _t: None,
    )


@pytest.mark.parametrize("way", WAYS)
def test_however_the_customer_leaves_the_counter_is_paused_and_calls_nobody(scene: Scene, way: str) -> None:
    assert counter(scene) == ("open", None, "lunch")
    WAYS[way](scene)
    # with the day's end, who has gone home does not stay on a break
    assert counter(scene) == (("closed", None, None) if way == "expired" else ("paused", "lunch", None))
    with pytest.raises(CounterClosed):
        scene.call_next()
    assert scene.differences() == []


def test_a_no_show_also_starts_the_planned_pause(scene: Scene) -> None:
    scene.finish()
    scene.open()
    scene.call_next()
    pause_after(scene, "lunch")
    scene.no_show()
    assert counter(scene) == ("paused", "lunch", None)
    assert scene.differences() == []


def test_next_is_refused_while_a_pause_is_planned(scene: Scene) -> None:
    with pytest.raises(CounterClosed, match="pauses after A001"):
        scene.call_next(finish=True)
    assert counter(scene) == ("open", None, "lunch")


def test_opening_the_counter_cancels_the_planned_pause(scene: Scene) -> None:
    scene.open()
    assert counter(scene) == ("open", None, None)
    assert scene.call_next(finish=True).number == "A002"
    assert scene.differences() == []


def test_undo_brings_the_customer_back_and_the_counter_is_about_to_pause_again(scene: Scene) -> None:
    scene.finish()
    assert scene.undo().state == "serving"
    assert counter(scene) == ("open", None, "lunch")
    assert scene.differences() == []
    scene.finish()
    assert counter(scene) == ("paused", "lunch", None)
    scene.clock.forward(11)
    scene.open()
    with pytest.raises(TicketStateConflict, match="last ten seconds"):
        scene.undo()


def test_undo_does_not_open_a_counter_that_somebody_paused(scene: Scene) -> None:
    scene.finish()
    scene.open()
    scene.pause(1, "prayer")
    with pytest.raises(CounterClosed):
        scene.undo()
    assert counter(scene) == ("paused", "prayer", None)


def test_a_second_pause_request_replaces_the_reason_and_the_same_changes_nothing(scene: Scene) -> None:
    events = len(scene.log)
    pause_after(scene, "lunch")
    assert len(scene.log) == events
    pause_after(scene, "prayer")
    scene.finish()
    assert counter(scene) == ("paused", "prayer", None)
    assert scene.differences() == []


def test_without_a_customer_the_pause_begins_at_once_and_only_for_its_clerk(scene: Scene) -> None:
    scene.finish()
    scene.open()
    pause_after(scene, "lunch")
    assert counter(scene) == ("paused", "lunch", None)
    scene.open(1, a_clerk(1), take_over=True)
    scene.call_next(principal=a_clerk(1))
    with pytest.raises(CounterBusy, match="clerk 1"):
        pause_after(scene, "lunch", a_clerk(2))


def test_without_a_planned_pause_leaving_a_counter_needs_no_more_statements(scene: Scene) -> None:
    """The finish of a customer is a hot path: only a pause that was asked for costs a statement."""
    scene.open()
    statements: list[str] = []

    def finish(tx: object) -> None:
        db: Db = tx.db  # type: ignore[attr-defined]
        event.listen(db, "before_cursor_execute", lambda _c, _cu, statement, *_: statements.append(statement))
        calling.finish(tx, "central", 1, COMMAND_LINE, expected_ticket_id=None)  # type: ignore[arg-type]

    scene.store.write(finish, lambda _tx, _r: None)
    assert not [statement for statement in statements if "UPDATE counter" in statement]
