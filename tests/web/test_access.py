"""Who may call what: the table, tried on every route with every role, and the doors around it."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from server.access import rules
from server.domain.people.principal import Role
from tests.passwords import quick_hash
from tests.web.app_server import PASSWORD, ROLES, AppServer, a_path

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
    "confirm_clock": {Role.SUPERVISOR, Role.ADMIN},
    "create_token": {Role.ADMIN},
    "list_audit": {Role.ADMIN},
}
"""The public contract's own column "who", written a second time so that a slip in the table is seen."""


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_route_accepts_the_roles_of_its_row_and_no_others(app: AppServer, role: Role | None) -> None:
    tried = 0
    for rule in app.application.flask.url_map.iter_rules():
        name = rule.endpoint.removeprefix("api.")
        if name not in rules.ROUTES:
            continue
        method = next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        status = app.call(role, method, a_path(rule.rule)).status_code
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


def test_a_change_by_cookie_needs_the_sessions_own_csrf_token(app: AppServer) -> None:
    client, headers = app.signed_in()
    opened = "/api/v1/counters/central/1/open"
    assert client.post(opened, json={}).status_code == 403
    assert client.post(opened, json={}, headers={"X-CSRF-Token": "wrong"}).status_code == 403
    assert client.post(opened, json={}, headers=headers).status_code == 200


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(app: AppServer) -> None:
    answer = app.client().post("/api/v1/session", json={"name": "the agent", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert "Secure" not in cookie
    answer = app.client().post(
        "/api/v1/session", json={"name": "the agent", "password": PASSWORD}, base_url="https://queue.local"
    )
    assert "Secure" in answer.headers["Set-Cookie"]


def test_signing_in_again_ends_the_session_before(app: AppServer) -> None:
    client, _ = app.signed_in()
    old = client.get_cookie("giliran_session")
    assert old is not None
    assert client.post("/api/v1/session", json={"name": "the agent", "password": PASSWORD}).status_code == 200
    new = client.get_cookie("giliran_session")
    assert new is not None and new.value != old.value
    stale = app.client()
    stale.set_cookie("giliran_session", old.value)
    assert stale.get("/api/v1/session").status_code == 401


def test_signing_out_ends_the_session(app: AppServer) -> None:
    client, headers = app.signed_in()
    assert client.delete("/api/v1/session", headers=headers).status_code == 200
    assert client.get("/api/v1/session").status_code == 401


def test_a_session_expires_after_fourteen_hours(app: AppServer) -> None:
    client, _ = app.signed_in()
    app.clock.forward(hours=13, minutes=59)
    assert client.get("/api/v1/session").status_code == 200
    app.clock.forward(minutes=2)
    assert client.get("/api/v1/session").status_code == 401


def test_a_revoked_token_is_worthless_at_once(app: AppServer) -> None:
    listed = app.call(Role.ADMIN, "GET", "/branches/central/devices").json
    assert listed is not None
    (printer,) = (d for d in listed["devices"] if d["role"] == "printer")
    token_id = printer["tokens"][0]["id"]
    assert app.call(Role.PRINTER, "POST", "/print-jobs/claim").status_code == 204
    assert app.call(Role.ADMIN, "DELETE", f"/branches/central/tokens/{token_id}").status_code == 200
    assert app.call(Role.PRINTER, "POST", "/print-jobs/claim").status_code == 401


@pytest.mark.sqlite
def test_secrets_are_not_in_the_database(app: AppServer) -> None:
    app.signed_in()
    database = (app.application.settings.data / "giliran.db").read_bytes()
    database += (app.application.settings.data / "giliran.db-wal").read_bytes()
    for secret in (*app.tokens.values(), PASSWORD):
        assert secret.encode() not in database


def guess(client: FlaskClient, name: str, address: str = "127.0.0.1") -> int:
    wrong = {"name": name, "password": "wrong wrong"}
    return client.post("/api/v1/session", json=wrong, environ_base={"REMOTE_ADDR": address}).status_code


def comes_in(client: FlaskClient, name: str, address: str = "127.0.0.1") -> int:
    right = {"name": name, "password": PASSWORD}
    return client.post("/api/v1/session", json=right, environ_base={"REMOTE_ADDR": address}).status_code


def test_guessing_passwords_is_slowed_down_and_the_right_one_still_works_later(app: AppServer) -> None:
    client = app.client()
    codes = [guess(client, "The Agent") for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2
    answer = client.post("/api/v1/session", json={"name": "the agent", "password": PASSWORD})
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0
    app.clock.forward(minutes=1)
    app.signed_in()


def test_strangers_cannot_lock_out_an_account_in_a_known_browser(app: AppServer) -> None:
    counter_pc = app.client()
    for name in ("the agent", "the supervisor"):
        assert comes_in(counter_pc, name, "192.168.1.20") == 200
    stranger, neighbour = app.client(), app.client()
    while guess(stranger, "the agent", "203.0.113.9") != 429:
        pass  # until the account's measure is full
    for n in range(80):
        guess(neighbour, f"somebody {n}", "192.168.1.20")
    assert guess(neighbour, "somebody else", "192.168.1.20") == 429, "the branch's own address is full as well"
    assert comes_in(counter_pc, "the agent", "192.168.1.20") == 200
    assert comes_in(counter_pc, "the supervisor", "192.168.1.20") == 200
    forged = app.client()
    forged.set_cookie("giliran_browser", "somebody." + "0" * 64, path="/api/v1")
    assert comes_in(forged, "the agent", "192.168.1.20") == 429
    while (code := guess(counter_pc, "the agent", "192.168.1.20")) != 429:
        assert code == 401, "a known browser is slowed down by itself"


def test_twenty_staff_behind_one_address_sign_in_at_once_despite_typing_errors(app: AppServer) -> None:
    hashed = quick_hash(PASSWORD)
    for n in range(20):
        app.user(f"clerk {n}", Role.AGENT, hashed)
    for n in range(20):
        client = app.client()
        assert [guess(client, f"clerk {n}"), comes_in(client, f"clerk {n}")] == [401, 200]


def test_all_addresses_of_an_ipv6_network_share_one_limit(app: AppServer) -> None:
    codes = [guess(app.client(), f"name {n}", f"2001:db8::{n:x}:{n:x}") for n in range(41)]
    assert codes == [401] * 40 + [429]
    assert guess(app.client(), "name", "2001:db8:0:1::1") == 401
    assert guess(app.client(), "name", "::ffff:203.0.113.7") == 401


def test_a_page_of_another_site_changes_nothing_and_signs_nobody_in(app: AppServer) -> None:
    client, headers = app.signed_in()
    opened = "/api/v1/counters/central/1/open"
    for origin in ("http://evil.example", "http://localhost:8081", "null", "http://localhost.evil.example", "x"):
        assert client.post(opened, json={}, headers={**headers, "Origin": origin}).status_code == 403
        right = {"name": "the agent", "password": PASSWORD}
        answer = app.client().post("/api/v1/session", json=right, headers={"Origin": origin})
        assert answer.status_code == 403 and "Set-Cookie" not in answer.headers
    assert client.post(opened, json={}, headers={**headers, "Origin": "http://localhost"}).status_code == 200
    proxied = {**headers, "Origin": "https://queue.example", "X-Forwarded-Host": "queue.example"}
    assert client.post(opened, json={}, headers=proxied).status_code == 200


def test_an_account_signs_out_of_every_machine_at_once(app: AppServer) -> None:
    (here, headers), (there, _), (other, _) = app.signed_in(), app.signed_in(), app.signed_in("the admin")
    assert here.delete("/api/v1/session?everywhere=true", headers=headers).status_code == 200
    assert [c.get("/api/v1/session").status_code for c in (here, there, other)] == [401, 401, 200]


def audit(app: AppServer) -> list[dict[str, Any]]:
    answer = app.call(Role.ADMIN, "GET", "/branches/central/audit")
    assert answer.json is not None, answer.text
    return [line | {"id": "", "at": ""} for line in answer.json["lines"]]


def test_every_administrative_change_is_audited_with_its_actor(app: AppServer) -> None:
    admin, headers = app.signed_in("the admin")
    before = audit(app)
    at = "/api/v1/branches/central"
    made = admin.post(f"{at}/tokens", json={"role": "api", "name": "report"}, headers=headers).json
    assert made is not None
    changes: list[tuple[str, str, Any]] = [
        ("DELETE", f"{at}/tokens/{made['id']}", None),
        ("PUT", f"{at}/notice", {"notice": {"en": "Closed at noon"}}),
        ("PUT", f"{at}/staff/budi", {"role": "agent", "password": PASSWORD}),
        ("PUT", f"{at}/staff/budi", {"role": "supervisor"}),
        ("DELETE", f"{at}/staff/budi", None),
    ]
    for method, path, body in changes:
        assert admin.open(path, method=method, json=body, headers=headers).status_code == 200, path
    lines = audit(app)
    audited = [(line["actor"], line["action"], line["data"]) for line in reversed(lines[: len(lines) - len(before)])]
    agent, supervisor = ({"role": role, "branch": "central"} for role in ("agent", "supervisor"))
    token = {"token": int(made["id"]), "role": "api", "name": "report"}
    assert audited == [
        ("the admin", "token created", token),
        ("the admin", "token revoked", token),
        ("the admin", "notice", {"before": None, "after": {"en": "Closed at noon"}}),
        ("the admin", "account saved", {"name": "budi", "before": None, "after": agent, "password": "set"}),
        ("the admin", "account saved", {"name": "budi", "before": agent, "after": supervisor}),
        ("the admin", "account disabled", {"name": "budi", "before": supervisor, "after": None}),
    ]
    assert PASSWORD not in str(lines) and made["token"] not in str(lines)


def test_the_audit_is_read_page_by_page(app: AppServer) -> None:
    whole = app.call(Role.ADMIN, "GET", "/branches/central/audit?limit=200").json
    assert whole is not None
    read: list[dict[str, Any]] = []
    while True:
        after = f"&before={read[-1]['id']}" if read else ""
        page = app.call(Role.ADMIN, "GET", f"/branches/central/audit?limit=2{after}").json
        assert page is not None
        if not page["lines"]:
            break
        read += page["lines"]
    assert read == whole["lines"] and len(read) > 4


def test_a_wrong_name_and_a_wrong_password_get_the_same_response(app: AppServer) -> None:
    bodies = [
        app.client().post("/api/v1/session", json={"name": name, "password": "wrong wrong"}).json
        for name in ("the agent", "nobody at all")
    ]
    assert bodies[0] == bodies[1]


def test_devices_are_not_limited_and_strangers_are(app: AppServer) -> None:
    assert {app.call(Role.DISPLAY, "GET", "/branches/central/board").status_code for _ in range(200)} == {200}
    assert 429 in {app.call(None, "GET", "/branches").status_code for _ in range(200)}
