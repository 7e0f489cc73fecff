"""A path or method that no route has is answered with the route that was probably meant."""

from __future__ import annotations

from time import process_time

from werkzeug.routing import Rule

from server.web.nearest import Routes
from tests.web.house import House

SLIPS = [
    ("/branch/central/queue", "GET /api/v1/branches/{slug}/queue"),
    ("/branches/central/ticket", "POST /api/v1/branches/{slug}/tickets"),
    ("/branches/", "GET /api/v1/branches"),
    ("/central/queue", "GET /api/v1/branches/{slug}/queue"),
    ("/counters/central/1/callnext", "POST /api/v1/counters/{slug}/{number}/call-next"),
    ("/branches/central/counters/1/call-next", "POST /api/v1/counters/{slug}/{number}/call-next"),
    ("/branches/central/stats", "GET /api/v1/branches/{slug}/statistics"),
    ("/printjobs/claim", "POST /api/v1/print-jobs/claim"),
    ("/Session/", "GET, POST, DELETE /api/v1/session"),
    ("/speech/central/7.mp3", "GET /api/v1/speech/{slug}/{seq}.wav"),
]


def test_a_slip_is_answered_with_the_route_that_was_meant(house: House) -> None:
    for path, nearest in SLIPS:
        answer = house.client().get(f"/api/v1{path}", headers={"Accept": "text/html"})
        told = answer.json or {}
        assert (answer.status_code, answer.mimetype, told["code"]) == (404, "application/problem+json", "not-found")
        assert f"The nearest one is {nearest}." in told["detail"] and "/api/v1/openapi.json" in told["detail"]
    for path in (
        "/api",
        "/api/",
        "/API/V1/branches",
        "/api/v1",
        "/api/v2/branches",
        "/api/v1/%00%ff",
        "/api/v1/no/such/thing",
    ):
        answer = house.client().get(path)
        assert answer.status_code == 404 and "The nearest one is " in (answer.json or {})["detail"], path


METHODS = [
    ("GET", "/api/v1/counters/central/1/call-next", "POST"),
    ("PATCH", "/api/v1/session", "GET, POST, DELETE"),
    ("DELETE", "/console", "GET"),
    ("FROBNICATE", "/api/v1/branches", "GET"),
]


def test_a_wrong_method_is_answered_with_the_right_ones_and_a_view_speaks_for_itself(house: House) -> None:
    for method, path, allowed in METHODS:
        answer = house.client().open(path, method=method)
        told = answer.json or {}
        assert (answer.status_code, told["code"]) == (405, "method-not-allowed")
        assert told["detail"] == f"{method} is not taken here. This address takes {allowed}. Nothing was changed."
        assert set(allowed.split(", ")) <= set(answer.headers["Allow"].split(", "))
    told = house.client().get("/api/v1/branches/nowhere").json or {}
    assert "nowhere" in told["detail"] and "nearest" not in told["detail"]


def test_a_path_of_any_length_takes_no_longer_than_a_usual_one() -> None:
    routes = Routes([Rule(f"/api/v1/{name}/<slug>/queue", methods=["GET"]) for name in ("branches", "counters")])

    def seconds(path: str) -> float:
        before = process_time()
        routes.nearest(path)
        return process_time() - before

    assert max(seconds(f"/api/v1/{part}") for part in ("x/" * 100_000, "y" * 1_000_000, "branches" * 9999)) < 0.5
    assert routes._nearest.cache_info().maxsize == 256
