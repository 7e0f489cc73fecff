"""Phone tickets: their share, rate limits that a waiting room does not notice, and cancelling them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.access.phones import PhonePace
from server.domain.branch import Branch
from server.domain.errors import RateLimited
from server.domain.people.principal import Role
from tests.clock import HandClock
from tests.scene import a_branch, a_counter, a_service
from tests.web.app_server import AppServer

TICKETS = "/branches/central/tickets"
CANCEL = "/branches/central/phone-tickets/cancel"


def a_phone_branch(**more: Any) -> Branch:
    services = (a_service("A", last_number=20), a_service("B", daily_quota=5))
    return a_branch(services=services, counters=(a_counter(1, ["A", "B"]),), join_by_phone=True, **more)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[AppServer]:
    one = AppServer(tmp_path, a_phone_branch())
    yield one
    one.application.stop()


def join(app: AppServer, service: str = "A", network: str = "198.51.100.1") -> tuple[int, dict[str, Any]]:
    answer = app.client().post(
        f"/api/v1{TICKETS}", json={"service": service}, environ_overrides={"REMOTE_ADDR": network}
    )
    return answer.status_code, answer.json or {}


def take(app: AppServer, service: str = "A", role: Role = Role.KIOSK) -> tuple[int, dict[str, Any]]:
    answer = app.call(role, "POST", TICKETS, {"service": service})
    return answer.status_code, answer.json or {}


def queue(app: AppServer) -> list[str]:
    return [t["number"] for t in (app.call(Role.AGENT, "GET", "/branches/central/queue").json or {})["waiting"]]


def cancel(
    app: AppServer, *, dry_run: bool = False, role: Role = Role.SUPERVISOR, **more: Any
) -> tuple[int, dict[str, Any]]:
    span = {
        "from": (app.clock() - timedelta(hours=1)).isoformat(),
        "to": (app.clock() + timedelta(seconds=1)).isoformat(),
        "reason": "a flood",
    }
    answer = app.call(role, "POST", CANCEL + ("?dry_run=1" if dry_run else ""), span | more)
    return answer.status_code, answer.json or {}


@pytest.mark.parametrize(("service", "share", "rest"), [("A", 10, 10), ("B", 2, 3)])
def test_phones_take_half_of_a_services_numbers_and_the_kiosk_has_the_rest(
    app: AppServer, service: str, share: int, rest: int
) -> None:
    networks = [f"198.51.100.{n}" for n in range(1, 41)]
    statuses = [join(app, service, network) for network in networks]
    assert [status for status, _ in statuses] == [201] * share + [409] * (40 - share)
    refused = statuses[-1][1]
    assert refused["code"] == "quota-reached" and "kiosk" in refused["detail"] and refused["opens_at"]
    assert [take(app, service)[0] for _ in range(rest + 1)] == [201] * rest + [409]
    app.clock.forward(days=1)
    assert join(app, service)[0] == 201


def test_each_service_has_its_own_phone_share(app: AppServer) -> None:
    for _ in range(5):
        assert take(app)[0] == 201
    assert [join(app)[0] for _ in range(11)] == [201] * 10 + [409]
    assert join(app, "B")[0] == 201
    assert take(app, role=Role.API)[0] == take(app, role=Role.AGENT)[0] == 201


def test_a_branch_declares_its_own_share(tmp_path: Path) -> None:
    app = AppServer(tmp_path, a_phone_branch(phone_share=0.25))
    assert [join(app)[0] for _ in range(6)] == [201] * 5 + [409]
    app.application.stop()


def test_the_log_has_the_channel_of_each_ticket(app: AppServer) -> None:
    join(app)
    for role in (Role.KIOSK, Role.API, Role.AGENT):
        take(app, role=role)
    log = (app.call(Role.API, "GET", "/branches/central/events").json or {})["events"]
    assert [e["data"]["channel"] for e in log if e["type"] == "issued"] == ["phone", "kiosk", "api", "staff"]


def test_a_supervisor_cancels_what_phones_took_in_an_hour_and_nothing_else(app: AppServer) -> None:
    early = join(app)[1]["number"]
    app.clock.forward(hours=2)
    kiosk, called = take(app)[1]["number"], join(app)[1]["number"]
    flood = [join(app)[1]["number"] for _ in range(3)]
    app.call(Role.AGENT, "POST", "/counters/central/1/open")
    app.call(Role.AGENT, "POST", "/counters/central/1/call", {"number": called, "reason": "x"})
    before = queue(app)
    assert cancel(app, dry_run=True) == (200, {"cancelled": 3, "numbers": flood, "dry_run": True})
    assert queue(app) == before
    assert cancel(app) == (200, {"cancelled": 3, "numbers": flood, "dry_run": False})
    assert queue(app) == [early, kiosk]
    assert cancel(app)[1]["cancelled"] == 0, "asked again, there are none left"
    log = (app.call(Role.API, "GET", "/branches/central/events").json or {})["events"]
    ended = [e for e in log if e["type"] == "cancelled"]
    assert [e["number"] for e in ended] == flood
    assert {(e["data"]["by"], e["data"]["reason"]) for e in ended} == {("staff", "a flood")}
    audited = [
        line
        for line in (app.call(Role.ADMIN, "GET", "/branches/central/audit").json or {})["lines"]
        if line["action"] == "phone tickets cancelled"
    ]
    assert [(line["data"]["cancelled"], line["data"]["reason"]) for line in audited] == [(3, "a flood")]


def test_only_a_supervisor_cancels_them_and_only_with_a_span_and_a_reason(app: AppServer) -> None:
    join(app)
    assert cancel(app, role=Role.AGENT)[0] == 403
    now = app.clock()
    for wrong in (
        {"to": (now - timedelta(hours=2)).isoformat()}, {"from": "yesterday"}, {"from": "2026-11-23T09:00:00"},
        {"reason": ""}, {"reason": None}, {"to": None},
    ):  # fmt: skip
        assert cancel(app, **wrong)[0] == 422, wrong
    assert len(queue(app)) == 1


def test_a_dry_run_and_the_action_are_two_requests_under_one_key(app: AppServer) -> None:
    join(app)
    span = {"from": "2026-11-23T00:00:00Z", "to": "2026-11-24T00:00:00Z", "reason": "x"}
    trial = app.call(Role.SUPERVISOR, "POST", f"{CANCEL}?dry_run=1", span, Idempotency_Key="k")
    action = app.call(Role.SUPERVISOR, "POST", CANCEL, span, Idempotency_Key="k")
    assert trial.status_code == 200
    assert (action.status_code, (action.json or {})["code"]) == (409, "idempotency-conflict")


def successes(pace: PhonePace, clock: HandClock, networks: list[str]) -> int:
    """Return how many phones of these networks get a number now."""
    served = 0
    for network in networks:
        with suppress(RateLimited):
            pace.check(network, 1, clock().timestamp())
            served += 1
    return served


def test_a_waiting_room_behind_one_address_is_served_within_minutes() -> None:
    pace, clock = PhonePace(), HandClock()
    assert successes(pace, clock, ["wifi"] * 100) == 100, "at once, also before anybody knows whose network it is"
    pace, clock = PhonePace(), HandClock()
    pace.add_branch_network("wifi", 1)
    remaining = 300
    for _ in range(5):
        remaining -= successes(pace, clock, ["wifi"] * remaining)
        clock.forward(60)
    assert remaining == 0


def test_two_hundred_networks_cannot_use_up_the_share_in_seconds_or_lock_out_others() -> None:
    pace, clock = PhonePace(), HandClock()
    pace.add_branch_network("wifi", 1)
    taken = 0
    for _ in range(7):
        taken += successes(pace, clock, [f"network {n}" for n in range(200)] * 5)
        clock.forward(1)
    assert taken <= 140, "of half of 999"
    assert successes(pace, clock, ["wifi"] * 100) == 100, "the waiting room has a measure of its own"
    for _ in range(3):
        clock.forward(60)
        assert successes(pace, clock, [f"network {n}" for n in range(200)] * 5) <= 61
    assert successes(pace, clock, ["an honest phone"]) == 1, "a network that has taken none lately has a chance"


def test_one_network_cannot_use_up_the_share_in_seconds() -> None:
    pace, clock = PhonePace(), HandClock()
    pace.add_branch_network("wifi", 1)
    assert successes(pace, clock, ["wifi"] * 1000) == 120
    clock.forward(10)
    assert successes(pace, clock, ["wifi"] * 1000) == 10
    assert successes(pace, clock, ["another"] * 50) == 50
