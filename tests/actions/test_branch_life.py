"""Closing and renaming branches: no customer waits in vain, and old addresses still work."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.actions.branch.branch_life import effects_of_retiring, rename_branch, retire_branch
from server.actions.branch.declaring import declare, effects_of
from server.domain.declaration import Declaration
from server.domain.errors import BranchRetired, ConfirmationNeeded, Invalid, NotFound
from server.domain.people.principal import COMMAND_LINE
from server.domain.printing.routes import JobState
from server.domain.ticket import State
from server.store.tables import access, branches, counters, print_jobs
from tests.scene import Scene, a_branch, a_clerk


def retired(scene: Scene) -> list[str]:
    return scene.store.write(lambda tx: retire_branch(tx, "central", COMMAND_LINE), lambda _tx, done: done)


def renamed(scene: Scene, slug: str, new: str, *, yes: bool = False) -> list[str]:
    return scene.store.write(lambda tx: rename_branch(tx, slug, new, COMMAND_LINE, yes=yes), lambda _tx, done: done)


def touched(scene: Scene, **more: object) -> list[str]:
    return scene.store.write(lambda tx: effects_of(tx, Declaration(a_branch(**more))), lambda _tx, effects: effects)


def test_a_retired_branch_releases_everything_and_is_reported_as_closed(tmp_path: Path) -> None:
    scene = Scene(tmp_path, printers=["front"])
    first, second = scene.issue(), scene.issue()
    scene.open(1, a_clerk())
    scene.call_next(1, principal=a_clerk())
    assert scene.store.write(lambda tx: effects_of_retiring(tx, "central"), lambda _tx, effects: effects) == [
        "branch central: 2 open tickets (A001, A002) would end: nobody is called any more.",
        "branch central: 1 counter would close: 1.",
    ]
    assert retired(scene)[:2] == ["branch central: retired", "branch central: 2 open tickets ended"]
    assert [scene.ticket(t.id).state for t in (first, second)] == [State.EXPIRED, State.EXPIRED]
    assert [t.state for t in scene.rebuilt().values()] == [State.EXPIRED, State.EXPIRED]
    assert scene.store.read(lambda db: counters.held_by(db, a_clerk().id)) == []
    assert [scene.store.read(lambda db, n=n: print_jobs.get(db, n)).state for n in (1, 2)] == [JobState.EXPIRED] * 2  # type: ignore[misc]
    assert scene.store.read(lambda db: access.devices(db, 1)) == []
    assert scene.store.read(branches.list_all) == []
    for action in (scene.issue, scene.open, lambda: retired(scene)):
        with pytest.raises(BranchRetired, match="closed for good"):
            action()


def test_the_slug_of_a_retired_branch_stays_with_its_history(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    retired(scene)
    with pytest.raises(BranchRetired):
        scene.declare(a_branch())
    scene.store.write(lambda tx: declare(tx, Declaration(a_branch(slug="north")), COMMAND_LINE), lambda *_: None)
    with pytest.raises(Invalid, match="its slug stays"):
        renamed(scene, "north", "central")


def test_a_renamed_branch_is_reached_by_both_slugs_and_keeps_its_people(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.issue()
    scene.open(1, a_clerk())
    assert renamed(scene, "central", "main") == ["branch central: renamed main"]
    assert scene.branch.slug == "main"
    assert scene.issue(slug="main").number == "A002"
    assert scene.issue(slug="central").number == "A003"
    assert scene.call_next(1, principal=a_clerk()).number == "A001"
    assert renamed(scene, "main", "main") == []
    assert renamed(scene, "central", "central") == ["branch main: renamed central"]
    assert scene.store.read(lambda db: branches.get(db, "main")).slug == "central"
    with pytest.raises(NotFound):
        scene.issue(slug="mian")


def test_a_former_slug_is_reused_only_after_confirmation(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    renamed(scene, "central", "main")
    assert touched(scene, name={"en": "Another"})[0].startswith("branch central is called main now")
    north = Declaration(a_branch(slug="north", name={"en": "North"}))
    scene.store.write(lambda tx: declare(tx, north, COMMAND_LINE), lambda *_: None)
    with pytest.raises(ConfirmationNeeded):
        renamed(scene, "north", "central")
    renamed(scene, "north", "central", yes=True)
    assert scene.branch.name == {"en": "North"}


def test_a_corrected_slug_never_silently_creates_a_second_branch(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    (line,) = touched(scene, slug="centrall")
    assert "branch central has the same name" in line
    assert "giliran branch rename central centrall" in line


def test_a_truly_new_branch_needs_no_confirmation(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    assert touched(scene, slug="north", name={"en": "North"}) == []
