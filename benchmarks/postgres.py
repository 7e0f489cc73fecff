"""What a number costs on PostgreSQL, one branch under all clients, against the fewest rows that could be a number.

The references write a place in the series, a ticket and an event, and nothing of what makes them a queue: once as
three statements and a commit, once as one statement. Ours writes seven tables and reads the line for its estimate.
Clients are greenlets; rounds measure all three in turn, on a server that syncs to its disk.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from benchmarks.table import Row
from server.actions import issuing
from server.clock import system_clock
from server.domain.people.principal import COMMAND_LINE
from server.store.engines.idempotency import IdempotentRequest
from server.store.engines.store import Store
from server.store.engines.threads import OffHub
from server.store.engines.transaction import Transaction
from tests.postgres import NoPostgres, Postgres, programs
from tests.scene import Scene, a_branch, a_service

TINY = {"rounds": 2, "requests": 16, "clients": (1, 4)}
TABLES = (
    "CREATE TABLE series (branch int PRIMARY KEY, last int NOT NULL)",
    "CREATE TABLE ticket (id bigserial PRIMARY KEY, branch int, number text, at bigint, UNIQUE (branch, number))",
    "CREATE TABLE event (branch int, seq int, ticket bigint, at bigint, PRIMARY KEY (branch, seq))",
    "INSERT INTO series VALUES (1, 0)",
)
ADVANCE = "UPDATE series SET last = last + 1 WHERE branch = 1 RETURNING last"
TICKET = "INSERT INTO ticket (branch, number, at) VALUES (1, 'A' || %s, %s) RETURNING id"
EVENT = "INSERT INTO event VALUES (1, %s, %s, %s)"
AT_ONCE = (
    f"WITH s AS ({ADVANCE}), t AS (INSERT INTO ticket (branch, number, at) SELECT 1, 'A' || last, %s FROM s "
    "RETURNING id) INSERT INTO event SELECT 1, s.last, t.id, %s FROM s, t RETURNING seq"
)
Client = Callable[[], object]


def rows(rounds: int = 5, requests: int = 320, clients: tuple[int, ...] = (1, 4, 16)) -> Iterator[Row]:
    """Numbers a second of one branch; nothing where there is no PostgreSQL."""
    try:
        programs()
    except NoPostgres:
        return
    # a process of its own, since clients are greenlets as a server's are
    words = [str(number) for number in (rounds, requests, *clients)]
    command = [sys.executable, "-m", "benchmarks.postgres_clients", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for batch_key in process.stdout:
            found = json.loads(batch_key)
            told = "1 client" if found["clients"] == 1 else f"{found['clients']} clients"
            yield Row(f"PostgreSQL, {told}: against three statements", "/s", found["ours"], found["three"])
            yield Row(f"PostgreSQL, {told}: against one statement", "/s", found["ours"], found["one"])
    assert process.returncode == 0


def measure(rounds: int, requests: int, *clients: int) -> None:
    """Print the figures for each number of clients as a line of JSON: a list a way, a figure a round."""
    with ExitStack() as stack:
        postgres = stack.enter_context(Postgres())
        url = postgres.create("ours")
        branch = a_branch(services=(a_service(last_number=99999),))
        scene = Scene(Path(stack.enter_context(TemporaryDirectory())), branch, printers=["front"], url=url)
        scene.store.close()
        store = stack.enter_context(closing(Store(url, system_clock, readers=OffHub(1))))
        postgres.create("reference")
        with postgres.connect("reference") as made:
            for statement in TABLES:
                made.execute(statement)
        for count in clients:
            connections = [stack.enter_context(postgres.connect("reference")) for _ in range(count)]
            ways: dict[str, list[Client]] = {
                "ours": [_ours(store)] * count,
                "three": [_three(one) for one in connections],
                "one": [_one(one) for one in connections],
            }
            found: dict[str, list[float]] = {name: [] for name in ways}
            for each in ways.values():
                _rate(requests // 4, each)
            for _ in range(rounds):
                for name, each in ways.items():
                    found[name].append(_rate(requests, each))
            print(json.dumps({"clients": count, **found}), flush=True)


def _rate(requests: int, clients: list[Client]) -> float:
    """Requests a second, each client one after another."""

    def work(action: Client) -> None:
        for _ in range(requests // len(clients)):
            action()

    with ThreadPoolExecutor(len(clients)) as pool:
        began = time.perf_counter()
        for one in [pool.submit(work, action) for action in clients]:
            one.result()
        return requests // len(clients) * len(clients) / (time.perf_counter() - began)


def _ours(store: Store) -> Client:
    def action(tx: Transaction) -> int:
        return issuing.issue_ticket(
            tx,
            "central",
            COMMAND_LINE,
            service="A",
            priority=None,
            language=None,
            address=lambda _b, i: f"http://x/{i}",
        ).ticket.id

    def client() -> object:
        press = IdempotentRequest("token:1", str(time.perf_counter_ns()), "f" * 64)
        return store.write(action, lambda _tx, ticket_id: ticket_id, press, batch_key="central")

    return client


def _three(connection: psycopg.Connection[Any]) -> Client:
    def client() -> object:
        with connection.transaction():
            last = connection.execute(ADVANCE).fetchone()[0]  # type: ignore[index]
            ticket = connection.execute(TICKET, (last, time.time_ns())).fetchone()[0]  # type: ignore[index]
            return connection.execute(EVENT, (last, ticket, time.time_ns()))

    return client


def _one(connection: psycopg.Connection[Any]) -> Client:
    def client() -> object:
        now = time.time_ns()
        return connection.execute(AT_ONCE, (now, now)).fetchone()

    return client
