"""Unusual text in every input: returned unchanged or refused, and never interpreted."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from printer.layout import DOTS, draw
from printer.ticket import Content
from server.actions.paper.print_content import ticket_content
from server.domain.branch import PriorityClass, Service
from server.domain.people.principal import Role
from server.domain.waits.forecast import WaitForecast
from tests.domain.building import a_ticket
from tests.hostile import FORBIDDEN, HARMLESS, LONG
from tests.scene import a_branch
from tests.web.app_server import PASSWORD, AppServer

AT = "/counters/central/1"


@pytest.fixture
def open_house(app: AppServer) -> AppServer:
    """An application with a ticket called at its counter."""
    assert app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}).status_code == 201
    assert app.call(Role.AGENT, "POST", f"{AT}/open").status_code == 200
    return app


def called(app: AppServer, word: str) -> Any:
    return app.call(Role.AGENT, "POST", f"{AT}/call", {"number": "A001", "reason": word})


def test_unusual_text_is_returned_unchanged(open_house: AppServer) -> None:
    app = open_house
    for word in HARMLESS:
        plain = word.strip()
        assert called(app, word).status_code == 200, word
        parked = app.call(Role.AGENT, "POST", f"{AT}/park", {"reason": word})
        assert parked.status_code == 200 and (parked.json or {})["note"] == plain
        log = app.call(Role.ADMIN, "GET", "/branches/central/events?limit=1000").json or {}
        assert [e["data"].get("reason") for e in log["events"] if e["type"] in ("called", "parked")][-2:] == [plain] * 2
        put = app.call(Role.SUPERVISOR, "PUT", "/branches/central/notice", {"notice": {"en": word}})
        assert put.status_code == 200
        board = app.call(Role.DISPLAY, "GET", "/branches/central/board").json or {}
        assert board["notice"] == {"en": plain}
        made = app.call(Role.ADMIN, "POST", "/branches/central/tokens", {"role": "display", "name": word})
        assert (made.json or {})["name"] == plain
        devices = app.call(Role.SUPERVISOR, "GET", "/branches/central/devices").json or {}
        assert plain in [device["name"] for device in devices["devices"]]
        assert app.call(Role.AGENT, "POST", f"{AT}/pause", {"reason": word}).status_code == 200
        assert (app.call(Role.AGENT, "GET", AT).json or {})["reason"] == plain
        assert app.call(Role.AGENT, "POST", f"{AT}/open").status_code == 200


def test_terminal_control_characters_are_refused_everywhere_and_change_nothing(open_house: AppServer) -> None:
    app = open_house
    before = app.call(Role.ADMIN, "GET", "/branches/central/events").json
    for word in [*FORBIDDEN, LONG]:
        for role, method, path, body in [
            (Role.AGENT, "POST", f"{AT}/call", {"number": "A001", "reason": word}),
            (Role.AGENT, "POST", f"{AT}/park", {"reason": word}),
            (Role.AGENT, "POST", f"{AT}/pause", {"reason": word}),
            (Role.AGENT, "POST", f"{AT}/finish", {"outcome": word}),
            (Role.AGENT, "POST", f"{AT}/transfer", {"service": "A", "note": word}),
            (Role.AGENT, "POST", "/branches/central/tickets/A001/transfer", {"service": "A", "note": word}),
            (Role.SUPERVISOR, "PUT", "/branches/central/notice", {"notice": {"en": word}}),
            (Role.ADMIN, "POST", "/branches/central/tokens", {"role": "display", "name": word}),
        ]:
            answer = app.call(role, method, path, body)
            assert answer.status_code == 422, (path, word)
            assert word not in answer.text and len(answer.text) < 2000
    assert app.call(Role.ADMIN, "GET", "/branches/central/events").json == before


def test_an_account_may_have_any_name_that_is_a_name(app: AppServer) -> None:
    admin, headers = app.signed_in("the admin")
    for word in [*HARMLESS, *FORBIDDEN]:
        path = f"/api/v1/branches/central/staff/{quote(word, safe='')}"
        status = admin.put(path, json={"role": "agent"}, headers=headers).status_code
        # a slash is a place's, whatever it is written as
        assert status == (422 if word in FORBIDDEN else 404 if "/" in word else 200), word
    names = {member["name"] for member in (admin.get("/api/v1/branches/central/staff").json or {})["staff"]}
    assert names >= {word.strip() for word in HARMLESS if "/" not in word}


def test_input_cannot_split_headers_or_inject_into_pages(app: AppServer) -> None:
    client = app.client()
    for word in [*HARMLESS, *FORBIDDEN]:
        for path in ("/t/", "/kiosk/", "/display/", "/api/v1/branches/", "/api/v1/tickets/"):
            answer = client.get(path + quote(word, safe=""))
            assert answer.status_code in (200, 404, 422, 429), (path, word)
            assert "Set-Cookie" not in answer.headers
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            if answer.mimetype not in ("application/json", "application/problem+json"):
                assert "<script>alert" not in answer.text and "<svg" not in answer.text and "<img" not in answer.text
    forged = client.get("/console", headers={"Host": "evil.example; script-src *"})
    assert "script-src *" not in forged.headers["Content-Security-Policy"]


def test_a_table_for_a_spreadsheet_holds_no_formula(app: AppServer) -> None:
    for by in ("counter", "service", "hour", "day"):
        answer = app.call(Role.SUPERVISOR, "GET", f"/branches/central/statistics?by={by}", Accept="text/csv")
        assert answer.headers["Content-Disposition"].isascii()
        for row in csv.reader(io.StringIO(answer.text)):
            assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in row)


def test_a_strangers_host_header_reaches_no_paper_and_no_other_code(tmp_path: Path) -> None:
    app = AppServer(tmp_path, a_branch(join_by_phone=True))
    forged = {"Host": "evil.example"}
    own = app.client().post("/api/v1/branches/central/tickets", json={"service": "A"}, headers=forged)
    assert own.status_code == 421
    own = app.client().post("/api/v1/branches/central/tickets", json={"service": "A"}, headers={"Host": "evil.local"})
    assert (own.json or {})["print_job"] is None
    assert app.call(Role.PRINTER, "POST", "/print-jobs/claim").status_code == 204
    kiosk = app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}).json or {}
    assert kiosk["url"].startswith("http://localhost/t/")
    forwarded = {"X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "https", "Forwarded": "host=evil.example"}
    kiosk = app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"}, **forwarded).json or {}
    assert kiosk["url"].startswith("http://localhost/t/"), "no proxy is trusted here"
    app.application.stop()


@pytest.mark.parametrize("paper", [58, 80])
def test_unusual_text_is_printed_and_controls_no_printer(paper: int) -> None:
    for word in [*HARMLESS, LONG[:100], *FORBIDDEN]:
        content = Content(
            language="en", branch=word, label=word, number="A001", service=word, ahead=word, issued=word,
            url="http://x/t/1", scan=word, priority=word, wait=word, note=word, reprint=word,
        )  # fmt: skip
        image = draw(content, paper)
        assert image.mode == "1" and image.width == DOTS[paper]
        assert image.height < 6000


def test_the_texts_of_a_paper_are_the_branchs_own_unchanged() -> None:
    for word in HARMLESS:
        name = {"en": word, "id": word}
        branch = a_branch(
            name=name,
            services=(Service("A", name),),
            priority_classes=(PriorityClass("vip", name, timedelta(minutes=5)),),
        )
        content = ticket_content(branch, a_ticket(priority="vip"), "http://x", WaitForecast(0, None), reprint=False)
        assert (content["branch"], content["service"], content["priority"]) == (word, word, word)


def test_nobody_signs_in_by_sql(app: AppServer) -> None:
    for word in ("' OR 1=1 --", "the agent' --", "the agent\x00", "' UNION SELECT * FROM token --"):
        answer = app.client().post("/api/v1/session", json={"name": word, "password": PASSWORD})
        assert answer.status_code in (401, 422)
