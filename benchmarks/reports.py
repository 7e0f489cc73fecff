"""A year of one branch in a report, against the same columns by window functions in sqlite3; and today's figures.

The year is 250 days of 1,000 tickets. The reference is one statement a report, on the same file.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import get_args

from benchmarks import branch
from benchmarks.clients import Clients, get
from benchmarks.table import Row, at_most, no_more_than
from server.clock import system_clock
from server.domain.calendar import business_day
from server.store.engines.store import DATABASE_FILE, Store, sqlite_url
from server.store.tables import branches, statistics
from server.store.tables.statistics import By

TINY = {"days": 2, "tickets": 30, "rounds": 1}
SECOND = 1_000_000

_KEYS = {"counter": "counter", "hour": "strftime('%H', queued_at / 1000000 + 7 * 3600, 'unixepoch')"}
_SPREAD = """
    {name} AS (
        SELECT key, count(*) AS n, avg(v) / 1e6 AS mean,
            sum(CASE i - cast(m AS integer) WHEN 0 THEN v * (1 - m + cast(m AS integer))
                WHEN 1 THEN v * (m - cast(m AS integer)) END) / 1e6 AS p50,
            sum(CASE i - cast(h AS integer) WHEN 0 THEN v * (1 - h + cast(h AS integer))
                WHEN 1 THEN v * (h - cast(h AS integer)) END) / 1e6 AS p90
        FROM (
            SELECT key, {name} AS v, row_number() OVER (PARTITION BY key ORDER BY {name}) - 1 AS i,
                0.5 * (count(*) OVER (PARTITION BY key) - 1) AS m, 0.9 * (count(*) OVER (PARTITION BY key) - 1) AS h
            FROM called WHERE {name} IS NOT NULL
        ) GROUP BY key
    )"""
_REPORT = """
    WITH called AS MATERIALIZED (
        SELECT {key} AS key, outcome, called_at - queued_at AS wait,
            CASE WHEN outcome IS NOT 'no_show' THEN started_at - called_at END AS walk,
            CASE WHEN outcome NOT IN ('no_show', 'expired') THEN ended_at - started_at END AS service_time
        FROM leg WHERE branch_id = 1 AND business_day BETWEEN ? AND ? AND called_at IS NOT NULL
    ), counted AS (
        SELECT key, count(*) AS called, sum(outcome IS 'served') AS served, sum(outcome IS 'no_show') AS no_show,
            avg(wait <= 900000000) AS within_target
        FROM called GROUP BY key
    ), {issued} {spreads}
    SELECT counted.*, issued.*, wait.*, walk.*, service_time.* FROM counted
    LEFT JOIN issued USING (key) LEFT JOIN wait USING (key) LEFT JOIN walk USING (key)
    LEFT JOIN service_time USING (key) ORDER BY key"""
_ISSUED = {
    "counter": "issued AS (SELECT NULL AS key, 0 AS issued),",
    "hour": "issued AS (SELECT strftime('%H', issued_at / 1000000 + 7 * 3600, 'unixepoch') AS key, count(*) AS issued "
    "FROM ticket WHERE branch_id = 1 AND business_day BETWEEN ? AND ? GROUP BY 1),",
}


def reference(by: By) -> str:
    """The statement that gives the same columns."""
    spreads = ",".join(_SPREAD.format(name=name) for name in ("wait", "walk", "service_time"))
    return _REPORT.format(key=_KEYS[by], issued=_ISSUED[by], spreads=spreads)


def fill(db: sqlite3.Connection, last: date, days: int, tickets: int) -> None:
    """So many days up to `last`, of so many tickets each, every one served or a no-show."""
    random, number = Random(5), 0
    visits: list[tuple[object, ...]] = []
    legs: list[tuple[object, ...]] = []
    for day in range(days):
        today = last - timedelta(days=day)
        opens = int(datetime(today.year, today.month, today.day, 1, tzinfo=UTC).timestamp()) * SECOND
        for n in range(tickets):
            number += 1
            service, issued = random.choice(branch.SERVICES), opens + n * 8 * 3600 * SECOND // tickets
            called = issued + int(random.expovariate(1 / 600) * SECOND)
            started = None if random.random() < 0.05 else called + int(random.uniform(10, 60) * SECOND)
            ended = (started or called) + int(random.expovariate(1 / 240) * SECOND)
            state = "served" if started else "no_show"
            visits.append((number, today.isoformat(), f"{service}{n:05d}", service, state, issued, issued, number))
            legs.append(
                (
                    number,
                    number,
                    today.isoformat(),
                    service,
                    random.randint(1, 8),
                    issued,
                    called,
                    started,
                    ended,
                    state,
                )
            )
    db.execute("BEGIN")
    db.executemany(
        "INSERT INTO ticket (id, branch_id, business_day, number, service, priority, state, language, issued_at, "
        "place_at, leg_id, origin) VALUES (?, 1, ?, ?, ?, 'normal', ?, 'id', ?, ?, ?, 'token:1')",
        visits,
    )
    db.executemany(
        "INSERT INTO leg (id, ticket_id, branch_id, business_day, service, counter, queued_at, called_at, started_at, "
        "ended_at, outcome, recalls) VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
        legs,
    )
    db.execute("COMMIT")


def milliseconds(work: Callable[[], object]) -> float:
    """Of the processor: nothing here waits, and others on this machine do not count."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def rows(*, days: int = 250, tickets: int = 1000, rounds: int = 3) -> Iterator[Row]:
    """Reports of the year by counter and by hour, and today's by every key over HTTP."""
    with TemporaryDirectory(prefix="giliran-bench-") as name:
        data = Path(name)
        tokens = branch.found(data)
        store = Store(sqlite_url(data), system_clock)
        here = store.read(lambda db: branches.get(db, branch.SLUG))
        today = business_day.today(here, system_clock())
        with branch.beside(data) as db:
            fill(db, today, days, tickets)
        first = today - timedelta(days=days)
        for by in ("counter", "hour"):
            yield _report(store, data, by, first, today, rounds)
        store.close()
        with branch.served(data, tokens) as served, Clients(served.port, 1) as clients:
            for by in get_args(By):
                yield _today(clients, by, tokens["supervisor"], max(rounds * 10, 2))


def _today(clients: Clients, by: By, token: str, times: int) -> Row:
    request = get(f"/api/v1/branches/{branch.SLUG}/statistics?by={by}", token)
    waits = [1000 * clients.send(1, lambda _: request, b"200").mean for _ in range(times)]
    return Row(f"today's figures over HTTP, by {by}", "ms", waits, target=no_more_than(5))


def _report(store: Store, data: Path, by: By, first: date, last: date, rounds: int) -> Row:
    here = store.read(lambda db: branches.get(db, branch.SLUG))
    span = (first.isoformat(), last.isoformat())
    asked = span if by == "counter" else span * 2
    ours, raw = [], []
    with sqlite3.connect(data / DATABASE_FILE) as db:
        for _ in range(rounds):
            ours.append(milliseconds(lambda: store.read(lambda db: statistics.report(db, here, first, last, by))))
            raw.append(milliseconds(lambda: db.execute(reference(by), asked).fetchall()))
    db.close()
    return Row(f"statistics of a year, by {by} (window functions)", "ms", ours, raw, at_most(1.5))
