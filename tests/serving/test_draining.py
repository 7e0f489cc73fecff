"""A stopping server finishes running requests, and refuses new ones."""

from __future__ import annotations

import json
from typing import Any

import gevent
from gevent.event import Event

from server.serving.draining import DrainMiddleware


class RecordedResponse:
    """The status and headers of an application's answer."""

    status = ""
    headers: dict[str, str]

    def __call__(self, status: str, headers: list[tuple[str, str]]) -> None:
        self.status, self.headers = status, dict(headers)


def test_stopping_waits_for_running_requests_and_refuses_new_ones() -> None:
    started, may_end = Event(), Event()

    def app(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        started.set()
        may_end.wait()
        start_response("200 OK", [])
        return [b"done"]

    middleware = DrainMiddleware(app)
    first = RecordedResponse()
    request = gevent.spawn(middleware, {}, first)
    started.wait()
    ending = gevent.spawn(middleware.end, 60)
    gevent.sleep(0)
    refused = RecordedResponse()
    (body,) = middleware({}, refused)
    assert refused.status.startswith("503") and refused.headers["Connection"] == "close"
    assert json.loads(body)["code"] == "unavailable"
    assert not ending.ready()
    may_end.set()
    assert ending.get(timeout=60) is True
    assert request.value == [b"done"] and first.status == "200 OK"


def test_a_request_that_never_ends_is_not_waited_for_without_end() -> None:
    middleware = DrainMiddleware(lambda _environ, _start_response: Event().wait())
    stuck = gevent.spawn(middleware, {}, RecordedResponse())
    gevent.sleep(0)
    assert middleware.end(0.01) is False
    stuck.kill()
