"""An action's transaction: the connection, the one `now`, and the events that will be appended with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select, update

from server.domain.branch import Branch
from server.domain.calendar import clock_jump
from server.domain.calendar.clock_jump import ClockFault, ClockJump
from server.domain.errors import BranchRetired, ClockInDoubt, NotFound
from server.domain.history import event_chain
from server.domain.history.events import Event, EventType
from server.domain.ticket import Ticket
from server.store.sql.compiled_statements import CompiledStatement, insertion
from server.store.sql.schema import branch as branch_table
from server.store.sql.schema import event as event_table
from server.store.sql.schema import idempotency as idempotency_table
from server.store.tables import branches, slugs


@dataclass(frozen=True)
class Committed:
    """What one action has done to one branch, told after the commit."""

    branch_id: int
    slug: str
    events: tuple[Event, ...]


@dataclass
class _Entered:
    branch: Branch
    seq: int
    now: datetime
    expired_to: date | None
    carried_until: datetime | None
    head: bytes
    """The digest of the branch's last event."""
    events: list[Event] = field(default_factory=list)


_enter = select(
    branch_table.c.id,
    branch_table.c.seq,
    branch_table.c.last_at,
    branch_table.c.revision,
    branch_table.c.retired,
    branch_table.c.expired_to,
    branch_table.c.carried_until,
    branch_table.c.chain_head,
    branch_table.c.chain_start,
).with_for_update()
_enter_by_slug = CompiledStatement(_enter.where(branch_table.c.slug == bindparam("which")))
_enter_by_id = CompiledStatement(_enter.where(branch_table.c.id == bindparam("which")))
_enter_with_request = CompiledStatement(
    _enter.add_columns(idempotency_table.c.fingerprint, idempotency_table.c.deed)
    .outerjoin_from(
        branch_table,
        idempotency_table,
        and_(idempotency_table.c.principal == bindparam("principal"), idempotency_table.c.key == bindparam("key")),
    )
    .where(branch_table.c.slug == bindparam("which"))
    .with_for_update(of=branch_table)
)
_advance = CompiledStatement(
    update(branch_table)
    .where(branch_table.c.id == bindparam("_id"))
    .values(seq=bindparam("_seq"), last_at=bindparam("_last_at"), chain_head=bindparam("_head"))
)
_append = CompiledStatement(
    insertion(
        event_table, "branch_id", "seq", "type", "at", "ticket_id", "number", "service", "counter", "data", "digest",
        "words", "salt",
    )
)  # fmt: skip


