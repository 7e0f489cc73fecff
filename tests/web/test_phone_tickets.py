"""Numbers over the network: a share of them, at a pace that a waiting room does not feel, and a way to cancel them."""

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
from tests.web.house import House

TICKETS = "/branches/central/tickets"
CANCEL = "/branches/central/phone-tickets/cancel"


def a_phone_branch(**more: Any) -> Branch:
    services = (a_service("A", last_number=20), a_service("B", daily_quota=5))
    return a_branch(services=services, counters=(a_counter(1, ["A", "B"]),), join_by_phone=True, **more)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    one = House(tmp_path, a_phone_branch())
    yield one
    one.application.stop()


def join(house: House, service: str = "A", network: str = "198.51.100.1") -> tuple[int, dict[str, Any]]:
    answer = house.client().post(
        f"/api/v1{TICKETS}", json={"service": service}, environ_overrides={"REMOTE_ADDR": network}
    )
    return answer.status_code, answer.json or {}


def take(house: House, service: str = "A", role: Role = Role.KIOSK) -> tuple[int, dict[str, Any]]:
    answer = house.call(role, "POST", TICKETS, {"service": service})
    return answer.status_code, answer.json or {}


def queue(house: House) -> list[str]:
    return [t["number"] for t in (house.call(Role.AGENT, "GET", "/branches/central/queue").json or {})["waiting"]]


def cancel(
    house: House, *, dry_run: bool = False, role: Role = Role.SUPERVISOR, **more: Any
) -> tuple[int, dict[str, Any]]:
    span = {
        "from": (house.clock() - timedelta(hours=1)).isoformat(),
        "to": (house.clock() + timedelta(seconds=1)).isoformat(),
        "reason": "a flood",
    }
    answer = house.call(role, "POST", CANCEL + ("?dry_run=1" if dry_run else ""), span | more)
    return answer.status_code, answer.json or {}


@pytest.mark.parametrize(("service", "share", "rest"), [("A", 10, 10), ("B", 2, 3)])
def test_phones_take_half_of_a_services_numbers_and_the_kiosk_has_the_rest(
    house: House, service: str, share: int, rest: int
) -> None:
    networks = [f"198.51.100.{n}" for n in range(1, 41)]
    told = [join(house, service, network) for network in networks]
    assert [status for status, _ in told] == [201] * share + [409] * (40 - share)
    refused = told[-1][1]
    assert refused["code"] == "quota-reached" and "kiosk" in refused["detail"] and refused["opens_at"]
    assert [take(house, service)[0] for _ in range(rest + 1)] == [201] * rest + [409]
    house.clock.forward(days=1)
    assert join(house, service)[0] == 201


def test_the_share_of_one_service_is_its_own_and_others_numbers_do_not_count(house: House) -> None:
    for _ in range(5):
        assert take(house)[0] == 201
    assert [join(house)[0] for _ in range(11)] == [201] * 10 + [409]
    assert join(house, "B")[0] == 201
    assert take(house, role=Role.API)[0] == take(house, role=Role.AGENT)[0] == 201


def test_a_branch_declares_its_own_share(tmp_path: Path) -> None:
    house = House(tmp_path, a_phone_branch(phone_share=0.25))
    assert [join(house)[0] for _ in range(6)] == [201] * 5 + [409]
    house.application.stop()


def test_the_log_says_how_a_number_was_taken(house: House) -> None:
    join(house)
    for role in (Role.KIOSK, Role.API, Role.AGENT):
        take(house, role=role)
    log = (house.call(Role.API, "GET", "/branches/central/events").json or {})["events"]
    assert [e["data"]["channel"] for e in log if e["type"] == "issued"] == ["phone", "kiosk", "api", "staff"]


