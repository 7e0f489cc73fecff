"""Each displayed count has one meaning: `waiting`, `ahead`, and who is next."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from server.actions.forecast import forecast_of
from server.contract import views
from server.domain.ticket import Ticket
from server.domain.waits.forecast import Staffing, WaitForecast
from server.store.engines.transaction import Transaction
from server.store.tables import print_jobs
from tests.scene import Scene, a_branch, a_counter, a_service

SHARED = a_branch(
    services=(a_service("A"), a_service("B")),
    counters=(a_counter(1, ["A", "B"]), a_counter(2, ["B"]), a_counter(3, ["B"], ["A"])),
)


def focused_forecast(tx: Transaction, ticket: Ticket) -> WaitForecast:
    return forecast_of(tx, tx.enter("central"), ticket)


def forecast_in_snapshot(scene: Scene, ticket: Ticket) -> WaitForecast:
    """What a waiting ticket is told; the floor and the focused read agree on it."""
    on_floor = scene.snapshot.forecast_of(next(t for t in scene.snapshot.waiting if t.id == ticket.id))
    focused = scene.store.write(partial(focused_forecast, ticket=ticket), lambda _tx, wait_forecast: wait_forecast)
    assert focused == on_floor
    return focused


def on_paper(scene: Scene, ticket: Ticket) -> tuple[str, str | None]:
    """(the place, the line below) that its paper says."""
    job = scene.store.read(lambda db: print_jobs.of_ticket(db, ticket.id))
    assert job is not None
    return job.content["ahead"], job.content["wait"]


def test_the_forecast_before_issuing_equals_that_of_the_new_ticket(tmp_path: Path) -> None:
    scene = Scene(tmp_path, SHARED)
    scene.open(1)
    for service in "AABABBABAA":
        tile = {s.code: s.ahead for s in views.branch(scene.snapshot).services}
        assert forecast_in_snapshot(scene, scene.issue(service)).ahead == tile[service]
    services = {s.code: s for s in views.branch(scene.snapshot).services}
    assert (services["A"].waiting, services["A"].ahead) == (6, 10), "its own line, and who is called before"


def test_a_counter_that_opens_moves_nobody_back(tmp_path: Path) -> None:
    branch = a_branch(
        services=(a_service("A"), a_service("B"), a_service("C")),
        counters=(a_counter(1, ["A", "B"]), a_counter(2, ["C"])),
    )
    scene = Scene(tmp_path, branch)
    scene.issue("B")
    last = scene.issue("A")
    ahead = [forecast_in_snapshot(scene, last).ahead]
    for counter in (2, 1):  # one that does not take it, then the one that does
        scene.open(counter)
        ahead.append(forecast_in_snapshot(scene, last).ahead)
    assert ahead == [1, 1, 1]


NO_COUNTER = "No counter is open for this service now."
ON_A_BREAK = "The counter is on a break. Calls go on after it."
OTHERS_FIRST = "The open counters call their own customers first."


@pytest.mark.parametrize(
    ("opened", "paused", "staffing", "place", "below"),
    [
        ([1], [], Staffing.OPEN, "You are next", None),
        ([], [], Staffing.CLOSED, "You are first in line", NO_COUNTER),
        ([2], [], Staffing.CLOSED, "You are first in line", NO_COUNTER),
        ([1], [1], Staffing.PAUSED, "You are first in line", ON_A_BREAK),
        ([1, 2], [1], Staffing.PAUSED, "You are first in line", ON_A_BREAK),
        ([3], [], Staffing.HELPING, "You are first in line", OTHERS_FIRST),
        ([1, 3], [3], Staffing.OPEN, "You are next", None),
    ],
)
def test_only_the_first_ticket_of_an_open_counter_is_shown_as_next(
    opened: list[int], paused: list[int], staffing: Staffing, place: str, below: str | None, tmp_path: Path
) -> None:
    scene = Scene(tmp_path, SHARED, printers=["front"])
    for counter in opened:
        scene.open(counter)
    for counter in paused:
        scene.pause(counter)
    (tile,) = [s for s in views.branch(scene.snapshot).services if s.code == "A"]
    ticket = scene.issue("A", language="en")
    wait_forecast = forecast_in_snapshot(scene, ticket)
    assert (wait_forecast.ahead, wait_forecast.staffing) == (0, staffing)
    assert on_paper(scene, ticket) == (place, below)
    assert (tile.ahead, tile.staffing) == (0, staffing.value)
    assert (tile.closed_reason == "no_counter") == (staffing in (Staffing.PAUSED, Staffing.CLOSED))


def test_there_is_no_estimate_if_only_counters_of_other_services_are_open(tmp_path: Path) -> None:
    scene = Scene(tmp_path, SHARED, printers=["front"])
    scene.open(2)
    scene.issue("A")
    ticket = scene.issue("A", language="en")
    assert forecast_in_snapshot(scene, ticket).estimate is None
    assert on_paper(scene, ticket) == ("1 person before you", NO_COUNTER)


def test_a_ticket_that_was_moved_to_a_counter_waits_for_that_one(tmp_path: Path) -> None:
    scene = Scene(tmp_path, SHARED)
    scene.open(1)
    scene.issue("A"), scene.issue("B")
    scene.clock.forward(60)
    scene.call_next(1)
    moved = scene.transfer(1, to_counter=2)
    assert forecast_in_snapshot(scene, moved).staffing is Staffing.CLOSED, "counter 1 is open, and may not call it"
    assert forecast_in_snapshot(scene, moved).estimate is None
    scene.open(2)
    assert (forecast_in_snapshot(scene, moved).ahead, forecast_in_snapshot(scene, moved).staffing) == (1, Staffing.OPEN)
    assert scene.call_next(2).number == "B001"
    assert forecast_in_snapshot(scene, moved).ahead == 0


def test_a_ticket_that_was_moved_to_a_counter_that_only_helps_out_is_the_first_there(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch(counters=(a_counter(1, ["A"]), a_counter(2, [], ["A"]))))
    scene.open(1)
    scene.open(2)
    scene.issue("A"), scene.issue("A")
    scene.clock.forward(60)
    scene.call_next(1)
    moved = scene.transfer(1, to_counter=2)
    assert (forecast_in_snapshot(scene, moved).ahead, forecast_in_snapshot(scene, moved).staffing) == (0, Staffing.OPEN)
    assert scene.call_next(2).id == moved.id


def test_a_ticket_that_is_not_waiting_has_no_staffing(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.open()
    scene.issue()
    called = scene.call_next()
    assert scene.store.write(
        partial(focused_forecast, ticket=called), lambda _tx, wait_forecast: wait_forecast
    ) == WaitForecast(0, None)
