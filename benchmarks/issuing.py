"""What a number costs over HTTP, against the same rows by raw sqlite3 and an empty POST to the same server.

R is sqlite3 alone: one thread, WAL, synchronous=FULL, the same rows, a commit a number. F is an empty, validated POST
to the same server by the same clients. H = 1 / (1/R + 1/F) is what a server could do that adds nothing to the two. A
round measures R, F and ours in turn.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from benchmarks import branch, raw
from benchmarks.branch import SERVICES, SLUG, Served
from benchmarks.clients import Clients, keys, post
from benchmarks.table import Row, at_least, at_most

TINY = {"rounds": 2, "requests": 32}
END_ROUND = (
    "UPDATE leg SET ended_at = queued_at, outcome = 'expired' WHERE ended_at IS NULL",
    "UPDATE ticket SET state = 'expired', leg_id = NULL, ended_at = issued_at WHERE state = 'waiting'",
)
"""The line is as long in every round: whoever waits at its end has gone."""


def harmonic(raw_rate: float, empty_rate: float) -> float:
    """What could be done a second by a server that adds nothing to sqlite3 and an empty POST."""
    return 1 / (1 / raw_rate + 1 / empty_rate)


def wishes(served: Served, path: str) -> Callable[[int], bytes]:
    """The next request for a number, the services by turns."""
    fresh = keys()
    asked = [
        post(path, served.tokens["kiosk"], json.dumps({"service": code}).encode(), "Idempotency-Key: KEY")
        for code in SERVICES
    ]
    made = [request.split(b"KEY") for request in asked]
    turn = 0

    def request(_client: int) -> bytes:
        nonlocal turn
        turn += 1
        before, after = made[turn % len(made)]
        return before + next(fresh).encode() + after

    return request


def rows(rounds: int = 12, requests: int = 320) -> Iterator[Row]:
    """Issuing with one client, and with sixteen."""
    with branch.fresh() as served, raw.raw() as (reference, data):
        issue, empty = wishes(served, f"/api/v1/branches/{SLUG}/tickets"), wishes(served, f"/bench/{SLUG}")
        for count in (1, 16):
            ours, limit, slowest, mean = [], [], [], []
            with Clients(served.port, count) as clients:
                clients.send(requests // 4, empty, b"201")
                clients.send(requests // 4, issue, b"201")
                for _ in range(rounds):
                    raw_rate = raw.rate(requests, reference.issue)
                    empty_rate = clients.send(requests, empty, b"201").rate
                    burst = clients.send(requests, issue, b"201")
                    ours.append(burst.rate)
                    limit.append(harmonic(raw_rate, empty_rate))
                    slowest.append(burst.percentile(99) * 1000)
                    mean.append(burst.mean * 1000)
                    served.change(*END_ROUND)
                    branch.change(data, *END_ROUND)
            told = "1 client" if count == 1 else f"{count} clients"
            yield Row(f"issuing over HTTP, {told}: a second", "/s", ours, limit, at_least(0.7 if count == 1 else 0.9))
            if count > 1:
                yield Row(f"issuing over HTTP, {told}: p99 and mean", "ms", slowest, mean, at_most(3))
