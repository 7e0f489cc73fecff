"""The reference for what a disk and SQLite allow: the same rows by `sqlite3`, one commit an action, one thread."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import branch

CONTENT = (
    '{"language": "id", "branch": "Pusat", "label": "Nomor antrean", "number": "A00001", "service": "Layanan A", '
    '"priority": null, "ahead": "3 orang di depan Anda", "wait": "sekitar 10–20 menit", "issued": "21 November 2026 '
    '08.12", "url": "http://127.0.0.1:18100/t/1-abcdefghijklmnopqrst", "scan": "Pindai untuk melihat giliran Anda", '
    '"note": "Simpan tiket ini", "reprint": null}'
)
DAY = "2026-11-21"


def micros() -> int:
    """Now, as the tables keep it."""
    return time.time_ns() // 1000


def rate(count: int, action: Callable[[int], None]) -> float:
    """Actions a second."""
    began = time.perf_counter()
    for number in range(count):
        action(number)
    return count / (time.perf_counter() - began)


class Raw:
    """The tables of a branch, written without any of our code."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._seq = db.execute("SELECT seq FROM branch WHERE id = 1").fetchone()[0]
        self._key = 0

    def issue(self, number: int) -> None:
        """The rows of one number: place in the series, ticket, leg, print job, event, press, and the branch's seq."""
        do, service, now = self._db.execute, branch.SERVICES[number % 4], micros()
        do("BEGIN IMMEDIATE")
        self._key += 1
        self._seq += 1
        (last,) = do(
            "INSERT INTO number_series (branch_id, service, business_day, last) VALUES (1, ?, ?, 1) "
            "ON CONFLICT (branch_id, service, business_day) DO UPDATE SET last = last + 1 RETURNING last",
            (service, DAY),
        ).fetchone()
        shown = f"{service}{last:05d}"
        ticket = do(
            "INSERT INTO ticket (branch_id, business_day, number, service, priority, state, language, issued_at, "
            "place_at, leg_id, origin) VALUES (1, ?, ?, ?, 'normal', 'waiting', 'id', ?, ?, "
            "(SELECT coalesce(max(id), 0) + 1 FROM leg), 'token:1')",
            (DAY, shown, service, now, now),
        ).lastrowid
        do(
            "INSERT INTO leg (ticket_id, branch_id, business_day, service, queued_at, recalls) "
            "VALUES (?, 1, ?, ?, ?, 0)",
            (ticket, DAY, service, now),
        )
        do(
            "INSERT INTO print_job (branch_id, ticket_id, printer, issued_by, state, reprint, content, created_at, "
            "expires_at) VALUES (1, ?, 'Printer', 'token:1', 'queued', 0, ?, ?, ?)",
            (ticket, CONTENT, now, now + 60_000_000),
        )
        do(
            "INSERT INTO event (branch_id, seq, type, at, ticket_id, number, service, data) "
            "VALUES (1, ?, 'issued', ?, ?, ?, ?, '{\"priority\": \"normal\"}')",
            (self._seq, now, ticket, shown, service),
        )
        do(
            "INSERT INTO idempotency (principal, key, fingerprint, deed, at) VALUES ('token:1', ?, ?, ?, ?)",
            (f"{self._key:032x}", f"{self._key:064x}", f'{{"ticket": {ticket}, "print_job": {ticket}}}', now),
        )
        do("UPDATE branch SET seq = ?, last_at = ? WHERE id = 1", (self._seq, now))
        do("COMMIT")

    def call(self, number: int) -> None:
        """One UPDATE of the first ticket of a line, its leg, and the event."""
        do, line, now = self._db.execute, branch.SERVICES[number % 4], micros()
        do("BEGIN IMMEDIATE")
        self._seq += 1
        ticket, shown, service, leg = do(
            "UPDATE ticket SET state = 'served', ended_at = ? WHERE id = (SELECT id FROM ticket WHERE branch_id = 1 "
            "AND state = 'waiting' AND service = ? AND priority = 'normal' ORDER BY place_at, id LIMIT 1) "
            "RETURNING id, number, service, leg_id",
            (now, line),
        ).fetchone()
        do("UPDATE leg SET counter = 1, called_at = ?, called_seq = ? WHERE id = ?", (now, self._seq, leg))
        do(
            "INSERT INTO event (branch_id, seq, type, at, ticket_id, number, service, counter, data) "
            "VALUES (1, ?, 'called', ?, ?, ?, ?, 1, "
            '\'{"from": "waiting", "counter_before": null, "why": "earliest"}\')',
            (self._seq, now, ticket, shown, service),
        )
        do("COMMIT")


@contextmanager
def raw() -> Iterator[tuple[Raw, Path]]:
    """A branch of the same schema for the reference alone, and where its data are."""
    with TemporaryDirectory(prefix="giliran-bench-") as name:
        branch.found(Path(name))
        with branch.beside(Path(name)) as db:
            yield Raw(db), Path(name)
