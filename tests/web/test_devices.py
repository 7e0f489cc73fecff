"""Administrators remove devices, with their tokens, sockets and print jobs."""

from __future__ import annotations

from typing import Any

from server.domain.people.principal import Role
from tests.scene import a_branch
from tests.web.app_server import AppServer


def devices(app: AppServer, slug: str = "central") -> dict[tuple[str, str], dict[str, Any]]:
    """Return (role, name) → listed device."""
    listed = app.client().get(f"/api/v1/branches/{slug}/devices", headers=as_admin(app)).json
    assert listed is not None
    return {(device["role"], device["name"]): device for device in listed["devices"]}


def as_admin(app: AppServer) -> dict[str, str]:
    return {"Authorization": f"Bearer {app.tokens[Role.ADMIN]}"}


def remove(app: AppServer, device: dict[str, Any], role: Role = Role.ADMIN, slug: str = "central") -> int:
    return app.call(role, "POST", f"/branches/{slug}/devices/{device['id']}/remove").status_code


def test_a_removed_device_is_not_listed_and_its_tokens_are_invalid(app: AppServer) -> None:
    app.tokens[Role.DISPLAY] = app.token(Role.DISPLAY, name="Hall")
    second = app.token(Role.DISPLAY, name="Hall")
    board = "/branches/central/board"
    assert app.call(Role.DISPLAY, "GET", board).status_code == 200
    assert remove(app, devices(app)["display", "Hall"]) == 200
    assert ("display", "Hall") not in devices(app)
    assert app.call(Role.DISPLAY, "GET", board).status_code == 401
    answer = app.client().get(f"/api/v1{board}", headers={"Authorization": f"Bearer {second}"})
    assert answer.status_code == 401


def test_removing_a_device_is_audited_and_logged_and_a_second_removal_finds_none(app: AppServer) -> None:
    app.token(Role.KIOSK, name="Lobby")
    lobby = devices(app)["kiosk", "Lobby"]
    assert remove(app, lobby) == 200
    assert remove(app, lobby) == 404
    lines = app.call(Role.ADMIN, "GET", "/branches/central/audit").json
    assert lines is not None
    assert lines["lines"][0]["action"] == "device removed"
    assert lines["lines"][0]["data"]["name"] == "Lobby"
    events = app.call(Role.ADMIN, "GET", "/branches/central/events?limit=1000").json
    assert events is not None
    assert events["events"][-1]["type"] == "branch_changed"
    assert events["events"][-1]["data"] == {"changes": ["kiosk Lobby: removed"]}


def test_a_device_of_the_same_name_comes_back_with_a_token_of_its_own(app: AppServer) -> None:
    old = app.token(Role.DISPLAY, name="Hall")
    assert remove(app, devices(app)["display", "Hall"]) == 200
    new = app.token(Role.DISPLAY, name="Hall")
    statuses = [
        app.client().get("/api/v1/branches/central/board", headers={"Authorization": f"Bearer {token}"}).status_code
        for token in (old, new)
    ]
    assert statuses == [401, 200]
    assert len(devices(app)["display", "Hall"]["tokens"]) == 1


def test_claimed_jobs_of_a_removed_printer_are_printed_by_another(app: AppServer) -> None:
    app.call(Role.PRINTER, "POST", "/printers/status", {"online": True, "paper": "ok"})
    issued = app.call(Role.AGENT, "POST", "/branches/central/tickets", {"service": "A"}).json
    assert issued is not None
    assert app.call(Role.PRINTER, "POST", "/print-jobs/claim", {"wait": 0}).status_code == 200
    assert remove(app, devices(app)["printer", "front"]) == 200
    app.tokens[Role.PRINTER] = app.token(Role.PRINTER, name="back")
    app.call(Role.PRINTER, "POST", "/printers/status", {"online": True, "paper": "ok"})
    claimed = app.call(Role.PRINTER, "POST", "/print-jobs/claim", {"wait": 0})
    assert claimed.status_code == 200
    assert claimed.json is not None and claimed.json["id"] == issued["print_job"]


def test_nobody_but_an_administrator_of_the_branch_removes_a_device(app: AppServer) -> None:
    app.declare(a_branch(slug="elsewhere"))
    app.token(Role.DISPLAY, name="Hall")
    hall = devices(app)["display", "Hall"]
    assert {remove(app, hall, role) for role in Role if role not in (Role.ADMIN, Role.ANONYMOUS)} == {403}
    app.token(Role.DISPLAY, slug="elsewhere", name="Hall")
    assert remove(app, hall, slug="elsewhere") in (403, 404), "an id of another branch"
    assert ("display", "Hall") in devices(app)
