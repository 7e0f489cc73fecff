"""What a server and a print agent cost while nobody does anything, against a process that only wakes once a second.

The figure is processor time in per mille of a core. The reference is a gevent loop that serves an empty Flask
application and wakes once a second: what a server costs that has nothing to look after.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import socketio

from benchmarks import branch, touch
from benchmarks.table import Row, no_more_than

TINY = {"rounds": 1, "seconds": 1.0, "settles": 0.0}

_REFERENCE = """
from gevent import monkey
monkey.patch_all()
import gevent
from flask import Flask
from gevent.pywsgi import WSGIServer
server = WSGIServer(("127.0.0.1", 0), Flask("idle"))
server.start()
print(server.server_port, flush=True)
while True:
    gevent.sleep(1)
"""


def used(pid: int) -> float:
    """Seconds of processor time that a process has taken, by its own clock (clock_getcpuclockid(3) on Linux)."""
    return time.clock_gettime(~pid << 3 | 2)


def cost(pids: Sequence[int], seconds: float) -> list[float]:
    """Per mille of a core that each process takes in so many seconds of doing nothing."""
    before, began = [used(pid) for pid in pids], time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - began
    return [(used(pid) - was) / passed * 1000 for pid, was in zip(pids, before, strict=True)]


@contextmanager
def empty() -> Iterator[int]:
    """The reference; gives its process id."""
    with subprocess.Popen([sys.executable, "-c", _REFERENCE], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield process.pid
        finally:
            process.terminate()


@contextmanager
def watching(served: branch.Served) -> Iterator[None]:
    """A kiosk, a wall and a counter that are connected, and do nothing."""
    with ExitStack() as stack:
        for token, view in (("kiosk", "board"), ("display", "board"), ("1", "queue")):
            client = socketio.Client(reconnection=False)
            client.connect(
                f"http://127.0.0.1:{served.port}",
                namespaces="/live",
                transports=["websocket"],
                auth={"token": served.tokens[token]},
            )
            stack.callback(client.disconnect)
            client.call("subscribe", {"branch": branch.SLUG, "view": view}, namespace="/live")
        yield


def rows(*, rounds: int = 3, seconds: float = 30.0, settles: float = 5.0) -> Iterator[Row]:
    """A server alone; then with its agent; then with three screens too, each as long as the reference beside it."""
    with ExitStack() as stack:
        reference = stack.enter_context(empty())
        served = stack.enter_context(branch.fresh())

        def measured(*pids: int) -> list[list[float]]:
            time.sleep(settles)
            return [
                list(each) for each in zip(*(cost([*pids, reference], seconds) for _ in range(rounds)), strict=True)
            ]

        alone, beside = measured(served.pid)
        yield Row("an idle server, alone: of a core (one that only wakes)", "‰", alone, beside, no_more_than(4))
        paper = stack.enter_context(touch.Paper())
        agent = stack.enter_context(touch.agent(served, paper.port))
        stack.enter_context(watching(served))
        full, printing, beside = measured(served.pid, agent)
        yield Row("an idle server with agent and three screens: of a core", "‰", full, beside)
        yield Row("its idle print agent: of a core", "‰", printing, beside, no_more_than(2))
