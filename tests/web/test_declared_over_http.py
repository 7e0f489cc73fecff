"""Limits and messages of the apply file hold over HTTP too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from server.domain.people.principal import Role
from tests.scene import a_branch
from tests.web.app_server import AppServer

LANGUAGES = [f"{a}{b}" for a in "abcdefghijklmnopqrstuvwxyz" for b in "abcdefghijklmnopqrstuvwxyz"]


@pytest.fixture
def a_house(tmp_path: Path) -> Iterator[Callable[..., AppServer]]:
    """Return a function that builds an application with a branch."""
    made: list[AppServer] = []

    def make(**branch: Any) -> AppServer:
        made.append(AppServer(tmp_path, a_branch(**branch)))
        return made[-1]

    yield make
    for app in made:
        app.application.stop()


def put(app: AppServer, notice: Any) -> Any:
    return app.call(Role.SUPERVISOR, "PUT", "/branches/central/notice", {"notice": notice})


@pytest.mark.parametrize(
    ("notice", "said"),
    [
        (dict.fromkeys(LANGUAGES, "x" * 50), "notice must have at most 12"),
        ({"id": "Selamat datang", "de": "Willkommen"}, "Branch central does not speak de; it speaks id, en."),
        ({"id": "x" * 501}, "notice.id must have at most 500 characters"),
        ({"EN": "x"}, "must be a language code such as id or en"),
    ],
)
def test_a_notice_in_unknown_languages_is_refused_and_the_old_one_stays(
    app: AppServer, notice: dict[str, str], said: str
) -> None:
    assert put(app, {"id": "Selamat datang"}).status_code == 200
    answer = put(app, notice)
    assert (answer.status_code, answer.json["code"]) == (422, "validation")
    assert said in answer.json["detail"]
    board = app.call(Role.DISPLAY, "GET", "/branches/central/board")
    assert (board.json or {})["notice"] == {"id": "Selamat datang"}


def test_the_longest_possible_notice_keeps_the_board_small(a_house: Callable[..., AppServer]) -> None:
    app = a_house(languages=tuple(LANGUAGES[:12]))
    assert put(app, dict.fromkeys(LANGUAGES[:12], "x" * 500)).status_code == 200
    assert len(app.call(Role.DISPLAY, "GET", "/branches/central/board").data) < 16_000


def set_up(app: AppServer, **branch: Any) -> Any:
    sent = {
        "code": "WRONG", "name": "tuti", "password": "a long enough one",
        "branch": {"slug": "x", "name": {"id": "X"}} | branch,
        "services": [{"code": "A", "name": {"id": "A"}}],
        "counters": [{"number": 1, "name": {"id": "1"}, "services": ["A"]}],
    }  # fmt: skip
    return app.call(None, "POST", "/setup", sent)


def test_an_unknown_time_zone_is_refused_with_suggestions(app: AppServer) -> None:
    answer = set_up(app, timezone="WIB")
    assert (answer.status_code, answer.json["code"]) == (422, "validation")
    assert answer.json["detail"] == (
        "branch.timezone 'WIB' is no time zone; perhaps you mean Asia/Jakarta or Asia/Pontianak"
    )
    (fault,) = answer.json["errors"]
    assert (fault["where"], fault["nearest"]) == ("branch.timezone", ["Asia/Jakarta", "Asia/Pontianak"])


def test_a_call_in_a_language_without_a_voice_is_silent_and_no_error(a_house: Callable[..., AppServer]) -> None:
    app = a_house(languages=("su", "id"))
    app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"})
    app.call(Role.AGENT, "POST", "/counters/central/1/open")
    app.call(Role.AGENT, "POST", "/counters/central/1/call-next")
    seq = (app.call(Role.DISPLAY, "GET", "/branches/central/board").json or {})["calls"][0]["seq"]
    said = {
        language: app.call(Role.DISPLAY, "GET", f"/speech/central/{seq}.wav?language={language}")
        for language in ("su", "id", "en")
    }
    assert {language: answer.status_code for language, answer in said.items()} == {"su": 204, "id": 200, "en": 422}
    assert (said["su"].data, said["id"].data[:4]) == (b"", b"RIFF")
    short = app.call(Role.DISPLAY, "GET", f"/speech/central/{seq}.wav?language=id&short=true")
    assert (short.status_code, short.data[:4]) == (200, b"RIFF")
    assert len(short.data) < len(said["id"].data) / 2


JARGON = ("browser (or proxy)", "Did not attempt", "Failed to decode", "method is not allowed for the requested URL")


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("POST", "/session", {"data": b"{", "content_type": "application/json"}, 400),
        ("POST", "/session", {"data": b"x=1", "content_type": "text/plain"}, 400),
        ("PATCH", "/session", {}, 405),
        ("DELETE", "/branches", {}, 405),
        ("POST", "/session", {"data": b"\xff\xfe", "content_type": "application/json"}, 400),
        ("GET", "/branches/central/statistics?by=x", {}, 422),
        ("GET", "/branches/central/statistics?from=x", {}, 422),
        ("GET", "/branches/central/events?after=x", {}, 422),
    ],
)
def test_no_refusal_has_the_text_of_a_library(
    app: AppServer, method: str, path: str, sent: dict[str, Any], status: int
) -> None:
    headers = {"Authorization": f"Bearer {app.tokens[Role.ADMIN]}"}
    answer = app.client().open(f"/api/v1{path}", method=method, headers=headers, **sent)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    detail = (answer.json or {})["detail"]
    assert not any(words in detail for words in JARGON), detail
    assert "Input should" not in detail and "JSON object" not in detail


@pytest.fixture
def told(app: AppServer) -> AppServer:
    """An application with Indonesian first, and a wait of ninety and a half seconds."""
    app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": "A"})
    app.call(Role.AGENT, "POST", "/counters/central/1/open")
    app.clock.forward(90.5)
    app.call(Role.AGENT, "POST", "/counters/central/1/call-next")
    return app


SPREADSHEET = "\ufeffservice;issued;called;served;no_show;wait_n;wait_mean;"
PLAIN = "service,issued,called,served,no_show,wait_n,wait_mean,"


@pytest.mark.parametrize(
    ("accept", "query", "begins"),
    [
        ("text/csv", "", PLAIN),
        ("text/csv", "&format=csv", PLAIN),
        ("application/json", "&format=csv", PLAIN),
        ("text/csv; dialect=spreadsheet", "", SPREADSHEET),
        ("text/csv;dialect=spreadsheet, application/json;q=0.5", "", SPREADSHEET),
        ("text/csv", "&format=spreadsheet", SPREADSHEET),
        ("*/*", "&format=spreadsheet", SPREADSHEET),
        ("*/*", "", '{"rows":'),
        ("application/json, text/csv;q=0.9", "", '{"rows":'),
        ("text/csv", "&format=json", '{"rows":'),
    ],
)
def test_a_report_has_the_requested_format(told: AppServer, accept: str, query: str, begins: str) -> None:
    answer = told.call(Role.SUPERVISOR, "GET", f"/branches/central/statistics?by=service{query}", Accept=accept)
    assert answer.status_code == 200
    assert answer.data.decode().startswith(begins)
    assert "Accept" in answer.headers["Vary"]
    if begins is SPREADSHEET:
        assert answer.content_type == "text/csv; charset=utf-8; dialect=spreadsheet"
        assert "\r\nA;1;1;0;0;1;90,5;90,5;90,5;" in answer.data.decode()
    if begins is PLAIN:
        assert answer.content_type == "text/csv; charset=utf-8"
        assert "\r\nA,1,1,0,0,1,90.5,90.5,90.5," in answer.data.decode()


def test_an_unknown_format_is_refused(told: AppServer) -> None:
    answer = told.call(Role.SUPERVISOR, "GET", "/branches/central/statistics?format=ods")
    assert (answer.status_code, (answer.json or {})["detail"]) == (422, "format must be 'json', 'csv' or 'spreadsheet'")
