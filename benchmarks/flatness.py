"""Whether a branch grows slower as it grows old: the same requests with a million tickets of history and a thousand.

Two servers run side by side, and every round asks each of them the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import branch
from benchmarks.branch import COUNTERS, SLUG, Served
from benchmarks.calling import fill, presses
from benchmarks.clients import Clients, get
from benchmarks.history import grow
from benchmarks.issuing import wishes
from benchmarks.table import Row, at_most

TINY = {"rounds": 2, "requests": 16, "old": 2_000, "young": 100}
WAITING = 60


def aged(stack: ExitStack, tickets: int) -> Served:
    """A branch with so many tickets behind it, served, some waiting."""
    data = Path(stack.enter_context(TemporaryDirectory(prefix="giliran-bench-")))
    tokens = branch.found(data)
    grow(data, tickets)
    served = stack.enter_context(branch.served(data, tokens))
    fill(served, WAITING)
    return served


def ask(served: Served, requests: int) -> tuple[float, float, float]:
    """Mean milliseconds of a number, of Next, and of the board."""
    issue, press = wishes(served, f"/api/v1/branches/{SLUG}/tickets"), presses(served)
    board = get(f"/api/v1/branches/{SLUG}/board", served.tokens["display"])
    with Clients(served.port, len(COUNTERS)) as clients:
        taken = clients.send(requests, issue, b"201")
        # as many are called as came, so that every round finds as many waiting
        called = clients.send(requests, press, b"200")
        shown = clients.send(requests, lambda _client: board, b"200")
    return taken.mean * 1000, called.mean * 1000, shown.mean * 1000


def rows(rounds: int = 16, requests: int = 80, old: int = 1_000_000, young: int = 1_000) -> Iterator[Row]:
    """A number, Next and the board, by the age of the branch."""
    with ExitStack() as stack:
        pair = aged(stack, old), aged(stack, young)
        measured: list[list[tuple[float, float, float]]] = [[], []]
        for turn in range(rounds + 2):
            for n in (0, 1) if turn % 2 else (1, 0):
                figures = ask(pair[n], requests)
                if turn >= 2:  # the first ones warm up
                    measured[n].append(figures)
    for n, what in enumerate(("a number", "Next", "the board")):
        ours, reference = ([figures[n] for figures in one] for one in measured)
        yield Row(f"{what}: {old:,} tickets of history against {young:,}", "ms", ours, reference, at_most(1.25))
