"""A branch to measure: four services, eight counters in tiers, two classes, a kiosk with its printer, always open."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from server.access import credentials
from server.actions.branch.declaring import declare
from server.actions.people import accounts
from server.clock import system_clock
from server.domain.branch import Branch, CounterProfile, PriorityClass, Service, Span
from server.domain.declaration import Declaration, DeclaredDevice
from server.domain.people.principal import COMMAND_LINE, Role
from server.store.engines.store import DATABASE_FILE, Store, sqlite_url
from server.store.engines.transaction import Transaction
from server.store.maintenance.migrating import migrate

SLUG = "central"
SERVICES = "ABCD"
CLASSES = ("normal", "senior")
COUNTERS = tuple(range(1, 9))
KIOSK, DISPLAY = "Kiosk", "Wall"
_TIERS = {1: ("A", "B"), 2: ("A", "C"), 3: ("B", "D"), 4: ("C", "A"), 5: ("D", "B"), 6: ("AB", "C"), 7: ("CD", "AB"),
          8: ("ABCD", "")}  # fmt: skip
ALL_DAY: dict[int, tuple[Span, ...]] = {day: (Span(time(0), time(0)),) for day in range(7)}


def declared() -> Declaration:
    """The branch as an operator would declare it."""
    branch = Branch(
        id=0,
        slug=SLUG,
        name={"id": "Pusat", "en": "Central"},
        timezone="Asia/Jakarta",
        languages=("id", "en"),
        start_on_call=True,
        hours=ALL_DAY,
        services=tuple(
            Service(code, {"id": f"Layanan {code}", "en": f"Service {code}"}, last_number=99_999) for code in SERVICES
        ),
        counters=tuple(
            CounterProfile(
                number,
                {"id": f"Loket {number}", "en": f"Counter {number}"},
                tuple(first),
                tuple(helps),
                timedelta(minutes=5),
            )
            for number, (first, helps) in _TIERS.items()
        ),
        priority_classes=(PriorityClass("senior", {"id": "Lansia", "en": "Senior"}, timedelta(minutes=5)),),
    )
    devices = (DeclaredDevice("kiosk", KIOSK, printer="Printer"), DeclaredDevice("printer", "Printer", paper=80))
    return Declaration(branch, (*devices, DeclaredDevice("display", DISPLAY)))


@dataclass
class Served:
    """A branch with its server running."""

    port: int
    data: Path
    pid: int
    """Of the server's process."""
    tokens: dict[str, str]
    """`kiosk`, `printer`, `display`, `supervisor`, and `1` to `8`: those of the counters."""

    def get(self, path: str, token: str | None = None) -> Any:
        """The JSON that a path answers."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def post(self, path: str, token: str, body: dict[str, Any]) -> Any:
        """The JSON that a POST is answered with."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode())
        request.add_header("Authorization", f"Bearer {token}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def change(self, *statements: str) -> None:
        """Change the data between two rounds, beside the server, in one transaction."""
        change(self.data, *statements)


def change(data: Path, *statements: str) -> None:
    """Run statements on the data of a branch."""
    with beside(data) as db:
        db.execute("BEGIN IMMEDIATE")
        for statement in statements:
            db.execute(statement)
        db.execute("COMMIT")


@contextmanager
def beside(data: Path) -> Iterator[sqlite3.Connection]:
    """A connection of our own to the data of a branch, without ceremony."""
    db = sqlite3.connect(data / DATABASE_FILE, timeout=60, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        yield db
    finally:
        db.close()


def found(data: Path) -> dict[str, str]:
    """Make the branch in `data`, its counters open; returns its tokens."""
    store = Store(sqlite_url(data), system_clock)
    migrate(store)

    def action(tx: Transaction) -> dict[str, str]:
        declare(tx, declared(), COMMAND_LINE)
        wanted = {"kiosk": (Role.KIOSK, KIOSK), "display": (Role.DISPLAY, DISPLAY)}
        wanted |= {"supervisor": (Role.SUPERVISOR, "Office"), "printer": (Role.PRINTER, "Printer")}
        wanted |= {str(number): (Role.AGENT, f"clerk {number}") for number in COUNTERS}
        made = {}
        for key, (role, name) in wanted.items():
            made[key] = credentials.new_secret(role)
            accounts.create_token(
                tx, SLUG, COMMAND_LINE, role=role, name=name, hashed=credentials.hash_token(made[key])
            )
        return made

    try:
        return store.write(action, lambda _tx, tokens: tokens)
    finally:
        store.close()


@contextmanager
def served(data: Path, tokens: dict[str, str], *options: str) -> Iterator[Served]:
    """The server of that data, its counters open, until the end of the block."""
    command = [sys.executable, "-m", "benchmarks.branch_server", str(data), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            branch = Served(int(process.stdout.readline()), data, process.pid, tokens)
            for number in COUNTERS:
                branch.post(f"/api/v1/counters/{SLUG}/{number}/open", tokens[str(number)], {})
            yield branch
        finally:
            process.terminate()


@contextmanager
def fresh(*options: str) -> Iterator[Served]:
    """A new branch, served from a directory that is gone afterwards."""
    with TemporaryDirectory(prefix="giliran-bench-") as name, served(Path(name), found(Path(name)), *options) as branch:
        yield branch
