"""Access to metrics: this machine sees all, a branch's program its branch, a stranger none."""

from __future__ import annotations

import pytest

from server.access import credentials
from server.domain.people.principal import Role
from tests.scene import a_branch
from tests.web.app_server import AppServer

ELSEWHERE = {"REMOTE_ADDR": "10.0.0.9"}
OF_SERVER = ("process_resident_memory_bytes", "giliran_sockets", "giliran_http_requests_total", "giliran_throttled")


def names(text: str) -> set[str]:
    return {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def two(app: AppServer) -> AppServer:
    """An application with a second branch."""
    app.declare(a_branch(slug="north"))
    return app


def test_this_machine_sees_everything(two: AppServer) -> None:
    text = two.client().get("/metrics").text
    assert 'branch="central"' in text and 'branch="north"' in text
    assert names(text).issuperset(OF_SERVER)


def test_a_branchs_program_sees_its_own_branch_and_nothing_of_the_server_wherever_it_runs(two: AppServer) -> None:
    north = bearer(two.token(Role.API, "north"))
    for address in ("127.0.0.1", "10.0.0.9"):
        answer = two.client().get("/metrics", headers=north, environ_base={"REMOTE_ADDR": address})
        assert answer.status_code == 200
        assert names(answer.text) == {"giliran_waiting_tickets", "giliran_clock_behind_seconds"}
        assert 'branch="north"' in answer.text and "central" not in answer.text


def test_an_account_sees_the_branches_that_it_administers_and_who_administers_all_sees_the_server(
    two: AppServer,
) -> None:
    def seen(name: str) -> str:
        client, _ = two.signed_in(name)
        return client.get("/metrics", environ_base=ELSEWHERE).text

    two.member("the admin", "north", Role.SUPERVISOR)
    text = seen("the admin")
    assert 'branch="central"' in text and "north" not in text and "process_" not in text
    two.boss()
    text = seen("the boss")
    assert 'branch="central"' in text and 'branch="north"' in text and names(text).issuperset(OF_SERVER)


def test_everybody_else_sees_none(two: AppServer) -> None:
    for role in (None, Role.KIOSK, Role.DISPLAY, Role.PRINTER, Role.AGENT, Role.SUPERVISOR):
        shown = {} if role is None else bearer(two.tokens[role])
        answer = two.client().get("/metrics", headers=shown, environ_base=ELSEWHERE)
        assert answer.status_code == 403 and "giliran_" not in answer.text, role


def test_requests_through_a_local_proxy_count_as_foreign(two: AppServer) -> None:
    key = bearer(credentials.status_key(two.application.web.server_key))
    assert two.client().get("/status", headers=key).status_code == 200
    for header in ("Via", "Forwarded", "X-Real-IP", "X-Forwarded-Proto", "CF-Ray", "True-Client-IP"):
        sent = {header: "1.1 squid"}
        assert two.client().get("/metrics", headers=sent).status_code == 403, header
        assert two.client().get("/status", headers={**key, **sent}).status_code == 403, header
        assert two.client().get("/healthz", headers=sent).status_code == 200, header


def test_details_of_faults_are_shown_to_this_machine_alone(two: AppServer) -> None:
    two.store.trouble = "The disk is full."
    here, proxied = two.client().get("/readyz"), two.client().get("/readyz", headers={"Via": "1.1 squid"})
    assert (here.status_code, proxied.status_code) == (503, 503)
    assert (here.json or {})["detail"] == "The disk is full."
    assert (proxied.json or {})["status"] == "unavailable" and "disk" not in proxied.text
    two.store.trouble = None
    assert (two.client().get("/readyz", environ_base=ELSEWHERE).json or {})["detail"] is None
