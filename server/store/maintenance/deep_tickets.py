"""Tickets, legs, papers and number series compared with what the event log tells of them, some tickets at a time."""

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
"""A job that nobody began in time is told as a paper that was not sent."""
_UNBEGUN = ("queued", "claimed")
_BEFORE_ALL = -(1 << 63)


class Tells(Protocol):
    """Where differences go."""

    tickets: int

    def tell(self, slug: str | None, where: str, what: str) -> None:
        """Keep a difference."""


@dataclass(frozen=True)
class Described:
    """What is to be known of a branch: from which event on its log is chained, what was erased, confirmed clocks."""

    slug: str
    chain_start: int
    erased_to: date | None
    confirmed: tuple[tuple[int, datetime], ...]


@dataclass
class _Series:
    """The numbers of a service on a business day, as issued."""

    last: int = 0
    count: int = 0
    phones: int = 0
    left_out: int = 0
    whole: bool = True
    """Whether the log tells all of it: not of numbers that an earlier release gave."""


@dataclass
class _Part:
    """What is kept of some tickets, by ticket id."""

    events: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))
    legs: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))
    papers: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))


def examine(
    db: Connection,
    described: Mapping[int, Described],
    unreadable: frozenset[tuple[str, str]],
    found: Tells,
    progress: Callable[[str], None],
) -> None:
    """Tell every ticket, leg, paper and series that is not as the log tells it.

    `unreadable`: (table, key) of rows that were told already, and are passed over.
    """
    series: dict[tuple[int, str, date], _Series] = defaultdict(_Series)
    after: int | None = _BEFORE_ALL
    while after is not None:
        ids = list(
            db.execute(select(ticket.c.id).where(ticket.c.id > after).order_by(ticket.c.id).limit(AT_ONCE)).scalars()
        )
        last = ids[-1] if len(ids) == AT_ONCE else None
        _compare_some(_Comparing(db, described, unreadable, found, series), after, last)
        found.tickets += len(ids)
        progress(f"tickets: {found.tickets:,} compared with the log")
        after = last
    _compare_series(db, described, series, found)


@dataclass
class _Comparing:
    db: Connection
    described: Mapping[int, Described]
    unreadable: frozenset[tuple[str, str]]
    found: Tells
    series: dict[tuple[int, str, date], _Series]


def _compare_some(this: _Comparing, after: int, last: int | None) -> None:
    """Those of ids above `after`, up to `last` (None: all)."""
    part = _Part()
    for row in _rows(this.db, event, event.c.ticket_id, after, last, event.c.seq):
        part.events[row["ticket_id"]].append(row)
    for row in _rows(this.db, leg, leg.c.ticket_id, after, last, leg.c.id):
        part.legs[row["ticket_id"]].append(row)
    for row in _rows(this.db, print_job, print_job.c.ticket_id, after, last, print_job.c.id):
        part.papers[row["ticket_id"]].append(row)
    there = {row["id"]: row for row in _rows(this.db, ticket, ticket.c.id, after, last, ticket.c.id)}
    for ticket_id in sorted(there.keys() | part.events.keys()):
        _compare(this, ticket_id, there.get(ticket_id), part)


def _rows(
    db: Connection, table: Table, by: ColumnElement[Any], after: int, last: int | None, order: ColumnElement[Any]
) -> Iterable[Row]:
    where = (by > after,) if last is None else (by > after, by <= last)
    query = stored_rows.raw(table, *where).order_by(by, order)
    return (row for row in stored_rows.rows(db, table, query) if not isinstance(row, Unreadable))


def _compare(this: _Comparing, ticket_id: int, row: Row | None, part: _Part) -> None:
    rows = part.events.get(ticket_id, [])
    branch_id = row["branch_id"] if row is not None else rows[0]["branch_id"]
    its = this.described.get(branch_id)
    if its is None:
        return  # its branch cannot be read, which was told
    if row is None:
        number = next((r["number"] for r in rows if r["number"]), None)
        if ("ticket", f"id {ticket_id}") not in this.unreadable:
            this.found.tell(its.slug, f"ticket {number or ticket_id}", "is in the log and has no row.")
        return
    where = f"ticket {row['number']} of {row['business_day']}"

    def tell(what: str) -> None:
        this.found.tell(its.slug, where, what)

    log = [told for told in map(_event, rows) if told is not None]
    if any(r["branch_id"] != branch_id for r in rows):
        tell("is in the log of another branch.")
        return
    confirmed = [Event(seq, EventType.CLOCK_CONFIRMED, at) for seq, at in its.confirmed]
    try:
        told = rebuild(sorted([*log, *confirmed], key=lambda e: e.seq)).get(ticket_id)
        papers = rebuild_papers(log)
    except ImpossibleEvent as why:
        tell(f"cannot be made from the log: {why}.")
        return
    if told is None:
        tell("has a row, and is not in the log.")
        return
    old = rows[0]["seq"] <= its.chain_start
    erased = old or any(r["words"] is not None and r["salt"] is None for r in rows)
    _compare_ticket(row, told, its, tell, old=old, erased=erased)
    _compare_legs(row, told, part.legs.get(ticket_id, []), tell)
    _compare_papers(part.papers.get(ticket_id, []), papers, tell)
    _count(this, row, told, tell)


def _event(row: Row) -> Event | None:
    try:
        kind = EventType(row["type"])
    except ValueError:
        return None
    data = row["data"] if isinstance(row["data"], dict) else {}
    return Event(row["seq"], kind, row["at"], row["ticket_id"], row["number"], row["service"], row["counter"], data)


