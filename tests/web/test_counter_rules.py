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
from tests.web.app_server import AppServer


@pytest.fixture
def app(tmp_path: Path) -> Iterator[AppServer]:
    reasons = (PauseReason("lunch", {"en": "Lunch", "id": "Makan siang"}),)
    one = AppServer(
        tmp_path,
        a_branch(pause_reasons=reasons, no_show_after=NoShowRule(1, timedelta(seconds=45))),
    )
    yield one
    one.application.stop()


def at(app: AppServer, verb: str, **body: Any) -> Any:
    return app.call(Role.AGENT, "POST", f"/counters/central/1/{verb}", body)


def counter(app: AppServer) -> Any:
    found = app.call(Role.AGENT, "GET", "/counters/central/1").json
    assert found is not None
    return {name: found[name] for name in ("state", "reason", "pause_after")}


def test_staff_see_the_rules_of_their_branch(app: AppServer) -> None:
    queue = app.call(Role.AGENT, "GET", "/branches/central/queue").json
    assert queue is not None
    assert queue["pause_reasons"] == [{"code": "lunch", "name": {"en": "Lunch", "id": "Makan siang"}}]
    assert queue["no_show_after"] == {"recalls": 1, "seconds": 45}


def test_a_planned_pause_is_shown_until_the_customer_leaves_and_then_begins(app: AppServer) -> None:
    app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"})
    at(app, "open")
    at(app, "call-next")
    assert at(app, "pause", reason="lunch").json["code"] == "counter-busy"
    asked = at(app, "pause", reason="lunch", after_customer=True)
    assert (asked.status_code, asked.json["pause_after"], asked.json["state"]) == (200, "lunch", "open")
    at(app, "start")
    assert at(app, "call-next", finish=True).json["code"] == "counter-closed"
    assert at(app, "finish").json["state"] == "served"
    assert counter(app) == {"state": "paused", "reason": "lunch", "pause_after": None}
    types = [e["type"] for e in app.call(Role.ADMIN, "GET", "/branches/central/events").json["events"]]  # type: ignore[index]
    assert types[-4:] == ["counter_pausing", "started", "finished", "counter_paused"]


def test_an_early_no_show_is_refused_with_its_earliest_time(app: AppServer) -> None:
    app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"})
    at(app, "open")
    called = at(app, "call-next").json
    refused = at(app, "no-show")
    assert refused.status_code == 409
    problem = refused.json
    assert (problem["code"], problem["recalls_missing"], problem["ticket"]["id"]) == ("too-early", 1, called["id"])
    assert problem["possible_at"] > called["called_at"]
    recalled = at(app, "recall").json
    assert recalled["legs"][-1]["recalls"] == 1
    app.clock.forward(45)
    assert at(app, "no-show").json["state"] == "no_show"


def test_staff_see_since_when_a_ticket_is_parked(app: AppServer) -> None:
    app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"})
    at(app, "open")
    app.clock.forward(300)
    at(app, "call-next")
    app.clock.forward(60)
    parked_at = at(app, "park").json["legs"][-1]["ended_at"]
    queue = app.call(Role.AGENT, "GET", "/branches/central/queue").json
    assert queue is not None
    assert queue["parked"][0]["parked_at"] == parked_at != queue["parked"][0]["queued_at"]