class Transaction:
    """One action. `now` is stamped by the executor; inside a branch it never runs backwards.

    `clock` is the server's own time. After the clock was set back it is behind `now`. Deadlines use `clock`, so that
    they go on while `now` stands still at the branch's last event; see `store.tables.deadlines`.
    """

    def __init__(self, db: Connection, now: datetime) -> None:
        self.db = db
        self.now = now
        self.clock = now
        self._entered: dict[int, _Entered] = {}
        self._taken: dict[str, Any] = {}
        self.clock_jump: Callable[[], ClockJump | None] = lambda: None
        """The last time that the clock was put ahead while this process ran."""
        self.made: Any = None
        """What the work of this transaction has made, for its answer; None for a retry, whose work was done before."""

    def take(self, slug: str, principal: str, key: str) -> Any:
        """The branch's row for an action that is about to enter it, with what is kept under a press, at one go.

        Its `fingerprint` and `action` are None where nothing is; None where there is no such branch.
        """
        request = {"principal": principal, "key": key}
        row = _enter_with_request.row(self.db, which=slug, **request)
        if row is None and (renamed := slugs.current_slug(self.db, slug)) is not None:
            row = _enter_with_request.row(self.db, which=renamed, **request)
        self._taken[slug] = row
        return row

    def enter(self, slug: str, *, clock_is_right: bool = False) -> Branch:
        """The branch of that slug, its row taken first: from here on the branch's actions have one order.

        A slug that a branch had before it was renamed is that branch's too. Raises NotFound for an unknown one,
        BranchRetired, and ClockInDoubt where the clock cannot be believed. With `clock_is_right` it is believed
        whatever it shows, also if that is before the last event.
        """
        row = self._taken.pop(slug, None) or _enter_by_slug.row(self.db, which=slug)
        if row is None and (renamed := slugs.current_slug(self.db, slug)) is not None:
            row = _enter_by_slug.row(self.db, which=renamed)
        return self._enter(row, f"There is no branch {slug[:64]!r}.", clock_is_right, slug)

    def enter_id(self, branch_id: int, *, retired_too: bool = False) -> Branch:
        """The same by id; with `retired_too` also a branch that is closed for good."""
        row = _enter_by_id.row(self.db, which=branch_id)
        return self._enter(row, "There is no such branch.", retired_too=retired_too)

    def _enter(
        self,
        row: Any,
        missing: str,
        clock_is_right: bool = False,
        slug: str | None = None,
        retired_too: bool = False,
    ) -> Branch:
        if row is None:
            raise NotFound(missing)
        if row.retired and not retired_too:
            raise BranchRetired(slug or branches.get_by_id(self.db, row.id).slug)
        entered = self._entered.get(row.id)
        if entered is None:
            if not clock_is_right:
                self._doubt_clock(row.last_at if row.seq else None)
            branch = branches.plan(self.db, row.id, row.revision)
            head = row.chain_head or event_chain.first_link(row.id, row.chain_start)
            entered = self._entered[row.id] = _Entered(
                branch, row.seq, self.now, row.expired_to, row.carried_until, head
            )
        return entered.branch

    def expired_to(self, branch: Branch) -> date | None:
        """The business day to which the branch has come; None at first."""
        return self._entered[branch.id].expired_to

    def carried_until(self, branch: Branch) -> datetime | None:
        """While open tickets of another business day are kept: when to look at them again; None where none are."""
        return self._entered[branch.id].carried_until

    def set_day(self, branch: Branch, day: date | None, carried_until: datetime | None) -> None:
        """Write to which business day the branch has come, and until when it carries tickets of another one."""
        entered = self._entered[branch.id]
        entered.expired_to, entered.carried_until = day, carried_until
        self.db.execute(
            update(branch_table)
            .where(branch_table.c.id == branch.id)
            .values(expired_to=day, carried_until=carried_until)
        )

    def _doubt_clock(self, last_at: datetime | None) -> None:
        fault = clock_jump.fault(self.now, last_at)
        if fault is ClockFault.AHEAD and last_at is not None:
            raise ClockInDoubt(
                f"The server's clock shows {self.now:%Y-%m-%d %H:%M} UTC, {(self.now - last_at).days} days after the "
                "last event. Set it right, or confirm it with `giliran clock --right` or on the supervisor's page."
            )
        if last_at is not None:
            # a clock that stepped back must not reorder what has happened
            self.now = max(self.now, last_at)

    def record(
        self,
        branch: Branch,
        kind: EventType,
        ticket: Ticket | None = None,
        *,
        service: str | None = None,
        counter: int | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> Event:
        """Append an event; its seq is the branch's next. `service` defaults to the ticket's."""
        entered = self._entered[branch.id]
        entered.seq += 1
        # as the rows that change with it; another branch, entered since, may have had an event later than this clock
        entered.now = self.now
        event = Event(
            entered.seq,
            kind,
            entered.now,
            ticket.id if ticket else None,
            ticket.number if ticket else None,
            service or (ticket.service if ticket else None),
            counter,
            dict(data or {}),
        )
        entered.events.append(event)
        return event

    def standing(self, branch_id: int) -> tuple[Branch, int]:
        """(a branch, the seq of its last event) as they are here; not read again where the action has entered it."""
        entered = self._entered.get(branch_id)
        if entered is not None:
            return entered.branch, entered.seq
        return branches.get_by_id(self.db, branch_id), branches.seq_of(self.db, branch_id)

    def finish(self) -> None:
        """Write the events, chained, and the branch's new seq and head; called once, last in the action."""
        for entered in self._entered.values():
            if not entered.events:
                continue
            for e in entered.events:
                link = event_chain.link(entered.head, entered.branch.id, e)
                entered.head = link.digest
                _append.run(
                    self.db,
                    branch_id=entered.branch.id,
                    seq=e.seq,
                    type=e.type.value,
                    at=e.at,
                    ticket_id=e.ticket_id,
                    number=e.number,
                    service=e.service,
                    counter=e.counter,
                    data=e.data,
                    digest=link.digest,
                    words=link.personal_digest,
                    salt=link.salt,
                )
            _advance.run(self.db, _id=entered.branch.id, _seq=entered.seq, _last_at=entered.now, _head=entered.head)

    def committed(self) -> list[Committed]:
        """What to tell after the commit."""
        return [Committed(e.branch.id, e.branch.slug, tuple(e.events)) for e in self._entered.values() if e.events]
