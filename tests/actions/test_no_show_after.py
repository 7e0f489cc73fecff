"""A customer is waited for and called again, as the branch says, before "did not come" is taken."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from server.domain.branch import NoShowRule
from server.domain.errors import TooEarly
from tests.scene import Scene, a_branch


def called(path: Path, rule: NoShowRule) -> Scene:
    scene = Scene(path, a_branch(no_show_after=rule))
    scene.issue()
    scene.open()
    scene.call_next()
    return scene


def test_an_early_no_show_is_refused_with_the_time_when_it_is_possible(tmp_path: Path) -> None:
    scene = called(tmp_path, NoShowRule(2, timedelta(seconds=60)))
    at = scene.clock()
    with pytest.raises(TooEarly, match=r"no-show of A001: .*after 2 more recalls and in 60 seconds, at \d\d:\d\d:\d\d"):
        scene.no_show()
    scene.recall()
    scene.clock.forward(20)
    with pytest.raises(TooEarly, match="after 1 more recall and in 40 seconds") as refused:
        scene.no_show()
    assert (refused.value.recalls_missing, refused.value.possible_at) == (1, at + timedelta(seconds=60))
    assert refused.value.ticket.number == "A001"
    scene.clock.forward(40)
    with pytest.raises(TooEarly, match=r"it is possible after 1 more recall\.$") as refused:
        scene.no_show()
    assert refused.value.possible_at is None
    scene.recall()
    assert scene.no_show().state == "no_show"
    assert scene.differences() == []


def test_without_a_rule_a_no_show_is_accepted_at_once(tmp_path: Path) -> None:
    assert called(tmp_path, NoShowRule()).no_show().state == "no_show"


def test_each_call_starts_the_no_show_wait_again(tmp_path: Path) -> None:
    scene = called(tmp_path, NoShowRule(1, timedelta(seconds=30)))
    scene.recall()
    scene.clock.forward(30)
    scene.put_back()
    scene.call_next()
    with pytest.raises(TooEarly, match="after 1 more recall and in 30 seconds"):
        scene.no_show()
