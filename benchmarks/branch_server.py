"""A whole server on a branch's data, in a process of its own: `python -m benchmarks.branch_server DATA`.

It prints its port. Beside everything that Giliran serves it has two routes for the benchmarks: `POST /bench/<slug>`
validates a wish for a number and answers at once, which is what a Flask POST costs on this very server; `GET
/bench/stalls` tells by how many milliseconds a timer of one millisecond has been late since it was last asked.
"""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

import gevent  # noqa: E402
from flask import Flask, Response, jsonify  # noqa: E402
from flask_openapi3.openapi import OpenAPI  # noqa: E402

from server.app import build  # noqa: E402
from server.contract import requests  # noqa: E402
from server.contract.base import Shape  # noqa: E402
from server.settings import Settings  # noqa: E402
from server.web.perform import reply  # noqa: E402

TICK = 0.001


class Wish(Shape):
    """What was wished for."""

    service: str


def add_empty_post(flask: Flask) -> None:
    """The reference: a request as long as ours, validated by the same shape, answered without any work."""
    assert isinstance(flask, OpenAPI)

    @flask.post("/bench/<slug>")
    def empty(path: requests.BranchPath, body: requests.Issue) -> Response:  # noqa: ARG001
        return reply(Wish(service=body.service), 201)


def add_stalls(flask: Flask) -> None:
    """A timer on the hub, and the route that tells how late it was."""
    late: list[float] = []

    def tick() -> None:
        while True:
            due = time.monotonic() + TICK
            gevent.sleep(TICK)
            late.append((time.monotonic() - due) * 1000)

    gevent.spawn(tick)

    @flask.get("/bench/stalls")
    def stalls() -> Response:
        told = late.copy()
        late.clear()
        return jsonify(told)


def main() -> None:
    """Serve until told to end."""
    application = build(Settings("127.0.0.1", 0, Path(sys.argv[1])))
    add_empty_post(application.flask)
    if "--stalls" in sys.argv:
        add_stalls(application.flask)
    print(application.listen(), flush=True)
    application.run_until_signal()


if __name__ == "__main__":
    main()
