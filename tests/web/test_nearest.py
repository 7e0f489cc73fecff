"""Unknown paths and methods are refused with the most similar route."""

from __future__ import annotations

from time import process_time

from werkzeug.routing import Rule

from server.web.nearest import Routes
from tests.web.app_server import AppServer

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


def test_a_mistyped_path_is_refused_with_the_nearest_route(app: AppServer) -> None:
    for path, nearest_route in SLIPS:
        answer = app.client().get(f"/api/v1{path}", headers={"Accept": "text/html"})
        problem = answer.json or {}
        assert (answer.status_code, answer.mimetype, problem["code"]) == (404, "application/problem+json", "not-found")
        assert (
            f"The nearest one is {nearest_route}." in problem["detail"] and "/api/v1/openapi.json" in problem["detail"]
        )
    for path in (
        "/api",
        "/api/",
        "/API/V1/branches",
        "/api/v1",
        "/api/v2/branches",
        "/api/v1/%00%ff",
        "/api/v1/no/such/thing",
    ):
        answer = app.client().get(path)
        assert answer.status_code == 404 and "The nearest one is " in (answer.json or {})["detail"], path


METHODS = [
    ("GET", "/api/v1/counters/central/1/call-next", "POST"),
    ("PATCH", "/api/v1/session", "GET, POST, DELETE"),
    ("DELETE", "/console", "GET"),
    ("FROBNICATE", "/api/v1/branches", "GET"),
]


def test_a_wrong_method_is_refused_with_the_allowed_ones_and_views_keep_their_own_404(app: AppServer) -> None:
    for method, path, allowed in METHODS:
        answer = app.client().open(path, method=method)
        problem = answer.json or {}
        assert (answer.status_code, problem["code"]) == (405, "method-not-allowed")
        assert (
            problem["detail"] == f"{method} is not possible here. This address accepts {allowed}. Nothing was changed."
        )
        assert set(allowed.split(", ")) <= set(answer.headers["Allow"].split(", "))
    problem = app.client().get("/api/v1/branches/nowhere").json or {}
    assert "nowhere" in problem["detail"] and "nearest" not in problem["detail"]


def test_a_very_long_path_takes_no_longer_than_a_usual_one() -> None:
    routes = Routes([Rule(f"/api/v1/{name}/<slug>/queue", methods=["GET"]) for name in ("branches", "counters")])

    def seconds(path: str) -> float:
        before = process_time()
        routes.nearest(path)
        return process_time() - before

    assert max(seconds(f"/api/v1/{part}") for part in ("x/" * 100_000, "y" * 1_000_000, "branches" * 9999)) < 0.5
    assert routes._nearest.cache_info().maxsize == 256
