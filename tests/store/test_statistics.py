"""Reports agree with a recomputation from the event log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from server.domain.history import measures
from server.domain.history.measures import LegRecord
from server.domain.history.rebuilding import RebuiltLeg
from server.store.sql.schema import micros
from server.store.tables import statistics
from server.store.tables.statistics import By
from tests.scene import Scene, a_branch, a_counter, a_service


def a_busy_morning(path: Path) -> Scene:
    """Run random visits with every action, at three counters and for two services."""
    random = Random(7)
    branch = a_branch(
        services=(a_service("A"), a_service("B")),
        counters=(a_counter(1, ["A"], ["B"]), a_counter(2, ["B"]), a_counter(3, ["A", "B"])),
    )
    scene = Scene(path, branch)
    for number in (1, 2, 3):
        scene.open(number)
    for _ in range(120):
        scene.clock.forward(random.expovariate(1 / 60))
        scene.issue(random.choice("AAB"))
        number = random.choice((1, 2, 3))
        here = scene.snapshot.at_counter(number)
        if here is None and scene.snapshot.next_for(number):
            scene.call_next(number)
        elif here is not None and here.state == "called":
            random.choice([scene.start, scene.start, scene.start, scene.recall, scene.no_show, scene.put_back])(number)
        elif here is not None:
            actions = [scene.finish, scene.finish, scene.finish, scene.park]
            random.choice([*actions, lambda n: scene.transfer(n, service="B")])(number)
    return scene


@pytest.mark.parametrize("by", ["counter", "service", "hour", "day"])
def test_every_number_of_a_report_can_be_recomputed_from_the_log(tmp_path: Path, by: By) -> None:
    scene = a_busy_morning(tmp_path)
    branch = scene.branch
    tickets = scene.rebuilt()
    keys: dict[str, Callable[[RebuiltLeg], str]] = {
        "counter": lambda leg: str(leg.counter),
        "service": lambda leg: leg.service,
        "hour": lambda leg: f"{leg.queued_at.astimezone(branch.zone):%H}:00",
        "day": lambda leg: f"{leg.queued_at.astimezone(branch.zone):%Y-%m-%d}",
    }
    key = keys[by]
    legs = [
        LegRecord(
            key(x),
            micros(x.queued_at),
            micros(x.called_at),
            None if x.started_at is None else micros(x.started_at),
            None if x.ended_at is None else micros(x.ended_at),
            x.outcome,
            x.service,
        )
        for t in tickets.values()
        for x in t.legs
        if x.called_at is not None
    ]
    targets = {s.code: int(s.target_wait.total_seconds() * measures.SECOND) for s in branch.services}
    issued = Counter() if by == "counter" else Counter(key(t.legs[0]) for t in tickets.values())
    day = scene.ticket(1).business_day
    assert scene.store.read(lambda db: statistics.report(db, branch, day, day, by)) == measures.report(
        legs, issued, targets
    )


def test_a_report_of_a_span_counts_its_last_day_and_nothing_after(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    first = scene.issue().business_day
    scene.clock.forward(days=1)
    second = scene.issue().business_day
    scene.clock.forward(days=1)
    scene.issue()
    rows = scene.store.read(lambda db: statistics.report(db, scene.branch, first, second, "day"))
    assert [(r.key, r.issued) for r in rows] == [(first.isoformat(), 1), (second.isoformat(), 1)]


def test_an_hour_is_the_branchs_own_where_the_zone_is_three_quarters_off(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch(timezone="Asia/Kathmandu"))
    day = scene.issue().business_day
    issued = {f"{scene.clock.now.astimezone(scene.branch.zone):%H}:00": 1}
    for _ in range(7):
        scene.clock.forward(minutes=20)
        hour = f"{scene.clock.now.astimezone(scene.branch.zone):%H}:00"
        issued[hour] = issued.get(hour, 0) + 1
        scene.issue()
    rows = scene.store.read(lambda db: statistics.report(db, scene.branch, day, day, "hour"))
    assert {row.key: row.issued for row in rows} == issued
