"""Everything in the database that follows from the event log, compared with the log; and the log with its digests.

It reads one snapshot, a part at a time, whatever the size of the data, and changes nothing.
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
KEPT = 1000
"""So many differences are told; the others are counted."""
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
"""Table → the columns that do not follow from the log: a value there that is another valid one is not noticed."""


@dataclass(frozen=True)
class Difference:
    """What is not as the log tells it: of which branch (its slug; None: of none), where, and what."""

    branch: str | None
    where: str
    what: str


@dataclass
class Checked:
    """What a deep look has found, and how much it has looked at."""

    events: int = 0
    chained: int = 0
    """Events that are part of a chain; those of earlier releases are not."""
    tickets: int = 0
    heads: list[Head] = field(default_factory=list)
    """The head of each branch that has one, as it is computed from the log."""
    differences: list[Difference] = field(default_factory=list)
    more: int = 0
    """Differences that are not in the list."""

    def tell(self, slug: str | None, where: str, what: str) -> None:
        if len(self.differences) < KEPT:
            self.differences.append(Difference(slug, where, what))
        else:
            self.more += 1


def heads(db: Connection) -> list[Head]:
    """The head of each branch whose log is chained, by slug."""
    rows = db.execute(select(branch.c.slug, branch.c.seq, branch.c.chain_head).where(branch.c.chain_head.is_not(None)))
    return sorted((Head(r.slug, r.seq, bytes(r.chain_head)) for r in rows), key=lambda head: head.branch)


def examine(db: Connection, kept: Sequence[Head] = (), progress: Callable[[str], None] = lambda _told: None) -> Checked:
    """Compare the schema with this release's, all rows with the log, and the log with its digests and `kept` heads."""
    found = Checked()
    for difference in schema_check.differences(db):
        found.tell(None, "the schema", f"is not that of this release: {difference}.")
    examine_rows(db, found, kept, progress)
    return found


def examine_rows(
    db: Connection, found: Checked, kept: Sequence[Head] = (), progress: Callable[[str], None] = lambda _told: None
) -> None:
    """Compare all rows with the log, and the log with its digests and with heads that were `kept` elsewhere."""
    with stored_rows.any_text(db):
        unreadable = _unreadable(db, found, progress)
        logs = []
        for row in _all(db, branch):
            if isinstance(row, Unreadable):
                continue  # told above
            log = _Log(db, row, [h for h in kept if _means(db, h, row["slug"])], found, progress)
            log.check()
            logs.append(log)
        known = {log.slug for log in logs}
        for head in kept:
            if not any(_means(db, head, slug) for slug in known):
                found.tell(head.branch, "the head that was kept", "is of a branch that is not there.")
        described = {
            log.id: deep_tickets.Described(log.slug, log.chain_start, log.erased_to, tuple(log.confirmed))
            for log in logs
        }
        deep_tickets.examine(db, described, frozenset(unreadable), found, progress)


def _means(db: Connection, head: Head, slug: str) -> bool:
    return head.branch == slug or slugs.current_slug(db, head.branch) == slug


def _unreadable(db: Connection, found: Checked, progress: Callable[[str], None]) -> set[tuple[str, str]]:
    """Tell every row of every table that cannot be read; returns (table, key) of each."""
    told = set()
    for table in metadata.sorted_tables:
        step = lambda count, name=table.name: progress(f"{name}: {count:,} rows read")  # noqa: E731
        for bad in stored_rows.every_unreadable(db, table, step):
            found.tell(None, f"table {bad.table}, {bad.key}", f"The row cannot be read: {bad.why}.")
            told.add((bad.table, bad.key))
    return told


def _all(db: Connection, table: Any) -> list[Row | Unreadable]:
    return list(stored_rows.rows(db, table, stored_rows.raw(table).order_by(*table.primary_key.columns)))


