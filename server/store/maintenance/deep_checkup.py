"""Compares all data that follow from the event log with the log, and the log with its digests.

It reads one snapshot in parts, so memory does not grow with the data. It changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from typing import Any

from sqlalchemy import Connection, select

from server.domain.history import event_chain
from server.domain.history.event_chain import Head
from server.domain.history.events import Event, EventType, personal_data
from server.domain.history.rebuilding import RebuiltCounter, counter_after
from server.store.maintenance import deep_tickets, schema_check, stored_rows
from server.store.maintenance.stored_rows import Row, Unreadable
from server.store.sql.schema import branch, counter, event, metadata
from server.store.tables import slugs

AT_ONCE = 2000
"""Events between two progress reports."""
MAX_LISTED = 1000
"""Differences listed; the others are only counted."""
_COUNTER_EVENTS = frozenset(
    {EventType.COUNTER_OPENED, EventType.COUNTER_PAUSING, EventType.COUNTER_PAUSED, EventType.COUNTER_CLOSED}
)
NOT_IN_LOG = {
    "meta": ("key", "value"),
    "branch": (
        "slug", "name", "timezone", "languages", "day_start", "start_on_call", "public_url", "hours", "special_days",
        "last_ticket_minutes", "join_by_phone", "phone_share", "reinstate_minutes", "notice", "carry_hours",
        "pause_reasons", "no_show_recalls", "no_show_seconds",
        "retention_days", "retired", "revision", "expired_to", "carried_until", "erased_to",
    ),
    "service": (
        "name", "first_number", "last_number", "target_wait_seconds", "daily_quota", "position", "retired",
    ),
    "priority_class": ("code", "name", "head_start_seconds", "position", "retired"),
    "counter": ("name", "services", "helps_out_with", "helps_out_after_seconds", "retired"),
    "print_job": (
        "printer", "issued_by", "reprint", "content", "created_at", "expires_at", "claimed_by", "lease",
        "lease_expires_at", "detail", "resolved_at",
    ),
    **{
        name: tuple(column.name for column in metadata.tables[name].columns)
        for name in (
            "device", "token", "user_account", "membership", "session", "known_browser", "sign_in_failure",
            "idempotency", "audit",
        )
    },
}  # fmt: skip
"""The columns of each table that do not follow from the log: another valid value there is not detected."""


@dataclass(frozen=True)
class Difference:
    """A difference from the log: the branch's slug (None: no branch), the place in the data, and the fault."""

    branch: str | None
    where: str
    what: str


@dataclass
class CheckResult:
    """The differences found, and how much was checked."""

    events: int = 0
    chained: int = 0
    """Events that are part of a chain; events of earlier releases are not."""
    tickets: int = 0
    heads: list[Head] = field(default_factory=list)
    """The head of each branch with a chained log, computed from the log."""
    differences: list[Difference] = field(default_factory=list)
    unlisted: int = 0
    """Number of differences that are not in the list."""

    def add(self, slug: str | None, where: str, what: str) -> None:
        """Record a difference."""
        if len(self.differences) < MAX_LISTED:
            self.differences.append(Difference(slug, where, what))
        else:
            self.unlisted += 1


def heads(db: Connection) -> list[Head]:
    """Return the stored head of each branch with a chained log, sorted by slug."""
    rows = db.execute(select(branch.c.slug, branch.c.seq, branch.c.chain_head).where(branch.c.chain_head.is_not(None)))
    return sorted((Head(r.slug, r.seq, bytes(r.chain_head)) for r in rows), key=lambda head: head.branch)


def examine(
    db: Connection, recorded: Sequence[Head] = (), progress: Callable[[str], None] = lambda _message: None
) -> CheckResult:
    """Check the schema, all rows against the log, and the log against its digests.

    `recorded` are heads noted earlier outside the database: the log must still contain them.
    """
    result = CheckResult()
    for difference in schema_check.differences(db):
        result.add(None, "the schema", f"is not that of this release: {difference}.")
    examine_rows(db, result, recorded, progress)
    return result


def examine_rows(
    db: Connection,
    result: CheckResult,
    recorded: Sequence[Head] = (),
    progress: Callable[[str], None] = lambda _message: None,
) -> None:
    """Check all rows against the log, and the log against its digests and the `recorded` heads."""
    with stored_rows.allow_any_text(db):
        unreadable = _report_unreadable(db, result, progress)
        logs = []
        for row in _all(db, branch):
            if isinstance(row, Unreadable):
                continue  # already reported
            log = _Log(db, row, [h for h in recorded if _is_head_of(db, h, row["slug"])], result, progress)
            log.check()
            logs.append(log)
        slugs_checked = {log.slug for log in logs}
        for head in recorded:
            if not any(_is_head_of(db, head, slug) for slug in slugs_checked):
                result.add(head.branch, "the recorded head", "is of a branch that is not there.")
        facts = {
            log.id: deep_tickets.BranchFacts(log.slug, log.chain_start, log.erased_to, tuple(log.confirmed))
            for log in logs
        }
        deep_tickets.examine(db, facts, frozenset(unreadable), result, progress)


