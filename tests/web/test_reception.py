"""Staff issue numbers themselves, and choose the printer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.actions.branch.declaring import declare
from server.domain.declaration import Declaration, DeclaredDevice
from server.domain.people.principal import COMMAND_LINE, Role
from tests.scene import a_branch, a_class
from tests.web.app_server import AppServer


@pytest.fixture
def app(tmp_path: Path) -> Iterator[AppServer]:
    """An application with two printers and one priority class."""
    one = AppServer(tmp_path)
    branch = a_branch(priority_classes=(a_class("senior", 20),))
    devices = (DeclaredDevice("printer", "front", paper=80), DeclaredDevice("printer", "back", paper=58))
    one.store.write(lambda tx: declare(tx, Declaration(branch, devices), COMMAND_LINE), lambda _tx, _r: None)
    one.tokens[Role.KIOSK] = one.token(Role.KIOSK, name="Lobby")
    yield one
    one.application.stop()


def issue(app: AppServer, role: Role, **more: Any) -> Any:
    return app.call(role, "POST", "/branches/central/tickets", {"service": "A"} | more)


def paper_of(app: AppServer, number: str) -> Any:
    jobs = app.call(Role.ADMIN, "GET", f"/branches/central/print-jobs?number={number}").json
    assert jobs is not None
    return jobs["print_jobs"][0]


def test_the_job_is_for_the_printer_that_the_clerk_chose(app: AppServer) -> None:
    answer = issue(app, Role.AGENT, printer="back", priority="senior", language="en")
    assert answer.status_code == 201, answer.text
    assert paper_of(app, "A001")["printer"] == "back"
    assert issue(app, Role.API, printer="front").status_code == 201
    assert paper_of(app, "A002")["printer"] == "front"
    assert issue(app, Role.AGENT).status_code == 201
    assert paper_of(app, "A003")["printer"] is None, "any of the branch"


def test_an_unknown_printer_is_refused_and_no_number_is_used(app: AppServer) -> None:
    refused = issue(app, Role.AGENT, printer="side")
    assert (refused.status_code, refused.json["code"]) == (404, "not-found")
    assert "side" in refused.json["detail"]
    assert issue(app, Role.AGENT).json["number"] == "A001"


def test_a_kiosk_does_not_choose_another_printer(app: AppServer) -> None:
    refused = issue(app, Role.KIOSK, printer="back")
    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
    assert issue(app, Role.KIOSK).json["number"] == "A001"
