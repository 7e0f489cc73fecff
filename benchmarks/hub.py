"""How long the loop that serves all sockets is held while sixteen clients take numbers as fast as they can.

A timer of one millisecond on that loop tells how late it was. The reference is the same timer while nobody asks for
anything: what the machine itself takes away.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks import branch
from benchmarks.branch import SLUG, Served
from benchmarks.clients import Clients
from benchmarks.issuing import END_ROUND, wishes
from benchmarks.table import Row, no_more_than

TINY = {"rounds": 2, "requests": 64}


def lateness(served: Served) -> tuple[float, float]:
    """(p99, max) of the milliseconds by which the timer was late since it was last asked."""
    late = sorted(served.get("/bench/stalls"))
    return late[len(late) * 99 // 100], late[-1]


def rows(rounds: int = 8, requests: int = 640) -> Iterator[Row]:
    """Stalls, p99 and longest, of each round."""
    busy, idle = [], []
    with branch.fresh("--stalls") as served, Clients(served.port, 16) as clients:
        issue = wishes(served, f"/api/v1/branches/{SLUG}/tickets")
        clients.send(requests // 4, issue, b"201")
        for _ in range(rounds):
            served.get("/bench/stalls")
            took = clients.send(requests, issue, b"201").seconds
            busy.append(lateness(served))
            time.sleep(min(took, 1.0))
            idle.append(lateness(served))
            served.change(*END_ROUND)
    for n, (told, bound) in enumerate((("p99", 5), ("longest", 50))):
        ours, alone = [one[n] for one in busy], [one[n] for one in idle]
        yield Row(f"loop held while 16 clients write, {told}", "ms", ours, alone, no_more_than(bound))
