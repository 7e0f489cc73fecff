"""Opening, pausing, closing."""

from pathlib import Path

import pytest

from server.domain.errors import CounterBusy, CounterClosed, Forbidden, NotFound
from server.domain.people.principal import Principal, Role
from tests.scene import Scene, a_branch, a_clerk, a_counter


def two_counters(path: Path) -> Scene:
    return Scene(path, a_branch(counters=(a_counter(1), a_counter(2))))


def states(scene: Scene) -> list[tuple[int, str, str | None]]:
    return [(c.number, c.state.value, c.agent) for c in scene.snapshot.counters]


def test_opening_twice_changes_nothing_and_after_a_pause_resumes(tmp_path: Path) -> None:
    scene = two_counters(tmp_path)
    scene.open(1, a_clerk())
    events = len(scene.log)
    scene.open(1, a_clerk())
    assert len(scene.log) == events
    scene.pause(1, "prayer", a_clerk())
    assert scene.snapshot.counters[0].reason == "prayer"
    scene.open(1, a_clerk())
    assert states(scene)[0] == (1, "open", "clerk 1")


def test_a_person_works_at_one_counter_and_leaves_the_other_closed(tmp_path: Path) -> None:
    scene = two_counters(tmp_path)
    scene.open(1, a_clerk())
    scene.open(2, a_clerk())
    assert states(scene) == [(1, "closed", None), (2, "open", "clerk 1")]


def test_a_person_cannot_walk_away_from_a_customer(tmp_path: Path) -> None:
    scene = two_counters(tmp_path)
    scene.issue()
    scene.open(1, a_clerk())
    scene.call_next(1, principal=a_clerk())
    with pytest.raises(CounterBusy, match="A001"):
        scene.open(2, a_clerk())
    with pytest.raises(CounterBusy, match="A001"):
        scene.close(1, a_clerk())
    with pytest.raises(CounterBusy, match="A001"):
        scene.pause(1, principal=a_clerk())


def test_another_clerks_counter_is_taken_over_only_on_request(tmp_path: Path) -> None:
    scene = two_counters(tmp_path)
    scene.open(1, a_clerk(1))
    with pytest.raises(CounterBusy, match="clerk 1"):
        scene.open(1, a_clerk(2))
    scene.open(1, a_clerk(2), take_over=True)
    assert states(scene)[0][2] == "clerk 2"
    with pytest.raises(CounterClosed, match="clerk 2"):
        scene.call_next(1, principal=a_clerk(1))


def test_a_programs_token_may_hold_several_counters(tmp_path: Path) -> None:
    scene = two_counters(tmp_path)
    program = Principal("token:1", Role.AGENT, "caller", branch_id=1)
    scene.open(1, program)
    scene.open(2, program)
    assert [s for _, s, _ in states(scene)] == ["open", "open"]


def test_closed_and_unknown_counters_call_nobody(tmp_path: Path) -> None:
    scene = two_counters(tmp_path)
    scene.issue()
    with pytest.raises(CounterClosed):
        scene.call_next(1)
    with pytest.raises(NotFound):
        scene.call_next(9)
    with pytest.raises(Forbidden):
        scene.open(1, Principal("token:1", Role.AGENT, branch_id=2))


def test_open_counters_are_open_after_a_restart(tmp_path: Path) -> None:
    scene = two_counters(tmp_path)
    scene.issue()
    scene.open(1, a_clerk())
    scene.call_next(1, principal=a_clerk())
    before = states(scene)
    scene.restart()
    assert states(scene) == before
    assert scene.snapshot.at_counter(1) is not None
