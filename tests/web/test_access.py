"""Who may call what: the table, tried on every route with every role, and the doors around it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from server.access import rules
from server.domain.principal import Role
from tests.web.house import PASSWORD, ROLES, House

STAFF = {Role.AGENT, Role.SUPERVISOR, Role.ADMIN}
EXPECTED = {
    "call_next": STAFF,
    "issue_ticket": STAFF | {Role.KIOSK, Role.API},
    "get_board": STAFF | {Role.KIOSK, Role.DISPLAY},
    "get_queue": STAFF,
    "list_events": {Role.API, Role.ADMIN},
    "get_statistics": {Role.SUPERVISOR, Role.ADMIN},
    "claim_print_job": {Role.PRINTER},
    "get_print_job": STAFF | {Role.KIOSK, Role.API},
    "get_speech": {Role.DISPLAY},
    "put_notice": {Role.SUPERVISOR, Role.ADMIN},
    "create_token": {Role.ADMIN},
}
"""The public contract's own column "who", written a second time so that a slip in the table is seen."""


def a_path(rule: str) -> str:
    """A path of the rule, with things that exist."""
    filled = rule.removeprefix("/api/v1")
    for name, value in {"slug": "central", "token": "1-x", "id": "1", "name": "nobody", "seq": "1"}.items():
        filled = filled.replace(f"<{name}>", value)
    return filled.replace("/tickets/<number>", "/tickets/A001").replace("<number>", "1")


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_route_lets_in_the_roles_of_its_row_and_nobody_else(house: House, role: Role | None) -> None:
    tried = 0
    for rule in house.application.flask.url_map.iter_rules():
        name = rule.endpoint.removeprefix("api.")
        if name not in rules.ROUTES:
            continue
        method = next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        status = house.call(role, method, a_path(rule.rule)).status_code
        allowed = rules.may(role or Role.ANONYMOUS, rules.ROUTES[name])
        if role is None:
            assert (status == 401) is not allowed or name == "get_session", (name, status)
        else:
            assert (status == 403) is not allowed or name in ("set_up", "get_print_job"), (name, status)
        assert status < 500, (name, status)
        tried += 1
    assert tried == len(rules.ROUTES)


@pytest.mark.parametrize(("name", "roles"), EXPECTED.items())
def test_the_table_says_what_the_contract_says(name: str, roles: set[Role]) -> None:
    assert {r for r in ROLES if rules.may(r, rules.ROUTES[name])} == roles


def test_a_change_by_cookie_needs_the_sessions_own_csrf_token(house: House) -> None:
    client, headers = house.signed_in()
    opened = "/api/v1/counters/central/1/open"
    assert client.post(opened, json={}).status_code == 403
    assert client.post(opened, json={}, headers={"X-CSRF-Token": "wrong"}).status_code == 403
    assert client.post(opened, json={}, headers=headers).status_code == 200


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    answer = house.client().post("/api/v1/session", json={"name": "the agent", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert "Secure" not in cookie
    answer = house.client().post(
        "/api/v1/session", json={"name": "the agent", "password": PASSWORD}, base_url="https://queue.example"
    )
    assert "Secure" in answer.headers["Set-Cookie"]


def test_signing_in_again_ends_the_session_before(house: House) -> None:
    client, _ = house.signed_in()
    old = client.get_cookie("giliran_session")
    assert old is not None
    assert client.post("/api/v1/session", json={"name": "the agent", "password": PASSWORD}).status_code == 200
    new = client.get_cookie("giliran_session")
    assert new is not None and new.value != old.value
    stale = house.client()
    stale.set_cookie("giliran_session", old.value)
    assert stale.get("/api/v1/session").status_code == 401


def test_signing_out_ends_the_session(house: House) -> None:
    client, headers = house.signed_in()
    assert client.delete("/api/v1/session", headers=headers).status_code == 200
    assert client.get("/api/v1/session").status_code == 401


def test_a_session_ends_after_a_long_day(house: House) -> None:
    client, _ = house.signed_in()
    house.clock.forward(hours=13, minutes=59)
    assert client.get("/api/v1/session").status_code == 200
    house.clock.forward(minutes=2)
    assert client.get("/api/v1/session").status_code == 401


def test_a_revoked_token_is_worthless_at_once(house: House) -> None:
    listed = house.call(Role.ADMIN, "GET", "/branches/central/devices").json
    assert listed is not None
    (printer,) = (d for d in listed["devices"] if d["role"] == "printer")
    token_id = printer["tokens"][0]["id"]
    assert house.call(Role.PRINTER, "POST", "/print-jobs/claim").status_code == 204
    assert house.call(Role.ADMIN, "DELETE", f"/branches/central/tokens/{token_id}").status_code == 200
    assert house.call(Role.PRINTER, "POST", "/print-jobs/claim").status_code == 401


def test_secrets_are_not_in_the_database(house: House) -> None:
    house.signed_in()
    database = (house.application.settings.data / "giliran.db").read_bytes()
    database += (house.application.settings.data / "giliran.db-wal").read_bytes()
    for secret in (*house.tokens.values(), PASSWORD):
        assert secret.encode() not in database


def guess(client: FlaskClient, name: str) -> int:
    return client.post("/api/v1/session", json={"name": name, "password": "wrong wrong"}).status_code


def test_guessing_passwords_is_slowed_down_and_the_right_one_still_works_later(house: House) -> None:
    client = house.client()
    codes = [guess(client, "the agent") for _ in range(12)]
    assert codes[:10] == [401] * 10
    assert codes[-1] == 429
    answer = client.post("/api/v1/session", json={"name": "the agent", "password": PASSWORD})
    assert int(answer.headers["Retry-After"]) > 0
    house.clock.forward(minutes=6)
    house.signed_in()


def test_a_wrong_name_and_a_wrong_password_are_told_alike(house: House) -> None:
    bodies = [
        house.client().post("/api/v1/session", json={"name": name, "password": "wrong wrong"}).json
        for name in ("the agent", "nobody at all")
    ]
    assert bodies[0] == bodies[1]


def test_devices_are_not_limited_and_strangers_are(house: House) -> None:
    assert {house.call(Role.DISPLAY, "GET", "/branches/central/board").status_code for _ in range(200)} == {200}
    assert 429 in {house.call(None, "GET", "/branches").status_code for _ in range(200)}
