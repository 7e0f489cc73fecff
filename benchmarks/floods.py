"""What others wait while strangers send without end: ten connections at once, two megabytes a second each.

A probe with a token reads `/healthz` and the branch in turn, on a connection of its own, from the strangers' address.
The reference is the same probe just before. The strangers are a process of their own (`flooding`), and come again at
once whenever they are disconnected.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import branch
from benchmarks.branch import SLUG, Served
from benchmarks.calling import fill
from benchmarks.clients import Clients, get
from benchmarks.flooding import KINDS
from benchmarks.table import Row, more_by_at_most, no_more_than

TINY = {"rounds": 1, "seconds": 0.3, "connections": 2, "waiting": 8, "kinds": ("noops", "subscriptions")}
GAP = 0.01
"""Seconds between two reads."""
WARMING = 0.2
"""Seconds that the strangers are given to begin."""


def resident(pid: int) -> float:
    """MiB of a process in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def waits(served: Served, seconds: float) -> tuple[list[float], list[float], float]:
    """Milliseconds that each `/healthz` took, and each read of the branch; the most MiB that were resident."""
    token = served.tokens["display"]
    reads = (get("/healthz", token), get(f"/api/v1/branches/{SLUG}", token))
    took: tuple[list[float], list[float]] = ([], [])
    until, most = time.monotonic() + seconds, 0.0
    with Clients(served.port, 1) as client:
        while time.monotonic() < until:
            for of_read, read in zip(took, reads, strict=True):
                of_read.append(client.send(1, partial(_same, read), b"200").percentile(100) * 1000)
            most = max(most, resident(served.pid))
            time.sleep(GAP)
    return *took, most


def _same(read: bytes, _client: int) -> bytes:
    return read


def flooded(served: Served, kind: str, connections: int, seconds: float) -> tuple[list[float], list[float], float]:
    """The same beside a flood."""
    command = [sys.executable, "-m", "benchmarks.flooding", str(served.port), kind, str(connections)]
    with subprocess.Popen([*command, str(WARMING + seconds + 1)], stdout=subprocess.PIPE) as strangers:
        try:
            time.sleep(WARMING)
            return waits(served, seconds)
        finally:
            strangers.kill()


def p99(values: list[float]) -> float:
    """What one in a hundred exceeds."""
    return sorted(values)[len(values) * 99 // 100]


def rows(
    rounds: int = 3,
    seconds: float = 2.0,
    connections: int = 10,
    waiting: int = 1000,
    kinds: tuple[str, ...] = KINDS,
) -> Iterator[Row]:
    """The longest wait of each kind of flood, the p99 of all, and the memory that they take."""
    tails: dict[str, tuple[list[float], list[float]]] = {"/healthz": ([], []), "the branch": ([], [])}
    memory: list[float] = []
    with branch.fresh() as served:
        fill(served, waiting)
        waits(served, seconds)  # warms up
        before = resident(served.pid)
        for kind in kinds:
            worst: tuple[list[float], list[float]] = ([], [])
            for _ in range(rounds):
                *quiet, _ = waits(served, seconds)
                *beside, most = flooded(served, kind, connections, seconds)
                worst[0].append(max(map(max, beside)))
                worst[1].append(max(map(max, quiet)))
                memory.append(most - before)
                for tail, ours, alone in zip(tails.values(), beside, quiet, strict=True):
                    tail[0].append(p99(ours))
                    tail[1].append(p99(alone))
            yield Row(f"{connections} × {kind}: others wait, longest", "ms", *worst, no_more_than(100))
    for what, (ours, alone) in tails.items():
        yield Row(f"beside all these floods: {what}, p99 (without)", "ms", ours, alone)
    yield Row("memory that the floods took", "MiB", [max(memory)], [0.0], more_by_at_most(20))
