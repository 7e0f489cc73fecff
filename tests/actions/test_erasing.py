"""Personal data is erased after its retention time, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from server.actions.people import erasing
from server.domain.history.rebuilding import RebuiltTicket
from server.store.tables import statistics
from tests.databases import dump
from tests.scene import Scene, a_branch, a_counter, a_service

SECRET = ["Ibu Sari, kursi roda", "went to fetch Pak Budi", "asked for by Pak Tono", "waits for the doctor"]


def a_day_with_texts(scene: Scene) -> None:
    """Perform every action that accepts a text, with one."""
    for _ in range(4):
        scene.issue()
    scene.open(1)
    scene.call("A001", reason=SECRET[2])
    scene.park(reason=SECRET[1])
    scene.call("A002")
    scene.start()
    scene.transfer(service="B", note=SECRET[0])
    scene.call("A001", reason=SECRET[2])
    scene.start()
    scene.finish()
    scene.pause(reason=SECRET[3])
    scene.open(1)
    scene.close(1)


def erase(scene: Scene) -> int:
    return sum(
        scene.store.write(lambda tx, i=i: erasing.erase_personal_data(tx, i), lambda _tx, count: count)  # type: ignore[misc]
        for i in scene.store.read(lambda db: erasing.due(db, scene.clock()))
    )


def a_scene(path: Path, days: int) -> Scene:
    services, counters = (a_service("A"), a_service("B")), (a_counter(1, ["A", "B"]),)
    return Scene(path, a_branch(services=services, counters=counters, retention=timedelta(days=days)))


def without_notes(scene: Scene) -> dict[int, RebuiltTicket]:
    """Return every ticket rebuilt from the log, without notes."""
    return {ticket_id: replace(ticket, note=None) for ticket_id, ticket in scene.rebuilt().items()}


def test_notes_and_reasons_are_erased_by_the_day_and_history_stays(tmp_path: Path) -> None:
    scene = a_scene(tmp_path, days=30)
    erase(scene)
    a_day_with_texts(scene)
    day = scene.ticket(1).business_day
    scene.clock.forward(days=1)
    scene.expire()
    before = without_notes(scene), [(e.seq, e.type, e.at, e.ticket_id, e.counter) for e in scene.log]
    report = scene.store.read(lambda db: statistics.report(db, scene.branch, day, day, "service"))

    scene.clock.forward(days=28)
    assert erase(scene) == 0, "the day is thirty days ago only tomorrow"
    assert all(word in dump(scene.store) for word in SECRET)
    scene.clock.forward(days=2)
    assert erase(scene) >= len(SECRET)
    assert not any(word in dump(scene.store) for word in SECRET)
    assert erase(scene) == 0, "a day is erased once"

    assert before == (without_notes(scene), [(e.seq, e.type, e.at, e.ticket_id, e.counter) for e in scene.log])
    assert report == scene.store.read(lambda db: statistics.report(db, scene.branch, day, day, "service"))
    assert scene.differences() == []
    assert all(scene.ticket(ticket_id).note is None for ticket_id in scene.rebuilt())


def test_recent_personal_data_is_kept(tmp_path: Path) -> None:
    scene = a_scene(tmp_path, days=30)
    a_day_with_texts(scene)
    scene.clock.forward(days=31)
    scene.expire()
    a_day_with_texts(scene)
    notes = [t.note for t in (scene.ticket(i) for i in scene.rebuilt()) if t.note]
    erase(scene)
    kept = [t.note for t in (scene.ticket(i) for i in scene.rebuilt()) if t.note]
    assert len(notes) == 2 * len(kept) and kept
    assert all(word in dump(scene.store) for word in SECRET)


def test_a_shorter_retention_applies_at_the_next_run_and_a_longer_one_restores_nothing(tmp_path: Path) -> None:
    scene = a_scene(tmp_path, days=90)
    a_day_with_texts(scene)
    scene.clock.forward(days=10)
    scene.expire()
    assert erase(scene) == 0
    assert scene.declare(
        a_branch(services=scene.branch.services, counters=scene.branch.counters, retention=timedelta(5))
    )
    assert erase(scene) > 0
    scene.declare(a_branch(services=scene.branch.services, counters=scene.branch.counters, retention=timedelta(90)))
    assert erase(scene) == 0
    assert not any(word in dump(scene.store) for word in SECRET)
