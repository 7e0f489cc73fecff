"""Spellings of ticket numbers, on every route that takes one."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from server.actions.branch.declaring import declare
from server.domain.branch import Branch
from server.domain.declaration import Declaration
from server.domain.people.principal import COMMAND_LINE, Role
from server.store.tables import tickets
from tests.scene import a_branch, a_counter, a_service
from tests.web.app_server import AppServer

TYPED = ["a 1", "A-001", "A/1", "a.01", "1", "\uff21\uff11"]


def two_services(last_number: int = 999) -> Branch:
    services = (a_service("A", last_number=last_number), a_service("B", last_number=last_number))
    return a_branch(services=services, counters=(a_counter(1, ["A", "B"]),))


@pytest.fixture
def lines(tmp_path: Path) -> Any:
    """An application with the services A and B, and an open counter."""
    app = AppServer(tmp_path, two_services())
    app.call(Role.AGENT, "POST", "/counters/central/1/open")
    yield app
    app.application.stop()


def issue(app: AppServer, service: str = "A") -> str:
    response = app.call(Role.KIOSK, "POST", "/branches/central/tickets", {"service": service})
    return str((response.json or {})["number"])


def by_number(app: AppServer, typed: str, verb: str, **body: Any) -> tuple[int, dict[str, Any]]:
    path = f"/branches/central/tickets/{quote(typed, safe='')}/{verb}"
    answer = app.call(Role.AGENT, "POST", path, body)
    return answer.status_code, answer.json or {}


@pytest.mark.parametrize("typed", TYPED)
def test_every_route_by_number_accepts_all_spellings(lines: AppServer, typed: str) -> None:
    assert issue(lines) == "A001"
    for verb, body in (
        ("transfer", {"service": "B"}), ("reprint", {}), ("cancel", {}), ("reinstate", {}),
    ):  # fmt: skip
        status, payload = by_number(lines, typed, verb, **body)
        assert (status, payload["number"]) == (200, "A001"), (verb, payload)
    called = lines.call(Role.AGENT, "POST", "/counters/central/1/call", {"number": typed, "reason": "asked"})
    assert (called.status_code, (called.json or {})["number"]) == (200, "A001")
    papers = lines.call(Role.AGENT, "GET", f"/branches/central/print-jobs?number={quote(typed)}").json or {}
    assert [job["number"] for job in papers["print_jobs"]] == ["A001"]


def test_a_number_that_several_services_have_is_refused_with_the_candidates(lines: AppServer) -> None:
    assert [issue(lines, "A"), issue(lines, "B")] == ["A001", "B001"]
    status, problem = by_number(lines, "1", "cancel")
    assert (status, problem["code"], problem["candidates"]) == (409, "ambiguous-number", ["A001", "B001"])
    assert "A001 or B001" in problem["detail"]
    call = lines.call(Role.AGENT, "POST", "/counters/central/1/call", {"number": "01", "reason": "x"})
    assert (call.status_code, (call.json or {})["candidates"]) == (409, ["A001", "B001"])
    assert by_number(lines, "b1", "cancel")[1]["number"] == "B001"
    # who is open is meant, and for coming back who has gone
    assert by_number(lines, "1", "reinstate")[1]["number"] == "B001"
    by_number(lines, "b1", "cancel")
    assert by_number(lines, "1", "cancel")[1]["number"] == "A001"


def test_of_two_widths_the_exact_one_is_preferred(lines: AppServer) -> None:
    assert issue(lines) == "A001"
    lines.store.write(lambda tx: declare(tx, Declaration(two_services(99)), COMMAND_LINE), lambda _tx, _r: None)
    assert issue(lines) == "A02"
    assert by_number(lines, "A002", "reprint")[1]["number"] == "A02"
    assert by_number(lines, "a1", "reprint")[1]["number"] == "A001"
    lines.store.write(lambda tx: declare(tx, Declaration(two_services(9999)), COMMAND_LINE), lambda _tx, _r: None)
    assert issue(lines) == "A0003"


def test_an_exact_number_is_found_without_a_second_search(lines: AppServer, monkeypatch: pytest.MonkeyPatch) -> None:
    number = issue(lines)
    issue(lines, "B")

    def searched(*_: object) -> None:
        raise AssertionError("a machine's exact number costs one look by the index")

    monkeypatch.setattr(tickets, "_similar_numbers", searched)
    for exact in (number, number.lower(), f" {number} "):
        assert by_number(lines, exact, "reprint")[0] == 200


@pytest.mark.parametrize("typed", ["A999", "999", "x", "A", "A+1", "\u0410001"])
def test_an_unused_number_is_not_found(lines: AppServer, typed: str) -> None:
    issue(lines)
    assert by_number(lines, typed, "cancel")[0] == 404
    papers = lines.call(Role.AGENT, "GET", f"/branches/central/print-jobs?number={quote(typed)}")
    assert (papers.json or {}) == {"print_jobs": []}
