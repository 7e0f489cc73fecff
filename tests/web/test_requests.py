"""Valid, invalid and retried requests, and the headers of every response."""

from __future__ import annotations

from typing import Any

import pytest
from openapi_spec_validator import validate

from server.domain.people.principal import Role
from tests.web.app_server import AppServer

ISSUE = "/branches/central/tickets"


def issued(app: AppServer, **more: Any) -> dict[str, Any]:
    answer = app.call(Role.KIOSK, "POST", ISSUE, {"service": "A"} | more)
    assert answer.status_code == 201, answer.text
    assert answer.json is not None
    return dict(answer.json)


def test_the_same_key_twice_gives_one_ticket_with_the_same_token(app: AppServer) -> None:
    first = app.call(Role.KIOSK, "POST", ISSUE, {"service": "A"}, Idempotency_Key="k")
    repeated = app.call(Role.KIOSK, "POST", ISSUE, {"service": "A"}, Idempotency_Key="k")
    assert first.json == repeated.json
    assert first.status_code == repeated.status_code == 201
    other = app.call(Role.KIOSK, "POST", ISSUE, {"service": "A", "language": "en"}, Idempotency_Key="k")
    assert (other.status_code, (other.json or {})["code"]) == (409, "idempotency-conflict")
    assert issued(app)["number"] == "A002"


def test_a_key_belongs_to_the_one_who_sent_it(app: AppServer) -> None:
    first = app.call(Role.KIOSK, "POST", ISSUE, {"service": "A"}, Idempotency_Key="k").json
    second = app.call(Role.API, "POST", ISSUE, {"service": "A"}, Idempotency_Key="k").json
    assert first and second and first["number"] != second["number"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{bad", 400),
        (b"[" * 100_000, 400),
        (b'{"service": "A", "service": "B"}', 400),
        (b'{"service": "A", "priority": NaN}', 400),
        (b'{"service": ' + b"9" * 5000 + b"}", 400),
        (b"[]", 422),
        (b'"text"', 422),
        (b"{}", 422),
        (b'{"service": 1}', 422),
        (b'{"service": "a"}', 422),
        (b'{"service": "A", "sevrice": "B"}', 422),
        (b'{"service": "A", "language": "xx"}', 422),
        (b'{"service": "A", "priority": "nobody"}', 422),
        (b'{"service": "\xff"}', 400),
        (b'{"service": "' + b"A" * 300_000 + b'"}', 413),
    ],
)
def test_bad_bodies_are_refused_as_problems_and_take_no_number(app: AppServer, body: bytes, status: int) -> None:
    answer = app.client().post(
        f"/api/v1{ISSUE}",
        data=body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {app.tokens[Role.KIOSK]}"},
    )
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert (answer.json or {})["code"] == "validation"
    assert issued(app)["number"] == "A001"


def test_control_characters_are_refused_wherever_people_write(app: AppServer) -> None:
    app.call(Role.AGENT, "POST", "/counters/central/1/open")
    for path, body in [
        ("/counters/central/1/pause", {"reason": "\x1b[2J"}),
        ("/counters/central/1/call", {"number": "A001", "reason": "\x10\x04"}),
        ("/counters/central/1/park", {"reason": "\x00"}),
    ]:
        assert app.call(Role.AGENT, "POST", path, body).status_code == 422


@pytest.mark.parametrize("path", ["/counters/central/0/open", "/counters/central/x/open", "/counters/CENTRAL/1/open"])
def test_paths_that_name_nothing_are_refused(app: AppServer, path: str) -> None:
    assert app.call(Role.AGENT, "POST", path).status_code in (404, 422)


def test_a_refusal_contains_the_current_ticket(app: AppServer) -> None:
    issued(app)
    app.call(Role.AGENT, "POST", "/counters/central/1/open")
    called = app.call(Role.AGENT, "POST", "/counters/central/1/call-next").json
    refused = app.call(Role.AGENT, "POST", "/counters/central/1/no-show", {"ticket": "77"}).json
    assert called and refused
    assert refused["code"] == "ticket-state-conflict"
    assert refused["ticket"]["number"] == called["number"]
    assert refused["ticket"].keys() == called.keys() - {"seq"}


def test_a_customer_reads_their_own_ticket_and_no_other(app: AppServer) -> None:
    token = issued(app)["token"]
    mine = app.call(None, "GET", f"/tickets/{token}")
    assert (mine.status_code, (mine.json or {})["number"]) == (200, "A001")
    assert app.call(None, "GET", "/tickets/" + token.replace("1-", "2-", 1)).status_code == 404
    assert (app.call(None, "POST", f"/tickets/{token}/cancel").json or {})["state"] == "cancelled"
    assert app.call(None, "POST", f"/tickets/{token}/cancel").status_code == 200


