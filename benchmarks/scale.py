"""Many branches on two servers: `python -m benchmarks.scale [--seconds N …]`; the figures of docs/scale.md are its own.

PostgreSQL (with fsync), Redis, nginx with the operators' file, two servers and the simulation, all on this machine, so
that all of them share its processors. Not a subject of `make bench`: it says how much fits, and compares with nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from server.clock import system_clock
from server.simulation.figures import table
from server.store.engines.store import Store
from server.store.maintenance.migrating import migrate
from tests.faults.servers import Member, Nginx, RedisServer
from tests.postgres import Postgres

TICKS = os.sysconf("SC_CLK_TCK")


class Meter:
    """Reads every second how much processor time each group of processes has had, and the whole machine."""

    def __init__(self, groups: Mapping[str, Callable[[], int]]) -> None:
        self._groups = groups
        self._seen: list[tuple[float, dict[str, float]]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while True:
            self._seen.append((time.monotonic(), self._now()))
            if self._over.wait(1):
                return

    def _now(self) -> dict[str, float]:
        used = {name: _family_seconds(pid()) for name, pid in self._groups.items()}
        busy = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        # what is idle or waits for a disk is not busy
        return used | {"the whole machine": (sum(busy) - busy[3] - busy[4]) / TICKS}

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def between(self, began: float, ended: float) -> dict[str, float]:
        """Processors that each had on average between two moments."""
        first = min(self._seen, key=lambda seen: abs(seen[0] - began))
        last = min(self._seen, key=lambda seen: abs(seen[0] - ended))
        return {name: (last[1][name] - first[1][name]) / (last[0] - first[0]) for name in first[1]}


def _family_seconds(pid: int) -> float:
    """Processor seconds of a process, of its children, and of those that it has seen end."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = sum(int(word) for word in words[11:15]) / TICKS
    return own + sum(_seconds(int(child)) for child in children)


def _seconds(pid: int) -> float:
    try:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0  # it has ended since
    return sum(int(word) for word in words[11:13]) / TICKS


def _memory(pid: int) -> float:
    """Resident megabytes of a process."""
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def run(wanted: argparse.Namespace) -> dict[str, Any]:
    """Start everything, simulate, end everything; what was measured."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="giliran-scale-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = stack.enter_context(Postgres("shared_buffers=256MB"))
        redis = RedisServer(folder)
        stack.callback(redis.kill)
        redis.start()
        database = postgres.create("giliran")
        store = Store(database, system_clock)
        migrate(store)
        store.close()
        members = [Member(folder, n + 1, database, redis.url) for n in range(wanted.servers)]
        for member in members:
            member.level = "INFO"
            member.launch()
            stack.callback(member.kill)
        for member in members:
            member.wait_until_ready()
        proxy = Nginx(folder, [member.port for member in members], connections=20_000)
        stack.callback(proxy.stop)
        pids = {"PostgreSQL": postgres.pid, "Redis": redis.pid, "nginx": proxy.pid}
        pids |= {f"giliran {n}": member.pid for n, member in enumerate(members, 1)}
        meter = Meter({name: (lambda pid=pid: pid) for name, pid in pids.items()})  # type: ignore[misc]
        stack.callback(meter.stop)
        told = _simulate(database, proxy.url, wanted)
        told["processors"] = meter.between(told["began"], told["ended"])
        told["megabytes"] = {name: _memory(pid) for name, pid in pids.items() if name.startswith("giliran")}
        told["log"] = [line for member in members for line in member.log.read_text().splitlines() if _is_bad(line)]
        return told


def _is_bad(line: str) -> bool:
    return any(f"level={level}" in line for level in ("warning", "error", "critical")) or "Traceback" in line


def _simulate(database: str, url: str, wanted: argparse.Namespace) -> dict[str, Any]:
    words = [sys.executable, "-m", "server", "simulate", "--json", "--database", database, "--server", url]
    for name in ("branches", "counters", "displays", "rate", "seconds"):
        words += [f"--{name}", str(getattr(wanted, name))]
    words += ["--consoles"] if wanted.consoles else []
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout:
        sys.exit(done.returncode)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def main() -> int:
    """Print what was measured; 0 where nothing went wrong."""
    parser = argparse.ArgumentParser(prog="benchmarks.scale", description=__doc__)
    parser.add_argument("--branches", type=int, default=200)
    parser.add_argument("--counters", type=int, default=10, help="in each branch")
    parser.add_argument("--displays", type=int, default=5, help="in each branch")
    parser.add_argument("--rate", type=float, default=60.0, help="tickets a second, in all")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--servers", type=int, default=2, choices=(1, 2))
    parser.add_argument("--consoles", action="store_true", help="the counters' pages watch the queue, too")
    wanted = parser.parse_args()
    told = run(wanted)
    print(
        f"{wanted.branches} branches, {wanted.branches * wanted.counters} counters, "
        f"{wanted.branches * wanted.displays} displays, {wanted.rate:g} tickets/s, {wanted.servers} servers\n"
    )
    print(table(told))
    actions = sum(row["rate"] for verb, row in told["verbs"].items() if not verb.startswith("("))
    used = told["processors"]
    print("\n| process | processors | ms an action |\n|---|---:|---:|")
    for name, share in used.items():
        print(f"| {name} | {share:.2f} | {share / actions * 1000:.2f} |")
    print(
        f"\n{actions:.0f} actions a second;"
        f" {json.dumps({k: round(v) for k, v in told['megabytes'].items()})} MB resident."
    )
    for line in told["log"][:20]:
        print(line)
    return 1 if told["errors"] or told["log"] else 0


if __name__ == "__main__":
    sys.exit(main())
