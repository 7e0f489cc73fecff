"""HTTPS: browsers stay with it, and cookies are protected from other sites."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from server.domain.people.principal import Role
from tests.web.app_server import PASSWORD, AppServer

HTTPS = "https://localhost"
SESSION = "/api/v1/session"
OPEN = "/api/v1/counters/central/1/open"


def sign_in(client: FlaskClient, base: str, name: str = "the agent") -> tuple[dict[str, str], list[str]]:
    """Return (the headers of changes, the cookies that were set)."""
    answer = client.post(SESSION, json={"name": name, "password": PASSWORD}, base_url=base)
    assert answer.status_code == 200 and answer.json is not None
    return {"X-CSRF-Token": answer.json["csrf_token"]}, answer.headers.getlist("Set-Cookie")


def attributes(cookie: str) -> set[str]:
    return {part.strip().partition("=")[0].lower() + part.strip().partition("=")[1] for part in cookie.split(";")[1:]}


def test_over_https_cookies_have_the_host_prefix_and_over_http_none(app: AppServer) -> None:
    _, secure = sign_in(app.client(), HTTPS)
    assert [c.partition("=")[0] for c in secure] == ["__Host-giliran_session", "__Host-giliran_browser"]
    for cookie in secure:
        assert "Secure" in cookie and "Path=/;" in f"{cookie};" and "HttpOnly" in cookie and "SameSite=Strict" in cookie
        assert "domain=" not in attributes(cookie)
    _, plain = sign_in(app.client(), "http://localhost")
    assert [c.partition("=")[0] for c in plain] == ["giliran_session", "giliran_browser"]
    assert not any("Secure" in cookie for cookie in plain)


@pytest.mark.parametrize("base", [HTTPS, "http://localhost"])
def test_a_session_works_over_both_schemes(app: AppServer, base: str) -> None:
    client = app.client()
    headers, _ = sign_in(client, base)
    assert client.get(SESSION, base_url=base).status_code == 200
    assert client.post(OPEN, json={}, base_url=base).status_code == 403, "the CSRF token is asked for"
    assert client.post(OPEN, json={}, headers=headers, base_url=base).status_code == 200
    assert client.delete(SESSION, headers=headers, base_url=base).status_code == 200
    assert client.get(SESSION, base_url=base).status_code == 401
    assert client.get_cookie("giliran_session") is None and client.get_cookie("__Host-giliran_session") is None


def test_an_unprefixed_cookie_is_ignored_over_https(app: AppServer) -> None:
    client = app.client()
    sign_in(client, "http://localhost")
    assert client.get(SESSION, base_url=HTTPS).status_code == 401
    assert client.get(SESSION).status_code == 200


def test_a_browser_with_the_old_cookie_signs_in_anew_and_its_old_session_ends(app: AppServer) -> None:
    client, (other, _) = app.client(), app.signed_in()
    sign_in(client, "http://localhost")
    cookie = client.get_cookie("giliran_session")
    assert cookie is not None
    sign_in(client, HTTPS)
    assert client.get(SESSION, base_url=HTTPS).status_code == 200
    assert client.get_cookie("giliran_session") is None
    thief = app.client()
    thief.set_cookie("giliran_session", cookie.value)
    assert (thief.get(SESSION).status_code, other.get(SESSION).status_code) == (401, 200)


def test_a_browser_is_known_over_https_too(app: AppServer) -> None:
    client = app.client()
    sign_in(client, HTTPS)
    client.delete_cookie("__Host-giliran_session")
    wrong = {"name": "the agent", "password": "wrong wrong"}
    for n in range(30):
        app.client().post(SESSION, json=wrong, environ_base={"REMOTE_ADDR": f"10.0.0.{n % 3}"})
    right = {"name": "the agent", "password": PASSWORD}
    stranger = app.client().post(SESSION, json=right, base_url=HTTPS, environ_base={"REMOTE_ADDR": "10.0.0.9"})
    assert stranger.status_code == 429
    signed_in = client.post(SESSION, json=right, base_url=HTTPS, environ_base={"REMOTE_ADDR": "10.0.0.9"})
    assert signed_in.status_code == 200


def test_only_responses_over_https_have_strict_transport_security(app: AppServer) -> None:
    for path in ("/", "/console", "/healthz", "/nowhere", "/api/v1/branches", "/api/v1/nothing"):
        header = app.client().get(path, base_url=HTTPS).headers["Strict-Transport-Security"]
        assert int(header.removeprefix("max-age=")) >= 180 * 24 * 3600
        assert "Strict-Transport-Security" not in app.client().get(path).headers
        untrusted = app.client().get(path, headers={"X-Forwarded-Proto": "https"})
        assert "Strict-Transport-Security" not in untrusted.headers, "anybody may write that"


def test_a_token_needs_no_cookie_over_either_scheme(app: AppServer) -> None:
    shown = {"Authorization": f"Bearer {app.tokens[Role.AGENT]}"}
    for base in (HTTPS, "http://localhost"):
        assert app.client().post(OPEN, json={}, headers=shown, base_url=base).status_code == 200
