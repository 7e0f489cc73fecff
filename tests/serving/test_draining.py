"""A server that stops answers what it has begun, and begins nothing more."""

from __future__ import annotations

import json
from typing import Any

import gevent
from gevent.event import Event

from server.serving.draining import DrainMiddleware


class Told:
    """What an application has said to its server."""

    status = ""
    headers: dict[str, str]

    def __call__(self, status: str, headers: list[tuple[str, str]]) -> None:
        self.status, self.headers = status, dict(headers)


def test_stopping_waits_for_what_is_under_way_and_refuses_what_comes_meanwhile() -> None:
    begun, may_end = Event(), Event()

    def app(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        begun.set()
        may_end.wait()
        start_response("200 OK", [])
        return [b"done"]

    under_way = DrainMiddleware(app)
    first = Told()
    request = gevent.spawn(under_way, {}, first)
    begun.wait()
    ending = gevent.spawn(under_way.end, 60)
    gevent.sleep(0)
    late = Told()
    (body,) = under_way({}, late)
    assert late.status.startswith("503") and late.headers["Connection"] == "close"
    assert json.loads(body)["code"] == "unavailable"
    assert not ending.ready()
    may_end.set()
    assert ending.get(timeout=60) is True
    assert request.value == [b"done"] and first.status == "200 OK"


def test_a_request_that_never_ends_is_not_waited_for_without_end() -> None:
    under_way = DrainMiddleware(lambda _environ, _start_response: Event().wait())
    stuck = gevent.spawn(under_way, {}, Told())
    gevent.sleep(0)
    assert under_way.end(0.01) is False
    stuck.kill()