def _compare_ticket(
    row: Row, told: RebuiltTicket, its: Described, tell: Callable[[str], None], *, old: bool, erased: bool
) -> None:
    pairs: list[tuple[str, Any, Any]] = [
        ("number", row["number"], told.number),
        ("state", row["state"], told.state.value),
        ("service", row["service"], told.service),
        ("time of issue", row["issued_at"], told.issued_at),
        ("end", row["ended_at"], told.ended_at),
        ("counter", row["counter"], told.counter),
        ("counter it waits for", row["for_counter"], told.for_counter),
    ]
    if not (told.state is State.EXPIRED and old):
        # earlier releases moved the places after such tickets had expired
        pairs.append(("place in line", row["place_at"], told.place_at))
    if told.issue is not None:
        for name, column, value in (
            ("priority", "priority", told.issue.priority),
            ("channel", "channel", told.issue.channel),
            ("language", "language", told.issue.language),
            ("issuer", "origin", told.issue.issued_by),
            ("business day", "business_day", told.issue.business_day),
        ):
            if value is not None:
                pairs.append((name, row[column], value))
    words_are_over = its.erased_to is not None and row["business_day"] < its.erased_to
    if words_are_over:
        pairs.append(("note", row["note"], None))
    elif not (erased and told.note is None):
        pairs.append(("note", row["note"], told.note))
    _tell_pairs(pairs, tell)


def _tell_pairs(pairs: Iterable[tuple[str, Any, Any]], tell: Callable[[str], None], of: str = "") -> None:
    for name, kept, logged in pairs:
        if kept != logged:
            if name == "note":  # what people wrote about somebody does not belong on a screen
                tell("note is another one than the log has.")
            else:
                tell(f"{of}{name} is {_said(kept)} in its row, {_said(logged)} by the log.")


def _compare_legs(row: Row, told: RebuiltTicket, legs: list[Row], tell: Callable[[str], None]) -> None:
    if len(legs) != len(told.legs):
        tell(f"has {len(legs)} legs that can be read, and {len(told.legs)} by the log.")
        return
    for n, (kept, logged) in enumerate(zip(legs, told.legs, strict=True), 1):
        pairs = [(name.replace("_", " "), kept[name], getattr(logged, name)) for name in _LEG]
        pairs.append(("business day", kept["business_day"], row["business_day"]))
        pairs.append(("branch", kept["branch_id"], row["branch_id"]))
        _tell_pairs(pairs, tell, of=f"leg {n}: ")
    open_leg = legs[-1]["id"] if legs and told.legs[-1].ended_at is None else None
    if row["leg_id"] != open_leg:
        tell(f"its open leg is {_said(row['leg_id'])} in its row, {_said(open_leg)} by the log.")


def _compare_papers(papers: list[Row], told: Mapping[int, RebuiltPaper], tell: Callable[[str], None]) -> None:
    for row in papers:
        logged = told.get(row["id"], RebuiltPaper("queued"))
        state = row["state"]
        kept = _PLAIN_STATE.get(state, state)
        if kept != logged.state and not (logged.state == "queued" and state in _UNBEGUN):
            tell(f"paper {row['id']} is {state} in its row, {logged.state} by the log.")
        _tell_pairs(
            (
                ("start", row["started_at"], logged.started_at),
                ("end", row["ended_at"], logged.ended_at),
                ("reason", row["unknown_reason"], logged.reason),
                ("settlement", row["resolution"], logged.resolution),
                ("who settled it", row["resolved_by"], logged.resolved_by),
            ),
            tell,
            of=f"paper {row['id']}: ",
        )
    for job in told.keys() - {row["id"] for row in papers}:
        tell(f"paper {job} is in the log and has no row that can be read.")


def _count(this: _Comparing, row: Row, told: RebuiltTicket, tell: Callable[[str], None]) -> None:
    issue = told.issue
    if issue is None:
        return
    match = re.fullmatch(rf"{re.escape(issue.service)}([0-9]+)", told.number, re.ASCII)
    if match is None:
        tell(f"has a number that is none of service {issue.service}.")
        return
    one = this.series[row["branch_id"], issue.service, issue.business_day or row["business_day"]]
    one.last = max(one.last, int(match[1]))
    one.count += 1
    one.phones += issue.channel == "phone"
    one.left_out += issue.left_out
    one.whole = one.whole and issue.business_day is not None


def _compare_series(
    db: Connection,
    described: Mapping[int, Described],
    series: Mapping[tuple[int, str, date], _Series],
    found: Tells,
) -> None:
    seen = set()
    for row in stored_rows.rows(db, number_series, stored_rows.raw(number_series)):
        if isinstance(row, Unreadable):
            continue
        key = row["branch_id"], row["service"], row["business_day"]
        its, told = described.get(row["branch_id"]), series.get(key)
        seen.add(key)
        if its is None:
            continue
        where = f"numbers of {row['service']} on {row['business_day']}"
        if told is None:
            found.tell(its.slug, where, "have a row, and the log has none of them.")
            continue
        pairs = [("last one", row["last"], told.last)]
        if told.whole:
            pairs += [
                ("count by phone", row["phones"], told.phones),
                ("count left out", row["left_out"], told.left_out),
            ]
        _tell_pairs(pairs, lambda what, its=its, where=where: found.tell(its.slug, where, what))  # type: ignore[misc]
    for branch_id, service, day in series.keys() - seen:
        if branch_id in described:
            found.tell(described[branch_id].slug, f"numbers of {service} on {day}", "have no row that can be read.")


def _said(value: Any) -> str:
    return "nothing" if value is None else str(value)