def test_a_supervisor_cancels_what_phones_took_in_an_hour_and_nothing_else(house: House) -> None:
    early = join(house)[1]["number"]
    house.clock.forward(hours=2)
    kiosk, called = take(house)[1]["number"], join(house)[1]["number"]
    flood = [join(house)[1]["number"] for _ in range(3)]
    house.call(Role.AGENT, "POST", "/counters/central/1/open")
    house.call(Role.AGENT, "POST", "/counters/central/1/call", {"number": called, "reason": "x"})
    before = queue(house)
    assert cancel(house, dry_run=True) == (200, {"cancelled": 3, "numbers": flood, "dry_run": True})
    assert queue(house) == before
    assert cancel(house) == (200, {"cancelled": 3, "numbers": flood, "dry_run": False})
    assert queue(house) == [early, kiosk]
    assert cancel(house)[1]["cancelled"] == 0, "asked again, there are none left"
    log = (house.call(Role.API, "GET", "/branches/central/events").json or {})["events"]
    ended = [e for e in log if e["type"] == "cancelled"]
    assert [e["number"] for e in ended] == flood
    assert {(e["data"]["by"], e["data"]["reason"]) for e in ended} == {("staff", "a flood")}
    audited = [
        line
        for line in (house.call(Role.ADMIN, "GET", "/branches/central/audit").json or {})["lines"]
        if line["action"] == "phone tickets cancelled"
    ]
    assert [(line["data"]["cancelled"], line["data"]["reason"]) for line in audited] == [(3, "a flood")]


def test_only_a_supervisor_cancels_them_and_only_with_a_span_and_a_reason(house: House) -> None:
    join(house)
    assert cancel(house, role=Role.AGENT)[0] == 403
    now = house.clock()
    for wrong in (
        {"to": (now - timedelta(hours=2)).isoformat()}, {"from": "yesterday"}, {"from": "2026-11-23T09:00:00"},
        {"reason": ""}, {"reason": None}, {"to": None},
    ):  # fmt: skip
        assert cancel(house, **wrong)[0] == 422, wrong
    assert len(queue(house)) == 1


def test_a_trial_and_the_action_are_two_requests_under_one_key(house: House) -> None:
    join(house)
    span = {"from": "2026-11-23T00:00:00Z", "to": "2026-11-24T00:00:00Z", "reason": "x"}
    trial = house.call(Role.SUPERVISOR, "POST", f"{CANCEL}?dry_run=1", span, Idempotency_Key="k")
    action = house.call(Role.SUPERVISOR, "POST", CANCEL, span, Idempotency_Key="k")
    assert trial.status_code == 200
    assert (action.status_code, (action.json or {})["code"]) == (409, "idempotency-conflict")


def counted(pace: PhonePace, clock: HandClock, networks: list[str]) -> int:
    """How many of these networks' phones get a number now."""
    served = 0
    for network in networks:
        with suppress(RateLimited):
            pace.check(network, 1, clock().timestamp())
            served += 1
    return served


def test_a_waiting_room_behind_one_address_is_served_within_minutes() -> None:
    pace, clock = PhonePace(), HandClock()
    assert counted(pace, clock, ["wifi"] * 100) == 100, "at once, also before anybody knows whose network it is"
    pace, clock = PhonePace(), HandClock()
    pace.heard("wifi", 1)
    left = 300
    for _ in range(5):
        left -= counted(pace, clock, ["wifi"] * left)
        clock.forward(60)
    assert left == 0


def test_two_hundred_networks_do_not_take_a_share_in_seconds_nor_keep_honest_phones_out() -> None:
    pace, clock = PhonePace(), HandClock()
    pace.heard("wifi", 1)
    taken = 0
    for _ in range(7):
        taken += counted(pace, clock, [f"network {n}" for n in range(200)] * 5)
        clock.forward(1)
    assert taken <= 140, "of half of 999"
    assert counted(pace, clock, ["wifi"] * 100) == 100, "the waiting room has a measure of its own"
    for _ in range(3):
        clock.forward(60)
        assert counted(pace, clock, [f"network {n}" for n in range(200)] * 5) <= 61
    assert counted(pace, clock, ["an honest phone"]) == 1, "a network that has taken none lately has a chance"


def test_one_network_does_not_take_a_share_in_seconds() -> None:
    pace, clock = PhonePace(), HandClock()
    pace.heard("wifi", 1)
    assert counted(pace, clock, ["wifi"] * 1000) == 120
    clock.forward(10)
    assert counted(pace, clock, ["wifi"] * 1000) == 10
    assert counted(pace, clock, ["another"] * 50) == 50
