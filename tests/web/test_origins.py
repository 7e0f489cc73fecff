"""Origins behind a misconfigured proxy: refused, with the missing header, logged once."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from server.access.origins import Origins, missing_header
from tests.web.app_server import AppServer


def environ(host: str = "queue.example", scheme: str = "http", **headers: str) -> dict[str, Any]:
    return {"wsgi.url_scheme": scheme, "HTTP_HOST": host} | {f"HTTP_{name}": value for name, value in headers.items()}


@pytest.mark.parametrize(
    ("origin", "asked", "header"),
    [
        ("http://queue.example", environ(), None),
        ("https://queue.example", environ(), "X-Forwarded-Proto"),
        ("https://queue.example", environ(X_FORWARDED_PROTO="https"), None),
        ("https://queue.example", environ(X_FORWARDED_PROTO="HTTPS"), None),
        ("https://queue.example", environ("queue.example:443", X_FORWARDED_PROTO="https"), None),
        ("https://queue.example:8443", environ("queue.example", X_FORWARDED_PROTO="https"), "Host"),
        ("https://queue.example", environ("127.0.0.1:8080", X_FORWARDED_PROTO="https"), "Host"),
        ("https://queue.example", environ("x", X_FORWARDED_HOST="queue.example", X_FORWARDED_PROTO="https"), None),
        ("http://evil.example", environ(), "Host"),
        ("null", environ(), "Host"),
        ("null", environ(""), "Host"),
    ],
)
def test_the_header_that_a_proxy_omits_is_found_from_the_origin(
    origin: str, asked: dict[str, Any], header: str | None
) -> None:
    origins = Origins()
    assert missing_header(origin, origins.own(asked)) == header
    assert origins.accepts_socket(origin, asked) is (header is None)
    assert origins.accepts_change(origin, asked) is (header != "Host")


def test_each_kind_is_logged_once_with_advice() -> None:
    origins = Origins()
    with capture_logs() as lines:
        for _ in range(3):
            origins.accepts_socket("https://queue.example", environ())
            origins.accepts_socket("https://queue.example", environ("inside", X_FORWARDED_FOR="10.0.0.1"))
        origins.accepts_socket(None, environ())
        origins.accepts_socket("http://queue.example", environ())
    assert [line["missing_header"] for line in lines] == ["X-Forwarded-Proto", "Host"]
    assert "pass X-Forwarded-Proto on" in lines[0]["what_to_do"] and "--trust-proxy" not in lines[0]["what_to_do"]
    assert "--trust-proxy" in lines[1]["what_to_do"], "its headers come, and nobody believes them"


def test_an_address_that_the_server_was_started_with_is_its_own() -> None:
    assert Origins("https://queue.example/").accepts_socket("https://queue.example", environ("127.0.0.1:8080"))


def test_a_refused_change_names_the_header(app: AppServer) -> None:
    client, headers = app.signed_in()
    with capture_logs() as lines:
        for _ in range(2):
            answer = client.post(
                "/api/v1/counters/central/1/open", json={}, headers={**headers, "Origin": "https://queue.example"}
            )
            assert answer.status_code == 403 and answer.json is not None
            assert "must forward the header Host" in answer.json["detail"]
    assert [line["missing_header"] for line in lines if line["event"] == "page_refused"] == ["Host"]


def test_a_page_contains_the_origins_that_the_server_accepts(app: AppServer) -> None:
    page = app.client().get("/console", headers={"Host": "queue.local"})
    assert '"origins": ["http://queue.local"]' in page.text
