"""Requests for undeclared host names: refused everywhere with an explanation, and used in no address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from werkzeug.test import EnvironBuilder, run_wsgi_app

from server.access import rules
from server.app import Application, build
from server.domain.people.principal import Role
from server.settings import Settings
from tests.databases import database_of
from tests.scene import a_branch
from tests.web.app_server import AppServer, a_path

EVIL = {"Host": "evil.example"}


def test_every_route_refuses_a_name_that_is_not_declared_and_says_how_to_declare_it(app: AppServer) -> None:
    routes = {rule.endpoint: rule for rule in app.application.flask.url_map.iter_rules()}
    asked = 0
    for endpoint, rule in routes.items():
        path = rule.rule if not endpoint.startswith("api.") else f"/api/v1{a_path(rule.rule)}"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            for role in (None, Role.ADMIN):
                shown = {"Authorization": f"Bearer {app.tokens[role]}"} if role else {}
                answer = app.client().open(path, method=method, json={}, headers={**EVIL, **shown})
                assert answer.status_code == 421 and answer.mimetype == "application/problem+json", rule
                payload = answer.json or {}
                assert payload["code"] == "host-not-declared"
                assert (
                    "giliran run --allowed-hosts evil.example" in payload["detail"]
                    and "public_url" in payload["detail"]
                )
                asked += 1
    assert asked > 2 * len(rules.ROUTES)
    for path in ("/socket.io/?EIO=4&transport=polling", "/nowhere"):
        assert app.client().get(path, headers=EVIL).status_code == 421


def test_a_browser_gets_a_page_in_both_languages_that_is_no_script(app: AppServer) -> None:
    answer = app.client().get("/console", headers={**EVIL, "Accept": "text/html,*/*;q=0.8"})
    assert (answer.status_code, answer.mimetype) == (421, "text/html")
    for words in ('lang="id"', 'lang="en"', "belum didaftarkan", "not declared", "--allowed-hosts evil.example"):
        assert words in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    forged = app.client().get("/", headers={"Host": "<script>x</script>", "Accept": "text/html"})
    assert forged.status_code == 421 and "<script" not in forged.text
    assert app.client().head("/", headers=EVIL).data == b""


def test_it_is_logged_once_a_minute_with_what_to_do(app: AppServer) -> None:
    with capture_logs() as lines:
        for _ in range(3):
            app.client().get("/", headers={"Host": "a.name.example"}, environ_base={"REMOTE_ADDR": "10.9.8.7"})
    (line,) = [line for line in lines if line["event"] == "host_refused"]
    assert (line["host"], line["address"]) == ("a.name.example", "10.9.8.7") and "--allowed-hosts" in line["what_to_do"]


def test_no_address_is_made_from_the_host_of_an_untrusted_proxy(app: AppServer) -> None:
    for headers in (
        {"X_Forwarded_Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
        {"X_Host": "evil.example"},
    ):
        payload = app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}, **headers)
        assert payload.status_code == 201 and "evil.example" not in payload.text
        job = app.call(Role.PRINTER, "POST", "/print-jobs/claim")
        assert "evil.example" not in job.text
    page = app.client().get("/console//evil.example")
    assert not page.headers.get("Location", "").startswith(("//", "http://evil"))


def test_a_declared_name_is_accepted_without_a_restart_and_only_while_declared(app: AppServer) -> None:
    def status(host: str) -> int:
        return app.client().get("/healthz", headers={"Host": host}).status_code

    assert status("queue.example:8080") == 421
    app.declare(a_branch(slug="north", public_url="https://queue.example"))
    app.application.tasks.look_at_hosts()
    assert (status("queue.example:8080"), status("queue.example"), status("other.example")) == (200, 200, 421)
    app.declare(a_branch(slug="north", public_url="https://other.example"))
    app.application.tasks.look_at_hosts()
    assert (status("queue.example"), status("other.example")) == (421, 200)


def test_declared_names_are_read_in_the_background_and_never_by_a_request(
    app: AppServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.declare(a_branch(slug="north", public_url="https://queue.example"))
    app.application.tasks.sweep()
    monkeypatch.setattr(app.store, "read", lambda _query: pytest.fail("a statement for a request"))
    assert app.client().get("/healthz", headers={"Host": "queue.example"}).status_code == 200
    assert app.client().get("/healthz", headers=EVIL).status_code == 421


@pytest.fixture
def behind_a_proxy(tmp_path: Path) -> Iterator[Application]:
    settings = Settings(
        "127.0.0.1", 0, tmp_path, database_of(tmp_path), trust_proxy=True, allowed_hosts=("*.example.org",)
    )
    application = build(settings)
    yield application
    application.stop()


def test_behind_a_trusted_proxy_the_requested_name_counts(
    behind_a_proxy: Application,
) -> None:
    def status(host: str, **headers: str) -> int:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return behind_a_proxy.flask.test_client().get("/healthz", headers={"Host": host, **sent}).status_code

    assert status("giliran.internal") == 421
    assert status("giliran.internal", X_Forwarded_Host="queue.example.org") == 200
    assert status("queue.example.org", X_Forwarded_Host="evil.example") == 421
    assert status("127.0.0.1:8081", X_Forwarded_Host="evil.example") == 421
    assert status("queue.example.org") == 200


def test_an_invented_scheme_of_a_proxy_appears_in_no_address(behind_a_proxy: Application) -> None:
    for scheme_sent, scheme in (
        ("javascript", "ws"),
        ("wss", "wss"),
        ("https", "wss"),
        ("HTTPS", "wss"),
        ("http", "ws"),
    ):
        page = behind_a_proxy.flask.test_client().get("/setup", headers={"X-Forwarded-Proto": scheme_sent})
        assert f"connect-src 'self' {scheme}://localhost;" in page.headers["Content-Security-Policy"]


def test_an_http_1_0_client_without_a_host_gets_no_address_of_the_machines_name(app: AppServer) -> None:
    shown = {"Authorization": f"Bearer {app.tokens[Role.KIOSK]}"}
    asked = EnvironBuilder(
        "/api/v1/branches/central/tickets", method="POST", json={"service": "A"}, headers=list(shown.items())
    )
    environ = asked.get_environ() | {"SERVER_NAME": "box.example", "SERVER_PROTOCOL": "HTTP/1.0"}
    del environ["HTTP_HOST"]
    body, status, _ = run_wsgi_app(app.application.flask, environ, buffered=True)
    assert status.startswith("201 ") and b"box.example" not in b"".join(body)