def test_the_document_is_valid_openapi_and_describes_every_route(app: AppServer) -> None:
    document = app.client().get("/api/v1/openapi.json").json
    assert document is not None
    validate(document)
    assert document["openapi"] == "3.1.0"
    described = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}
    from server.access.rules import ROUTES

    assert {name for name in ROUTES if not any(name in s for s in described)} == set()


def test_no_two_shapes_of_the_document_share_a_name() -> None:
    from server.contract import declaration, requests, shapes

    # of two with one name the document describes one, and clients are told the wrong thing of the other
    names = [
        name
        for module in (declaration, requests, shapes)
        for name, found in vars(module).items()
        if getattr(found, "__module__", "") == module.__name__ and hasattr(found, "model_fields")
    ]
    assert sorted(names) == sorted(set(names))


def test_every_answer_carries_the_headers_that_keep_browsers_safe(app: AppServer) -> None:
    for path in ("/kiosk/central", "/display/central", "/console", "/t/1-x", "/api/v1/branches", "/nowhere"):
        headers = app.client().get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy and "default-src 'none'" in policy
        assert "connect-src 'self' ws://localhost" in policy
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_no_text_can_end_the_block_that_a_page_begins_with(app: AppServer) -> None:
    page = app.client().get("/t/%3C%2Fscript%3E%3Cscript%3Ealert(1)").text
    assert "<script>alert" not in page


def test_metrics_are_for_programs_and_for_this_machine_alone(app: AppServer) -> None:
    assert "giliran_waiting_tickets" in app.client().get("/metrics").text
    forwarded = app.client().get("/metrics", headers={"X-Forwarded-For": "8.8.8.8"})
    assert forwarded.status_code == 403
    allowed = {"X-Forwarded-For": "8.8.8.8", "Authorization": f"Bearer {app.tokens[Role.API]}"}
    assert app.client().get("/metrics", headers=allowed).status_code == 200


def test_a_clock_behind_the_last_event_is_reported(app: AppServer) -> None:
    issued(app)
    assert (app.client().get("/readyz").json or {})["status"] == "ok"
    app.clock.forward(-3600)
    ready = app.client().get("/readyz").json or {}
    assert ready["status"] == "degraded"
    assert "clock" in ready["detail"]


def test_statistics_are_returned_as_csv_on_request(app: AppServer) -> None:
    issued(app)
    app.call(Role.AGENT, "POST", "/counters/central/1/open")
    app.clock.forward(90)
    app.call(Role.AGENT, "POST", "/counters/central/1/call-next")
    answer = app.call(Role.SUPERVISOR, "GET", "/branches/central/statistics?by=service", Accept="text/csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    head, row = answer.text.strip().split("\r\n")
    assert dict(zip(head.split(","), row.split(","), strict=True))["wait_mean"] == "90.0"
    for query in ("from=2026-01-02&to=2026-01-01", "from=nonsense", "by=weather"):
        assert app.call(Role.SUPERVISOR, "GET", f"/branches/central/statistics?{query}").status_code == 422


def test_a_retried_token_creation_is_refused_with_its_own_code(app: AppServer) -> None:
    first, repeated = (
        app.call(Role.ADMIN, "POST", "/branches/central/tokens", {"role": "api"}, Idempotency_Key="one press")
        for _ in range(2)
    )
    assert first.status_code == 201
    assert (repeated.status_code, (repeated.json or {})["code"]) == (409, "already-done")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/branches/central", {"GET"}),
        ("GET", "/branches/central/tickets", {"POST"}),
        ("PATCH", "/branches/central/staff/rani", {"PUT", "DELETE"}),
    ],
)
def test_a_method_that_a_path_does_not_have_is_refused_with_those_that_it_has(
    app: AppServer, method: str, path: str, allowed: set[str]
) -> None:
    answer = app.call(Role.ADMIN, method, path)
    assert (answer.status_code, (answer.json or {})["code"]) == (405, "method-not-allowed")
    assert set(answer.headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"} == allowed


def test_a_ticket_that_ended_too_long_ago_is_refused_with_the_ticket(app: AppServer) -> None:
    number = issued(app)["number"]
    app.call(Role.AGENT, "POST", f"/branches/central/tickets/{number}/cancel")
    app.clock.forward(minutes=121)
    late = app.call(Role.AGENT, "POST", f"/branches/central/tickets/{number}/reinstate")
    assert (late.status_code, (late.json or {})["code"]) == (409, "too-late")
    assert (late.json or {})["ticket"]["state"] == "cancelled"
