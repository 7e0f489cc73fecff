"""Retired and renamed branches over HTTP and on the pages: clear refusals, never a server error."""

from __future__ import annotations

from server.actions.branch.branch_life import rename_branch, retire_branch
from server.actions.branch.declaring import declare, effects_of
from server.domain.declaration import Declaration, DeclaredDevice
from server.domain.people.principal import COMMAND_LINE, Role
from tests.databases import dump
from tests.scene import a_branch, a_branch_without, a_counter, a_service
from tests.web.app_server import AppServer
from tests.web.test_pages import BROWSER

BOTH = a_branch(services=(a_service("A"), a_service("B")), counters=(a_counter(1, "A"), a_counter(2, "B")))


def retire(app: AppServer) -> None:
    app.store.write(lambda tx: retire_branch(tx, "central", COMMAND_LINE), lambda *_: None)


def rename(app: AppServer) -> None:
    app.store.write(lambda tx: rename_branch(tx, "central", "main", COMMAND_LINE), lambda *_: None)


def declared(app: AppServer, branch: object) -> None:
    app.store.write(lambda tx: declare(tx, Declaration(branch), COMMAND_LINE), lambda *_: None)  # type: ignore[arg-type]


def test_a_retired_branch_reports_it_and_its_tickets_show_their_end(app: AppServer) -> None:
    ticket = app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}).json
    assert ticket is not None
    retire(app)
    response = app.client().get("/api/v1/branches/central")
    assert (response.status_code, response.json and response.json["code"]) == (404, "not-found")
    assert "closed for good" in response.text
    page = app.client().get("/kiosk/central", headers=BROWSER)
    assert page.status_code == 404 and '"closed_for_good": true' in page.text
    mine = app.client().get(f"/api/v1/tickets/{ticket['token']}").json
    assert mine is not None and (mine["state"], mine["branch_retired"]) == ("expired", True)
    assert app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}).status_code == 401


def test_a_renamed_branch_works_under_its_old_slug_and_redirects_device_pages(app: AppServer) -> None:
    rename(app)
    for slug in ("central", "main"):
        response = app.client().get(f"/api/v1/branches/{slug}").json
        assert response is not None and response["slug"] == "main"
        issued = app.call(
            Role.KIOSK, "POST", f"/branches/{slug}/tickets", {"service": "A"}, Idempotency_Key=f"k {slug}"
        )
        assert issued.status_code == 201
    for page in ("kiosk", "display"):
        led = app.client().get(f"/{page}/central", headers=BROWSER)
        assert (led.status_code, led.headers["Location"]) == (302, f"/{page}/main")
    opened = app.call(Role.AGENT, "POST", "/counters/central/1/open", {})
    assert opened.status_code == 200


def test_a_ticket_of_a_service_without_a_counter_is_marked(app: AppServer) -> None:
    declared(app, BOTH)
    ticket = app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "B"}).json
    assert ticket is not None and not ticket["without_counter"]
    declared(app, a_branch_without(BOTH, counters=[2], services="B"))
    mine = app.client().get(f"/api/v1/tickets/{ticket['token']}").json
    assert mine is not None and mine["without_counter"] and mine["estimate"] is None
    queue = app.call(Role.AGENT, "GET", "/branches/central/queue").json
    assert queue is not None and [t["without_counter"] for t in queue["waiting"]] == [True]


def test_a_reading_screen_is_in_use_and_recorded_once_a_day(app: AppServer) -> None:
    def asked() -> list[str]:
        declaration = Declaration(BOTH, devices=(DeclaredDevice("printer", "front", paper=80),))
        return app.store.write(lambda tx: effects_of(tx, declaration), lambda _tx, effects: effects)

    assert asked() == []
    app.call(Role.DISPLAY, "GET", "/branches/central/board")
    app.application.tasks.record_screens()
    assert asked() == ["branch central: display display is in use; its token would be revoked."]
    seen = dump(app.store)
    app.clock.forward(60)
    app.call(Role.DISPLAY, "GET", "/branches/central/board")
    app.application.tasks.record_screens()
    assert dump(app.store) == seen
    app.clock.forward(days=8)
    assert asked() == []


def test_a_retry_after_its_counter_was_retired_gets_a_clear_refusal(app: AppServer) -> None:
    declared(app, BOTH)
    app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "B"})
    app.call(Role.AGENT, "POST", "/counters/central/2/open", {})
    first = app.call(Role.AGENT, "POST", "/counters/central/2/call-next", {}, Idempotency_Key="k").json
    declared(app, a_branch_without(BOTH, counters=[2], services="B"))
    retried = app.call(Role.AGENT, "POST", "/counters/central/2/call-next", {}, Idempotency_Key="k")
    assert first is not None and retried.json is not None
    assert (retried.status_code, retried.json["id"], retried.json["state"]) == (200, first["id"], "waiting")
    assert app.call(Role.AGENT, "POST", "/counters/central/2/finish", {}).status_code == 404
