"""Compares tickets, legs, papers and number series with the event log, AT_ONCE tickets at a time."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Table, select

from server.domain.history.events import Event, EventType
from server.domain.history.rebuilding import ImpossibleEvent, RebuiltPaper, RebuiltTicket, rebuild, rebuild_papers
from server.domain.ticket import State
from server.store.maintenance import stored_rows
from server.store.maintenance.stored_rows import Row, Unreadable
from server.store.sql.schema import event, leg, number_series, print_job, ticket

AT_ONCE = 500
"""Tickets that are compared at a time."""
_LEG = (
    "service", "counter", "queued_at", "called_at", "started_at", "ended_at", "outcome", "recalls", "called_seq",
)  # fmt: skip
_PLAIN_STATE = {"expired": "not_sent"}
"""The log has an expired job as a paper that was not sent."""
_NOT_STARTED = ("queued", "claimed")
_BEFORE_ALL = -(1 << 63)


class DifferenceSink(Protocol):
    """A collector of differences."""

    tickets: int

    def add(self, slug: str | None, where: str, what: str) -> None:
        """Record a difference."""


@dataclass(frozen=True)
class BranchFacts:
    """Facts of a branch: its chain starts after `chain_start`, text before `erased_to` is erased, clocks confirmed."""

    slug: str
    chain_start: int
    erased_to: date | None
    confirmed: tuple[tuple[int, datetime], ...]


@dataclass
class _Series:
    """The numbers issued for a service on a business day, by the log."""

    last: int = 0
    count: int = 0
    phones: int = 0
    left_out: int = 0
    complete: bool = True
    """Whether the log has all facts; it lacks some for numbers issued by an earlier release."""


@dataclass
class _Part:
    """The stored rows of some tickets, by ticket id."""

    events: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))
    legs: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))
    papers: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))


def examine(
    db: Connection,
    facts: Mapping[int, BranchFacts],
    unreadable: frozenset[tuple[str, str]],
    result: DifferenceSink,
    progress: Callable[[str], None],
) -> None:
    """Report every ticket, leg, paper and series that differs from the log.

    `unreadable` has (table, key) of rows already reported; they are skipped.
    """
    series: dict[tuple[int, str, date], _Series] = defaultdict(_Series)
    after: int | None = _BEFORE_ALL
    while after is not None:
        ids = list(
            db.execute(select(ticket.c.id).where(ticket.c.id > after).order_by(ticket.c.id).limit(AT_ONCE)).scalars()
        )
        last = ids[-1] if len(ids) == AT_ONCE else None
        _compare_range(_Comparison(db, facts, unreadable, result, series), after, last)
        result.tickets += len(ids)
        progress(f"tickets: {result.tickets:,} compared with the log")
        after = last
    _compare_series(db, facts, series, result)


@dataclass
class _Comparison:
    db: Connection
    facts: Mapping[int, BranchFacts]
    unreadable: frozenset[tuple[str, str]]
    result: DifferenceSink
    series: dict[tuple[int, str, date], _Series]


def _compare_range(run: _Comparison, after: int, last: int | None) -> None:
    """Compare tickets with ids above `after`, up to `last` (None: no limit)."""
    part = _Part()
    for row in _rows(run.db, event, event.c.ticket_id, after, last, event.c.seq):
        part.events[row["ticket_id"]].append(row)
    for row in _rows(run.db, leg, leg.c.ticket_id, after, last, leg.c.id):
        part.legs[row["ticket_id"]].append(row)
    for row in _rows(run.db, print_job, print_job.c.ticket_id, after, last, print_job.c.id):
        part.papers[row["ticket_id"]].append(row)
    ticket_rows = {row["id"]: row for row in _rows(run.db, ticket, ticket.c.id, after, last, ticket.c.id)}
    for ticket_id in sorted(ticket_rows.keys() | part.events.keys()):
        _compare(run, ticket_id, ticket_rows.get(ticket_id), part)


def _rows(
    db: Connection, table: Table, id_column: ColumnElement[Any], after: int, last: int | None, order: ColumnElement[Any]
) -> Iterable[Row]:
    conditions = (id_column > after,) if last is None else (id_column > after, id_column <= last)
    query = stored_rows.raw(table, *conditions).order_by(id_column, order)
    return (row for row in stored_rows.rows(db, table, query) if not isinstance(row, Unreadable))


def _compare(run: _Comparison, ticket_id: int, row: Row | None, part: _Part) -> None:
    rows = part.events.get(ticket_id, [])
    branch_id = row["branch_id"] if row is not None else rows[0]["branch_id"]
    branch = run.facts.get(branch_id)
    if branch is None:
        return  # its branch cannot be read, which is already reported
    if row is None:
        number = next((r["number"] for r in rows if r["number"]), None)
        if ("ticket", f"id {ticket_id}") not in run.unreadable:
            run.result.add(branch.slug, f"ticket {number or ticket_id}", "is in the log and has no row.")
        return
    where = f"ticket {row['number']} of {row['business_day']}"

    def report(what: str) -> None:
        run.result.add(branch.slug, where, what)

    events = [logged for logged in map(_event, rows) if logged is not None]
    if any(r["branch_id"] != branch_id for r in rows):
        report("is in the log of another branch.")
        return
    confirmed = [Event(seq, EventType.CLOCK_CONFIRMED, at) for seq, at in branch.confirmed]
    try:
        ticket_by_log = rebuild(sorted([*events, *confirmed], key=lambda e: e.seq)).get(ticket_id)
        papers = rebuild_papers(events)
    except ImpossibleEvent as error:
        report(f"cannot be rebuilt from the log: {error}.")
        return
    if ticket_by_log is None:
        report("has a row, and is not in the log.")
        return
    old = rows[0]["seq"] <= branch.chain_start
    erased = old or any(r["words"] is not None and r["salt"] is None for r in rows)
    _compare_ticket(row, ticket_by_log, branch, report, old=old, erased=erased)
    _compare_legs(row, ticket_by_log, part.legs.get(ticket_id, []), report)
    _compare_papers(part.papers.get(ticket_id, []), papers, report)
    _count(run, row, ticket_by_log, report)


def _event(row: Row) -> Event | None:
    try:
        kind = EventType(row["type"])
    except ValueError:
        return None
    data = row["data"] if isinstance(row["data"], dict) else {}
    return Event(row["seq"], kind, row["at"], row["ticket_id"], row["number"], row["service"], row["counter"], data)


def _compare_ticket(
    row: Row, logged: RebuiltTicket, branch: BranchFacts, report: Callable[[str], None], *, old: bool, erased: bool
) -> None:
    pairs: list[tuple[str, Any, Any]] = [
        ("number", row["number"], logged.number),
        ("state", row["state"], logged.state.value),
        ("service", row["service"], logged.service),
        ("time of issue", row["issued_at"], logged.issued_at),
        ("end", row["ended_at"], logged.ended_at),
        ("counter", row["counter"], logged.counter),
        ("counter it waits for", row["for_counter"], logged.for_counter),
    ]
    if not (logged.state is State.EXPIRED and old):
        # earlier releases changed places in line after such tickets had expired
        pairs.append(("place in line", row["place_at"], logged.place_at))
    if logged.issue is not None:
        for name, column, value in (
            ("priority", "priority", logged.issue.priority),
            ("channel", "channel", logged.issue.channel),
            ("language", "language", logged.issue.language),
            ("issuer", "origin", logged.issue.issued_by),
            ("business day", "business_day", logged.issue.business_day),
        ):
            if value is not None:
                pairs.append((name, row[column], value))
    text_erased = branch.erased_to is not None and row["business_day"] < branch.erased_to
    if text_erased:
        pairs.append(("note", row["note"], None))
    elif not (erased and logged.note is None):
        pairs.append(("note", row["note"], logged.note))
    _report_pairs(pairs, report)


def _report_pairs(pairs: Iterable[tuple[str, Any, Any]], report: Callable[[str], None], prefix: str = "") -> None:
    for name, stored, logged in pairs:
        if stored != logged:
            if name == "note":  # a note may be personal, so it is not shown
                report("note differs from the log.")
            else:
                report(f"{prefix}{name} is {_text(stored)} in its row, but {_text(logged)} in the log.")


def _compare_legs(row: Row, logged_ticket: RebuiltTicket, legs: list[Row], report: Callable[[str], None]) -> None:
    if len(legs) != len(logged_ticket.legs):
        report(f"has {len(legs)} legs that can be read, but {len(logged_ticket.legs)} in the log.")
        return
    for n, (stored, logged) in enumerate(zip(legs, logged_ticket.legs, strict=True), 1):
        pairs = [(name.replace("_", " "), stored[name], getattr(logged, name)) for name in _LEG]
        pairs.append(("business day", stored["business_day"], row["business_day"]))
        pairs.append(("branch", stored["branch_id"], row["branch_id"]))
        _report_pairs(pairs, report, prefix=f"leg {n}: ")
    open_leg = legs[-1]["id"] if legs and logged_ticket.legs[-1].ended_at is None else None
    if row["leg_id"] != open_leg:
        report(f"its open leg is {_text(row['leg_id'])} in its row, but {_text(open_leg)} in the log.")


def _compare_papers(
    papers: list[Row], logged_papers: Mapping[int, RebuiltPaper], report: Callable[[str], None]
) -> None:
    for row in papers:
        logged = logged_papers.get(row["id"], RebuiltPaper("queued"))
        state = row["state"]
        stored = _PLAIN_STATE.get(state, state)
        if stored != logged.state and not (logged.state == "queued" and state in _NOT_STARTED):
            report(f"paper {row['id']} is {state} in its row, but {logged.state} in the log.")
        _report_pairs(
            (
                ("start", row["started_at"], logged.started_at),
                ("end", row["ended_at"], logged.ended_at),
                ("reason", row["unknown_reason"], logged.reason),
                ("settlement", row["resolution"], logged.resolution),
                ("settled by", row["resolved_by"], logged.resolved_by),
            ),
            report,
            prefix=f"paper {row['id']}: ",
        )
    for job in logged_papers.keys() - {row["id"] for row in papers}:
        report(f"paper {job} is in the log and has no row that can be read.")


def _count(run: _Comparison, row: Row, logged: RebuiltTicket, report: Callable[[str], None]) -> None:
    issue = logged.issue
    if issue is None:
        return
    match = re.fullmatch(rf"{re.escape(issue.service)}([0-9]+)", logged.number, re.ASCII)
    if match is None:
        report(f"has a number that service {issue.service} does not issue.")
        return
    series = run.series[row["branch_id"], issue.service, issue.business_day or row["business_day"]]
    series.last = max(series.last, int(match[1]))
    series.count += 1
    series.phones += issue.channel == "phone"
    series.left_out += issue.left_out
    series.complete = series.complete and issue.business_day is not None


def _compare_series(
    db: Connection,
    facts: Mapping[int, BranchFacts],
    series: Mapping[tuple[int, str, date], _Series],
    result: DifferenceSink,
) -> None:
    series_with_row = set()
    for row in stored_rows.rows(db, number_series, stored_rows.raw(number_series)):
        if isinstance(row, Unreadable):
            continue
        key = row["branch_id"], row["service"], row["business_day"]
        branch, logged = facts.get(row["branch_id"]), series.get(key)
        series_with_row.add(key)
        if branch is None:
            continue
        where = f"numbers of {row['service']} on {row['business_day']}"
        if logged is None:
            result.add(branch.slug, where, "have a row, and the log has none of them.")
            continue
        pairs = [("last one", row["last"], logged.last)]
        if logged.complete:
            pairs += [
                ("count by phone", row["phones"], logged.phones),
                ("count left out", row["left_out"], logged.left_out),
            ]
        _report_pairs(pairs, lambda what, branch=branch, where=where: result.add(branch.slug, where, what))  # type: ignore[misc]
    for branch_id, service, day in series.keys() - series_with_row:
        if branch_id in facts:
            result.add(facts[branch_id].slug, f"numbers of {service} on {day}", "have no row that can be read.")


def _text(value: Any) -> str:
    return "nothing" if value is None else str(value)