class _Log:
    """The log of one branch, read once from its beginning."""

    def __init__(
        self,
        db: Connection,
        row: Row,
        kept: list[Head],
        found: Checked,
        progress: Callable[[str], None],
    ) -> None:
        self.id: int = row["id"]
        self.slug: str = row["slug"]
        self.chain_start: int = row["chain_start"]
        self.erased_to = row["erased_to"]
        self.confirmed: list[tuple[int, datetime]] = []
        """(seq, moment) of each confirmation of a clock, which moves places in the line."""
        self._db = db
        self._row = row
        self._kept = {head.seq: head.digest for head in kept}
        self._found = found
        self._progress = progress
        self._digest = event_chain.first_link(self.id, self.chain_start)
        self._seq = 0
        self._last_at: datetime | None = None
        self._counters: dict[int, RebuiltCounter] = {}
        self._reasons_erased: set[int] = set()
        self._day_started: Event | None = None

    def check(self) -> None:
        """Check every event, then what the branch's and the counters' rows say after the last."""
        for row in self._events():
            self._found.events += 1
            if self._found.events % AT_ONCE == 0:
                self._progress(f"events: {self._found.events:,} checked")
            if isinstance(row, Unreadable):
                self._pass_unreadable(row)
            else:
                self._one(row)
        self._check_branch()
        self._check_counters()
        for seq in sorted(s for s in self._kept if s > self._seq or s <= self.chain_start):
            self._tell(
                f"event {seq}",
                "is the last one of the head that was kept, and the log has no digest of it: it "
                + (f"ends with event {self._seq}." if seq > self._seq else "was written by an earlier release."),
            )

    def _tell(self, where: str, what: str) -> None:
        self._found.tell(self.slug, where, what)

    def _events(self) -> Iterator[Row | Unreadable]:
        """The rows in the order of the log."""
        return stored_rows.rows(
            self._db, event, stored_rows.raw(event, event.c.branch_id == self.id).order_by(event.c.seq)
        )

    def _pass_unreadable(self, row: Unreadable) -> None:
        """It was told already: the chain goes on from its digest, where that can be read."""
        seq, digest = row.values["seq"], row.values["digest"]
        self._seq = seq if isinstance(seq, int) else self._seq + 1
        self._digest = digest if isinstance(digest, bytes) else b""

    def _one(self, row: Row) -> None:
        seq = row["seq"]
        if seq != self._seq + 1:
            missing = f"event {self._seq + 1}" if seq == self._seq + 2 else f"events {self._seq + 1} to {seq - 1}"
            self._tell(missing, "is missing from the log." if seq == self._seq + 2 else "are missing from the log.")
        self._seq = seq
        told = event_of(row)
        if told is None:
            self._tell(f"event {seq}", f"has a type that nothing has ({row['type']!r:.40}).")
            self._digest = row["digest"] or b""
            return
        self._check_digest(told, row)
        self._last_at = told.at
        if told.type is EventType.CLOCK_CONFIRMED:
            self.confirmed.append((seq, told.at))
        elif told.type is EventType.DAY_STARTED:
            self._day_started = told
        elif told.type in _COUNTER_EVENTS and told.counter is not None:
            known = self._counters.get(told.counter, RebuiltCounter())
            self._counters[told.counter] = counter_after(known, told)
            erased = row["words"] is not None and row["salt"] is None
            (self._reasons_erased.add if erased else self._reasons_erased.discard)(told.counter)

    def _check_digest(self, told: Event, row: Row) -> None:
        seq, stored, words = told.seq, row["digest"], row["words"]
        if seq <= self.chain_start:
            if stored is not None or words is not None or row["salt"] is not None:
                self._tell(_named(told), "has a digest, though the chain begins after it.")
            return
        self._found.chained += 1
        computed = event_chain.digest_of(self._digest, self.id, told, words)
        if stored is None or not compare_digest(stored, computed):
            self._tell(_named(told), "is not as it was written: it does not fit its digest.")
        elif not _words_fit(told, row):
            self._tell(_named(told), "has other words (note, reason, outcome) than were written.")
        kept = self._kept.get(seq)
        if kept is not None and not compare_digest(kept, computed):
            self._tell(
                _named(told), "has another digest than the head that was kept: the log up to it was written anew."
            )
        self._digest = stored if stored is not None else computed

    def _check_branch(self) -> None:
        row = self._row
        if row["seq"] != self._seq:
            self._tell("its row", f"counts {row['seq']} events, and the log has {self._seq}.")
        if self._last_at is not None and row["last_at"] != self._last_at:
            self._tell("its row", f"has the last event at {row['last_at']}, the log at {self._last_at}.")
        head = row["chain_head"]
        if self._seq > self.chain_start:
            if head is None or not compare_digest(head, self._digest):
                self._tell("its row", "has another head than the log: the last events were taken away or written anew.")
            self._found.heads.append(Head(self.slug, self._seq, self._digest))
        elif head is not None:
            self._tell("its row", "has a head, and the log no chained event.")
        if self.chain_start > self._seq:
            self._tell("its row", f"says that the chain begins after event {self.chain_start}, which is not there.")
        day, turn = self._day_started, row["last_turn"]
        if day is not None and turn is not None and "last_event_at" in day.data:
            data = day.data
            jump = [data[n] for n in ("clock_before", "clock_after") if n in data] or None
            told = (
                data.get("day"),
                day.at.isoformat(),
                data.get("expired"),
                data.get("carried"),
                data["last_event_at"],
                jump,
            )
            if not isinstance(turn, dict) or told != tuple(
                turn.get(n) for n in ("day", "at", "expired", "carried", "last_at", "jump")
            ):
                self._tell("its row", "tells another turn of the business day than the log.")

    def _check_counters(self) -> None:
        its = stored_rows.raw(counter, counter.c.branch_id == self.id).order_by(counter.c.number)
        rows = [row for row in stored_rows.rows(self._db, counter, its) if not isinstance(row, Unreadable)]
        for row in rows:
            told = self._counters.get(row["number"], RebuiltCounter())
            where = f"counter {row['number']}"
            pairs: list[tuple[str, Any, Any]] = [
                ("state", row["state"], told.state),
                ("agent", row["agent"], told.agent),
                ("time of its last change", row["changed_at"], told.changed_at),
            ]
            if row["number"] not in self._reasons_erased:
                pairs.append(("reason", row["reason"] or None, told.reason))
                pairs.append(("pause after its customer", row["pause_after"], told.pause_after))
            if told.holder_known:
                pairs.append(("holder", row["holder"], told.holder))
            for name, kept, logged in pairs:
                if kept != logged:
                    self._tell(where, f"{name} is {_said(kept)} in its row, {_said(logged)} by the log.")
        for number in self._counters.keys() - {row["number"] for row in rows}:
            self._tell(f"counter {number}", "is in the log and has no row that can be read.")


def event_of(row: Row) -> Event | None:
    """The event of a readable row; None where its type is none."""
    try:
        kind = EventType(row["type"])
    except ValueError:
        return None
    data = row["data"] if isinstance(row["data"], dict) else {"": row["data"]}
    return Event(
        row["seq"], kind, row["at"], row["ticket_id"], row["number"], row["service"], row["counter"], data
    )  # fmt: skip


def _words_fit(told: Event, row: Row) -> bool:
    """Whether the words about people are those that were written, or have been erased whole."""
    personal = personal_data(told.type, told.data)
    if row["words"] is None:
        return not personal and row["salt"] is None
    if row["salt"] is None:
        return not personal
    return compare_digest(event_chain.digest_of_personal_data(row["salt"], personal), row["words"])


def _named(told: Event) -> str:
    of = f", {told.number}" if told.number else f", counter {told.counter}" if told.counter is not None else ""
    return f"event {told.seq} ({told.type.value}{of})"


def _said(value: Any) -> str:
    return "nothing" if value is None else str(value)