def _is_head_of(db: Connection, head: Head, slug: str) -> bool:
    return head.branch == slug or slugs.current_slug(db, head.branch) == slug


def _report_unreadable(db: Connection, result: CheckResult, progress: Callable[[str], None]) -> set[tuple[str, str]]:
    """Report every row that cannot be read; return (table, key) of each."""
    reported = set()
    for table in metadata.sorted_tables:
        step = lambda count, name=table.name: progress(f"{name}: {count:,} rows read")  # noqa: E731
        for bad in stored_rows.unreadable_rows(db, table, step):
            result.add(None, f"table {bad.table}, {bad.key}", f"The row cannot be read: {bad.why}.")
            reported.add((bad.table, bad.key))
    return reported


def _all(db: Connection, table: Any) -> list[Row | Unreadable]:
    return list(stored_rows.rows(db, table, stored_rows.raw(table).order_by(*table.primary_key.columns)))


class _Log:
    """The log of one branch, checked in one pass from its beginning."""

    def __init__(
        self,
        db: Connection,
        row: Row,
        recorded: list[Head],
        result: CheckResult,
        progress: Callable[[str], None],
    ) -> None:
        self.id: int = row["id"]
        self.slug: str = row["slug"]
        self.chain_start: int = row["chain_start"]
        self.erased_to = row["erased_to"]
        self.confirmed: list[tuple[int, datetime]] = []
        """(seq, time) of each confirmation of the clock, which moves places in the line."""
        self._db = db
        self._row = row
        self._recorded = {head.seq: head.digest for head in recorded}
        self._result = result
        self._progress = progress
        self._digest = event_chain.first_link(self.id, self.chain_start)
        self._seq = 0
        self._last_at: datetime | None = None
        self._counters: dict[int, RebuiltCounter] = {}
        self._reasons_erased: set[int] = set()
        self._day_started: Event | None = None

    def check(self) -> None:
        """Check every event, then the branch's and the counters' rows."""
        for row in self._events():
            self._result.events += 1
            if self._result.events % AT_ONCE == 0:
                self._progress(f"events: {self._result.events:,} checked")
            if isinstance(row, Unreadable):
                self._pass_unreadable(row)
            else:
                self._check_event(row)
        self._check_branch()
        self._check_counters()
        for seq in sorted(s for s in self._recorded if s > self._seq or s <= self.chain_start):
            self._report(
                f"event {seq}",
                "is the last event of the recorded head, and the log has no digest of it: it "
                + (f"ends with event {self._seq}." if seq > self._seq else "was written by an earlier release."),
            )

    def _report(self, where: str, what: str) -> None:
        self._result.add(self.slug, where, what)

    def _events(self) -> Iterator[Row | Unreadable]:
        """Yield the rows in the order of the log."""
        return stored_rows.rows(
            self._db, event, stored_rows.raw(event, event.c.branch_id == self.id).order_by(event.c.seq)
        )

    def _pass_unreadable(self, row: Unreadable) -> None:
        """Continue the chain from the digest of an unreadable row, which is already reported, if that can be read."""
        seq, digest = row.values["seq"], row.values["digest"]
        self._seq = seq if isinstance(seq, int) else self._seq + 1
        self._digest = digest if isinstance(digest, bytes) else b""

    def _check_event(self, row: Row) -> None:
        seq = row["seq"]
        if seq != self._seq + 1:
            missing = f"event {self._seq + 1}" if seq == self._seq + 2 else f"events {self._seq + 1} to {seq - 1}"
            self._report(missing, "is missing from the log." if seq == self._seq + 2 else "are missing from the log.")
        self._seq = seq
        logged = event_of(row)
        if logged is None:
            self._report(f"event {seq}", f"has an unknown type ({row['type']!r:.40}).")
            self._digest = row["digest"] or b""
            return
        self._check_digest(logged, row)
        self._last_at = logged.at
        if logged.type is EventType.CLOCK_CONFIRMED:
            self.confirmed.append((seq, logged.at))
        elif logged.type is EventType.DAY_STARTED:
            self._day_started = logged
        elif logged.type in _COUNTER_EVENTS and logged.counter is not None:
            state = self._counters.get(logged.counter, RebuiltCounter())
            self._counters[logged.counter] = counter_after(state, logged)
            erased = row["words"] is not None and row["salt"] is None
            (self._reasons_erased.add if erased else self._reasons_erased.discard)(logged.counter)

    def _check_digest(self, logged: Event, row: Row) -> None:
        seq, stored, words = logged.seq, row["digest"], row["words"]
        if seq <= self.chain_start:
            if stored is not None or words is not None or row["salt"] is not None:
                self._report(_event_name(logged), "has a digest, though the chain begins after it.")
            return
        self._result.chained += 1
        computed = event_chain.digest_of(self._digest, self.id, logged, words)
        if stored is None or not compare_digest(stored, computed):
            self._report(_event_name(logged), "is not as it was written: it does not fit its digest.")
        elif not _words_fit(logged, row):
            self._report(_event_name(logged), "has another text (note, reason, outcome) than was written.")
        recorded = self._recorded.get(seq)
        if recorded is not None and not compare_digest(recorded, computed):
            self._report(
                _event_name(logged), "has another digest than the recorded head: the log up to it was rewritten."
            )
        self._digest = stored if stored is not None else computed

    def _check_branch(self) -> None:
        row = self._row
        if row["seq"] != self._seq:
            self._report("its row", f"counts {row['seq']} events, and the log has {self._seq}.")
        if self._last_at is not None and row["last_at"] != self._last_at:
            self._report("its row", f"has the last event at {row['last_at']}, the log at {self._last_at}.")
        head = row["chain_head"]
        if self._seq > self.chain_start:
            if head is None or not compare_digest(head, self._digest):
                self._report("its row", "has another head than the log: the last events were removed or rewritten.")
            self._result.heads.append(Head(self.slug, self._seq, self._digest))
        elif head is not None:
            self._report("its row", "has a head, and the log no chained event.")
        if self.chain_start > self._seq:
            self._report("its row", f"says that the chain begins after event {self.chain_start}, which is not there.")
        day, turn = self._day_started, row["last_turn"]
        if day is not None and turn is not None and "last_event_at" in day.data:
            data = day.data
            jump = [data[n] for n in ("clock_before", "clock_after") if n in data] or None
            logged = (
                data.get("day"),
                day.at.isoformat(),
                data.get("expired"),
                data.get("carried"),
                data["last_event_at"],
                jump,
            )
            if not isinstance(turn, dict) or logged != tuple(
                turn.get(n) for n in ("day", "at", "expired", "carried", "last_at", "jump")
            ):
                self._report("its row", "has another turn of the business day than the log.")

    def _check_counters(self) -> None:
        query = stored_rows.raw(counter, counter.c.branch_id == self.id).order_by(counter.c.number)
        rows = [row for row in stored_rows.rows(self._db, counter, query) if not isinstance(row, Unreadable)]
        for row in rows:
            logged = self._counters.get(row["number"], RebuiltCounter())
            where = f"counter {row['number']}"
            pairs: list[tuple[str, Any, Any]] = [
                ("state", row["state"], logged.state),
                ("agent", row["agent"], logged.agent),
                ("time of its last change", row["changed_at"], logged.changed_at),
            ]
            if row["number"] not in self._reasons_erased:
                pairs.append(("reason", row["reason"] or None, logged.reason))
                pairs.append(("pause after its customer", row["pause_after"], logged.pause_after))
            if logged.holder_known:
                pairs.append(("holder", row["holder"], logged.holder))
            for name, stored, expected in pairs:
                if stored != expected:
                    self._report(where, f"{name} is {_text(stored)} in its row, but {_text(expected)} in the log.")
        for number in self._counters.keys() - {row["number"] for row in rows}:
            self._report(f"counter {number}", "is in the log and has no row that can be read.")


def event_of(row: Row) -> Event | None:
    """Build the event from a readable row; return None if its type is unknown."""
    try:
        kind = EventType(row["type"])
    except ValueError:
        return None
    data = row["data"] if isinstance(row["data"], dict) else {"": row["data"]}
    return Event(
        row["seq"], kind, row["at"], row["ticket_id"], row["number"], row["service"], row["counter"], data
    )  # fmt: skip


def _words_fit(logged: Event, row: Row) -> bool:
    """Return whether the personal text is as it was written, or completely erased."""
    personal = personal_data(logged.type, logged.data)
    if row["words"] is None:
        return not personal and row["salt"] is None
    if row["salt"] is None:
        return not personal
    return compare_digest(event_chain.digest_of_personal_data(row["salt"], personal), row["words"])


def _event_name(logged: Event) -> str:
    subject = f", {logged.number}" if logged.number else ""
    if not subject and logged.counter is not None:
        subject = f", counter {logged.counter}"
    return f"event {logged.seq} ({logged.type.value}{subject})"


def _text(value: Any) -> str:
    return "nothing" if value is None else str(value)
