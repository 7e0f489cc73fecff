"""A branch's rules at its counters, over HTTP: reasons for a break, a pause after the customer, early no-shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.domain.branch import NoShowRule, PauseReason
from server.domain.people.principal import Role
from tests.scene import a_branch
from tests.web.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    reasons = (PauseReason("lunch", {"en": "Lunch", "id": "Makan siang"}),)
    one = House(
        tmp_path,
        a_branch(pause_reasons=reasons, no_show_after=NoShowRule(1, timedelta(seconds=45))),
    )
    yield one
    one.application.stop()


def at(house: House, verb: str, **body: Any) -> Any:
    return house.call(Role.AGENT, "POST", f"/counters/central/1/{verb}", body)


def counter(house: House) -> Any:
    found = house.call(Role.AGENT, "GET", "/counters/central/1").json
    assert found is not None
    return {name: found[name] for name in ("state", "reason", "pause_after")}


def test_staff_are_told_the_rules_of_their_branch(house: House) -> None:
    queue = house.call(Role.AGENT, "GET", "/branches/central/queue").json
    assert queue is not None
    assert queue["pause_reasons"] == [{"code": "lunch", "name": {"en": "Lunch", "id": "Makan siang"}}]
    assert queue["no_show_after"] == {"recalls": 1, "seconds": 45}


def test_a_pause_after_the_customer_is_told_until_he_leaves_and_then_it_is_one(house: House) -> None:
    house.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"})
    at(house, "open")
    at(house, "call-next")
    assert at(house, "pause", reason="lunch").json["code"] == "counter-busy"
    asked = at(house, "pause", reason="lunch", after_customer=True)
    assert (asked.status_code, asked.json["pause_after"], asked.json["state"]) == (200, "lunch", "open")
    at(house, "start")
    assert at(house, "call-next", finish=True).json["code"] == "counter-closed"
    assert at(house, "finish").json["state"] == "served"
    assert counter(house) == {"state": "paused", "reason": "lunch", "pause_after": None}
    types = [e["type"] for e in house.call(Role.ADMIN, "GET", "/branches/central/events").json["events"]]  # type: ignore[index]
    assert types[-4:] == ["counter_pausing", "started", "finished", "counter_paused"]


def test_a_no_show_that_is_too_early_says_when_it_will_be_possible(house: House) -> None:
    house.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"})
    at(house, "open")
    called = at(house, "call-next").json
    refused = at(house, "no-show")
    assert refused.status_code == 409
    problem = refused.json
    assert (problem["code"], problem["recalls_missing"], problem["ticket"]["id"]) == ("too-early", 1, called["id"])
    assert problem["possible_at"] > called["called_at"]
    recalled = at(house, "recall").json
    assert recalled["legs"][-1]["recalls"] == 1
    house.clock.forward(45)
    assert at(house, "no-show").json["state"] == "no_show"


def test_who_is_set_aside_is_so_since_a_moment_that_staff_see(house: House) -> None:
    house.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"})
    at(house, "open")
    house.clock.forward(300)
    at(house, "call-next")
    house.clock.forward(60)
    parked_at = at(house, "park").json["legs"][-1]["ended_at"]
    queue = house.call(Role.AGENT, "GET", "/branches/central/queue").json
    assert queue is not None
    assert queue["parked"][0]["parked_at"] == parked_at != queue["parked"][0]["queued_at"]
