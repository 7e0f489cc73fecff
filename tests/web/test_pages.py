"""Pages for people, problems for programs."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from server.store.sql.schema import user
from tests.web.app_server import AppServer

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("address", ["/kiosk/nowhere", "/display/nowhere", "/nothing/at/all"])
def test_a_wrong_address_shows_people_all_screens_and_programs_a_problem(app: AppServer, address: str) -> None:
    shown = app.client().get(address, headers=BROWSER)
    assert shown.status_code == 404 and shown.mimetype == "text/html"
    assert '"missing": true' in shown.text and '"slug": "central"' in shown.text
    response = app.client().get(address, headers={"Accept": "*/*"})
    assert response.status_code == 404 and response.json is not None and response.json["code"] == "not-found"


def test_the_api_responds_to_everybody_in_json(app: AppServer) -> None:
    response = app.client().get("/api/v1/branches/nowhere", headers=BROWSER)
    assert response.status_code == 404 and response.mimetype == "application/problem+json"


def test_a_branch_declared_by_a_file_is_shown_before_it_has_an_administrator(app: AppServer) -> None:
    app.store.write(lambda tx: tx.db.execute(update(user).values(disabled=True)).rowcount, lambda _tx, n: n)
    app.application.stop()
    later = AppServer.restarted(app.application.settings.data, app.clock.now)
    assert later.client().get("/", headers=BROWSER).status_code == 200
    assert later.client().get("/setup", headers=BROWSER).status_code == 200
    later.application.stop()
