"""What pressing Next costs, with eight counters at once and five hundred who wait, in four services and two classes.

Ours finishes the present ticket and calls the next; the reference is one UPDATE with its leg and its event, and the
same empty POST, put together as for issuing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks import branch, raw
from benchmarks.branch import CLASSES, COUNTERS, SERVICES, SLUG, Served
from benchmarks.clients import Clients, post
from benchmarks.issuing import harmonic, wishes
from benchmarks.table import Row, at_least

TINY = {"rounds": 2, "requests": 24, "waiting": 40}
ALL_WAIT = (
    """UPDATE ticket SET state = 'waiting', counter = NULL, ended_at = NULL,
    leg_id = (SELECT id FROM leg WHERE leg.ticket_id = ticket.id)""",
    """UPDATE leg SET counter = NULL, called_at = NULL, started_at = NULL, ended_at = NULL, outcome = NULL,
    called_seq = NULL""",
)
"""As it was before anybody was called."""


def fill(served: Served, waiting: int) -> None:
    """Let so many wait, of all services, every fourth of them senior."""
    asked = [
        post(f"/api/v1/branches/{SLUG}/tickets", served.tokens["kiosk"], body.encode())
        for service in SERVICES
        for body in (f'{{"service": "{service}", "priority": "{one}"}}' for one in (CLASSES[0],) * 3 + CLASSES[1:])
    ]
    left = iter(range(waiting))
    with Clients(served.port, 8) as clients:
        clients.send(waiting, lambda _client: asked[next(left) % len(asked)], b"201")


def presses(served: Served, body: bytes = b'{"finish": true}') -> Callable[[int], bytes]:
    """Next at the counter of each client."""
    made = [post(f"/api/v1/counters/{SLUG}/{n}/call-next", served.tokens[str(n)], body) for n in COUNTERS]
    return lambda client: made[client]


def rows(rounds: int = 12, requests: int = 160, waiting: int = 500) -> Iterator[Row]:
    """Next at eight counters."""
    ours, limit = [], []
    with branch.fresh() as served, raw.raw() as (reference, data):
        fill(served, waiting + requests // 2)
        raw.rate(waiting + requests // 2, reference.issue)
        empty, press = wishes(served, f"/bench/{SLUG}"), presses(served)
        with Clients(served.port, len(COUNTERS)) as clients:
            for turn in range(rounds + 1):
                raw_rate = raw.rate(requests, reference.call)
                empty_rate = clients.send(requests, empty, b"201").rate
                rate = clients.send(requests, press, b"200").rate
                if turn:  # the first one warms up
                    ours.append(rate)
                    limit.append(harmonic(raw_rate, empty_rate))
                served.change(*ALL_WAIT)
                branch.change(data, *ALL_WAIT)
    yield Row(f"Next over HTTP, 8 counters, {waiting} waiting: a second", "/s", ours, limit, at_least(0.7))
