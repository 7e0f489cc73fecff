"""Devices are taken out of their branch by an administrator: token, sockets and papers go with them."""

from __future__ import annotations

from typing import Any

from server.domain.people.principal import Role
from tests.scene import a_branch
from tests.web.house import House


def devices(house: House, slug: str = "central") -> dict[tuple[str, str], dict[str, Any]]:
    """(role, name) → the device as it is listed."""
    told = house.client().get(f"/api/v1/branches/{slug}/devices", headers=as_admin(house)).json
    assert told is not None
    return {(each["role"], each["name"]): each for each in told["devices"]}


def as_admin(house: House) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.tokens[Role.ADMIN]}"}


def remove(house: House, device: dict[str, Any], role: Role = Role.ADMIN, slug: str = "central") -> int:
    return house.call(role, "POST", f"/branches/{slug}/devices/{device['id']}/remove").status_code


def test_a_device_that_is_removed_is_gone_from_the_list_and_its_tokens_are_worthless(house: House) -> None:
    house.tokens[Role.DISPLAY] = house.token(Role.DISPLAY, name="Hall")
    second = house.token(Role.DISPLAY, name="Hall")
    board = "/branches/central/board"
    assert house.call(Role.DISPLAY, "GET", board).status_code == 200
    assert remove(house, devices(house)["display", "Hall"]) == 200
    assert ("display", "Hall") not in devices(house)
    assert house.call(Role.DISPLAY, "GET", board).status_code == 401
    answer = house.client().get(f"/api/v1{board}", headers={"Authorization": f"Bearer {second}"})
    assert answer.status_code == 401


def test_a_removed_device_is_told_in_the_audit_and_the_log_and_a_second_removal_finds_none(house: House) -> None:
    house.token(Role.KIOSK, name="Lobby")
    lobby = devices(house)["kiosk", "Lobby"]
    assert remove(house, lobby) == 200
    assert remove(house, lobby) == 404
    lines = house.call(Role.ADMIN, "GET", "/branches/central/audit").json
    assert lines is not None
    assert lines["lines"][0]["action"] == "device removed"
    assert lines["lines"][0]["data"]["name"] == "Lobby"
    events = house.call(Role.ADMIN, "GET", "/branches/central/events?limit=1000").json
    assert events is not None
    assert events["events"][-1]["type"] == "branch_changed"
    assert events["events"][-1]["data"] == {"changes": ["kiosk Lobby: removed"]}


def test_a_device_of_the_same_name_comes_back_with_a_token_of_its_own(house: House) -> None:
    old = house.token(Role.DISPLAY, name="Hall")
    assert remove(house, devices(house)["display", "Hall"]) == 200
    new = house.token(Role.DISPLAY, name="Hall")
    statuses = [
        house.client().get("/api/v1/branches/central/board", headers={"Authorization": f"Bearer {token}"}).status_code
        for token in (old, new)
    ]
    assert statuses == [401, 200]
    assert len(devices(house)["display", "Hall"]["tokens"]) == 1


def test_papers_that_a_removed_printer_has_claimed_and_not_begun_are_printed_by_another(house: House) -> None:
    house.call(Role.PRINTER, "POST", "/printers/status", {"online": True, "paper": "ok"})
    issued = house.call(Role.AGENT, "POST", "/branches/central/tickets", {"service": "A"}).json
    assert issued is not None
    assert house.call(Role.PRINTER, "POST", "/print-jobs/claim", {"wait": 0}).status_code == 200
    assert remove(house, devices(house)["printer", "front"]) == 200
    house.tokens[Role.PRINTER] = house.token(Role.PRINTER, name="back")
    house.call(Role.PRINTER, "POST", "/printers/status", {"online": True, "paper": "ok"})
    claimed = house.call(Role.PRINTER, "POST", "/print-jobs/claim", {"wait": 0})
    assert claimed.status_code == 200
    assert claimed.json is not None and claimed.json["id"] == issued["print_job"]


def test_nobody_but_an_administrator_of_the_branch_removes_a_device(house: House) -> None:
    house.declare(a_branch(slug="elsewhere"))
    house.token(Role.DISPLAY, name="Hall")
    hall = devices(house)["display", "Hall"]
    assert {remove(house, hall, role) for role in Role if role not in (Role.ADMIN, Role.ANONYMOUS)} == {403}
    house.token(Role.DISPLAY, slug="elsewhere", name="Hall")
    assert remove(house, hall, slug="elsewhere") in (403, 404), "an id of another branch"
    assert ("display", "Hall") in devices(house)
