"""A past for a branch: tickets of the last year that were issued, called, finished and printed."""

from __future__ import annotations

from pathlib import Path

from benchmarks import branch
from benchmarks.raw import CONTENT

_DAY = 86_400_000_000


def grow(data: Path, tickets: int) -> None:
    """Let the branch in `data` have so many tickets behind it, evenly over the year up to yesterday."""
    first = f"((strftime('%s', 'now', 'start of day') / 86400 - 365) * {_DAY})"
    at = f"({first} + i * 365 / {tickets} * {_DAY} + i % 28800 * 1000000)"
    day = f"date('now', 'start of day', (i * 365 / {tickets} - 365) || ' days')"
    service, counter = "substr('ABCD', i % 4 + 1, 1)", "(i % 8 + 1)"
    number = "(substr('ABCD', i % 4 + 1, 1) || printf('%07d', i))"
    each = f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {tickets - 1}) "
    events = "\nUNION ALL ".join(
        f"SELECT 1, i * 3 + {n}, '{kind}', {at} + {n} * 60000000, i + 1, {number}, {service}, {where}, '{told}' FROM n"
        for n, kind, where, told in (
            (1, "issued", "NULL", '{"priority": "normal"}'),
            (2, "called", counter, '{"from": "waiting", "counter_before": null, "why": "earliest"}'),
            (3, "finished", counter, '{"from": "called"}'),
        )
    )
    branch.change(
        data,
        "INSERT INTO ticket (id, branch_id, business_day, number, service, priority, state, language, issued_at, "
        f"place_at, ended_at, counter, origin) {each}"
        f"SELECT i + 1, 1, {day}, {number}, {service}, 'normal', 'served', 'id', {at}, {at}, {at} + 180000000, "
        f"{counter}, 'token:1' FROM n",
        "INSERT INTO leg (ticket_id, branch_id, business_day, service, counter, queued_at, called_at, started_at, "
        f"ended_at, outcome, recalls, called_seq) {each}"
        f"SELECT i + 1, 1, {day}, {service}, {counter}, {at}, {at} + 120000000, {at} + 130000000, {at} + 180000000, "
        "'served', 0, i * 3 + 2 FROM n",
        "INSERT INTO print_job (branch_id, ticket_id, printer, issued_by, state, reprint, content, created_at, "
        f"expires_at, claimed_by, ended_at) {each}"
        f"SELECT 1, i + 1, 'Printer', 'token:1', 'printed', 0, '{CONTENT}', {at}, {at} + 60000000, 2, {at} FROM n",
        # what the branch was declared with stands at the beginning of its log
        "DELETE FROM event",
        f"INSERT INTO event (branch_id, seq, type, at, ticket_id, number, service, counter, data) {each}{events}",
        f"UPDATE branch SET seq = {tickets} * 3, last_at = (SELECT max(at) FROM event)",
    )
