"""Changes of a running application by time alone, and how they are shown."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from server.app import build
from server.domain.branch import Span
from server.domain.people.principal import Role
from server.settings import Settings
from tests.clock import HandClock
from tests.databases import database_of
from tests.scene import a_branch, a_service
from tests.web.app_server import AppServer

OFFICE: dict[str, Any] = {
    "hours": {d: (Span(time(8), time(15)),) for d in range(5)},
    "special_days": {datetime(2026, 11, 24, tzinfo=UTC).date(): ()},
    "last_ticket": timedelta(minutes=30),
    "services": (a_service(daily_quota=1),),
}
ISSUE = "/branches/central/tickets"


@pytest.fixture
def office(tmp_path: Path) -> Any:
    one = AppServer(tmp_path, a_branch(**OFFICE))
    one.clock.now = wib("23T14:00")
    yield one
    one.application.stop()


def wib(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}+07:00").astimezone(UTC)


def z(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def test_each_refusal_reports_when_numbers_are_issued_again(office: AppServer) -> None:
    opens_again = z(wib("25T08:00"))  # the 24th is a special day: closed

    def refused() -> tuple[Any, ...]:
        answer = office.call(Role.KIOSK, "POST", ISSUE, {"service": "A"})
        assert (answer.status_code, answer.json is not None) == (409, True)
        return tuple((answer.json or {}).get(k) for k in ("code", "opens_at", "closes_at"))

    assert office.call(Role.KIOSK, "POST", ISSUE, {"service": "A"}).status_code == 201
    assert refused() == ("quota-reached", opens_again, None)
    office.clock.now = wib("23T14:30")
    assert refused() == ("service-closed", opens_again, z(wib("23T15:00")))
    office.clock.now = wib("23T15:00:01")
    assert refused() == ("service-closed", opens_again, None)
    told = office.call(None, "GET", "/branches/central").json or {}
    assert (told["open"], told["opens_at"], told["last_ticket_minutes"]) == (False, opens_again, 30)
    assert told["special_days"] == {"2026-11-24": []}
    assert (told["services"][0]["closed_reason"], told["services"][0]["opens_at"]) == ("hours", opens_again)


def test_only_staff_may_allow_a_late_customer(office: AppServer) -> None:
    office.clock.now = wib("23T16:00")
    late = {"service": "A", "after_hours": True}
    assert [office.call(role, "POST", ISSUE, late).status_code for role in (Role.KIOSK, Role.API, Role.AGENT)] == [
        403,
        403,
        403,
    ]
    assert office.call(Role.SUPERVISOR, "POST", ISSUE, late).status_code == 201


def test_changes_by_time_alone_are_pushed_to_screens(office: AppServer) -> None:
    """The board's seq increases at last-ticket time, closing, the turn of the day and opening."""
    told: list[tuple[str, list[str | None]]] = []
    seq = 0
    for moment in ("23T14:29:59", "23T14:30", "23T14:30:01", "23T15:00", "24T00:00", "25T08:00", "25T08:00:01"):
        office.clock.now = wib(moment)
        office.application.tasks.branch_scheduler.sweep()
        board = office.call(Role.KIOSK, "GET", "/branches/central/board").json or {}
        if board["seq"] > seq:
            told.append((moment, [s["closed_reason"] for s in board["services"]]))
        seq = board["seq"]
    assert told[1:] == [
        ("23T14:30", ["last_ticket"]),
        ("23T15:00", ["hours"]),
        ("24T00:00", ["hours"]),
        ("25T08:00", ["no_counter"]),
    ]


def test_a_day_that_ended_while_the_server_was_down_is_ended_before_the_first_response(tmp_path: Path) -> None:
    first = AppServer(tmp_path)
    first.application.tasks.branch_scheduler.sweep()
    first.call(Role.AGENT, "POST", "/counters/central/1/open")
    number = (first.call(Role.KIOSK, "POST", ISSUE, {"service": "A"}).json or {})["number"]
    token = first.tokens[Role.AGENT]
    first.application.stop()
    second = AppServer.restarted(tmp_path, first.clock.now + timedelta(days=3))
    second.application.listen()
    second.tokens[Role.AGENT] = token
    try:
        queue = second.call(Role.AGENT, "GET", "/branches/central/queue").json or {}
        assert ([t["number"] for t in queue["waiting"]], queue["counters"][0]["state"]) == ([], "closed")
        assert number == "A001"
    finally:
        second.application.stop()


def test_a_doubted_clock_is_reported_everywhere_until_a_supervisor_confirms_it(office: AppServer) -> None:
    assert (office.client().get("/readyz").json or {})["status"] == "ok"
    office.clock.now = datetime(2099, 1, 1, 3, tzinfo=UTC)
    office.application.tasks.branch_scheduler.sweep()
    answer = office.call(Role.KIOSK, "POST", ISSUE, {"service": "A"})
    assert (answer.status_code, (answer.json or {})["code"]) == (409, "clock-in-doubt")
    ready = office.client().get("/readyz").json or {}
    assert (ready["status"], "2099-01-01" in ready["detail"]) == ("degraded", True)
    trouble = (office.call(Role.AGENT, "GET", "/branches/central/queue").json or {})["clock_trouble"]
    assert (trouble["fault"], trouble["clock"]) == ("ahead", z(office.clock.now))
    assert office.call(Role.AGENT, "POST", "/branches/central/clock").status_code == 403
    assert office.call(Role.SUPERVISOR, "POST", "/branches/central/clock").status_code == 200
    assert office.call(Role.KIOSK, "POST", ISSUE, {"service": "A"}).status_code == 201
    office.clock.now = wib("23T14:05")
    assert "behind" in (office.client().get("/readyz").json or {})["detail"]
    assert office.call(Role.SUPERVISOR, "POST", "/branches/central/clock").status_code == 200
    assert (office.client().get("/readyz").json or {})["status"] == "ok"


def test_a_clock_jump_expires_no_ticket_and_is_reported_in_log_and_queue(
    tmp_path: Path,
) -> None:
    clock = HandClock(wib("23T10:00"))
    app = AppServer(tmp_path, a_branch(hours={d: (Span(time(8), time(15)),) for d in range(5)}))
    app.application.stop()
    application = build(
        Settings("127.0.0.1", 0, tmp_path, database_of(tmp_path)), clock=clock, monotonic=clock.monotonic
    )
    app.application, app.store, app.clock = application, application.store, clock
    try:
        first = (app.call(Role.KIOSK, "POST", ISSUE, {"service": "A"}).json or {})["number"]
        application.tasks.sweep()
        clock.forward(1)
        clock.now += timedelta(days=1)
        with capture_logs() as lines:
            application.tasks.sweep()
        told = app.call(Role.AGENT, "GET", "/branches/central/queue").json or {}
        assert [t["number"] for t in told["waiting"]] == [first]
        turn = told["day_turn"]
        assert (turn["day"], turn["carried"], turn["expired"], turn["while_working"]) == ("2026-11-24", 1, 0, True)
        assert (turn["clock_before"], turn["clock_after"]) == (z(wib("23T10:00:01")), z(wib("24T10:00:01")))
        (line,) = [line for line in lines if line["event"] == "day_turned"]
        assert (line["log_level"], line["carried"]) == ("warning", 1)
    finally:
        application.stop()
