"""The doctor names tickets that wait for something retired or closed."""

from __future__ import annotations

from pathlib import Path

from server.doctor import branch as checks
from server.doctor.findings import Level
from server.store.engines.transaction import Transaction
from server.store.sql.schema import counter as counter_table
from tests.scene import Scene, a_branch, a_branch_without, a_counter, a_service

BOTH = a_branch(services=(a_service("A"), a_service("B")), counters=(a_counter(1, "A"), a_counter(2, "B")))


def stranded(scene: Scene) -> list[tuple[Level, str]]:
    findings = scene.store.read(lambda db: checks.services(db, scene.branch, scene.clock()))
    return [(f.level, f.detail) for f in findings if f.about.endswith("left behind")]


def test_tickets_that_wait_for_a_withdrawn_service_are_named(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    scene.issue("B")
    assert stranded(scene) == []
    scene.declare(a_branch_without(BOTH, services="B"))
    assert stranded(scene) == [(Level.WARNING, "B001: waiting for B, which is no longer offered.")]
    scene.open(2)
    assert stranded(scene) == []
    scene.declare(a_branch_without(BOTH, services="B", counters=[2]))
    assert stranded(scene) == [(Level.PROBLEM, "B001: waiting for B, which is no longer offered and no counter takes.")]


def test_tickets_that_wait_only_for_a_closed_counter_are_named(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    scene.issue("A")
    scene.open(1)
    scene.call_next(1)
    scene.transfer(1, to_counter=2)
    assert stranded(scene) == [(Level.WARNING, "A001: waiting only for counter 2, which is closed.")]


def test_a_retired_counter_that_still_holds_something_is_named(tmp_path: Path) -> None:
    scene = Scene(tmp_path, BOTH)
    scene.open(2)

    def retire_without_closing(tx: Transaction) -> None:
        tx.db.execute(counter_table.update().where(counter_table.c.number == 2).values(retired=True))

    scene.store.write(retire_without_closing, lambda *_: None)
    scene.restart()
    assert [(level, detail[:20]) for level, detail in stranded(scene)] == [(Level.PROBLEM, "Counter 2 is retired")]
