"""A branch on a real database, driven through the real actions: the stage of store and action tests."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from server.actions import issuing
from server.actions.branch import opening_changes
from server.actions.branch.declaring import declare
from server.actions.queue import calling, counters, day_end, moving, undoing
from server.contract import shapes, views
from server.domain.branch import Branch, CounterProfile, PriorityClass, Service
from server.domain.branch_snapshot import BranchSnapshot
from server.domain.declaration import Declaration, DeclaredDevice
from server.domain.history.events import Event
from server.domain.history.rebuilding import RebuiltTicket, rebuild
from server.domain.people.principal import COMMAND_LINE, Principal, Role
from server.domain.ticket import Ticket
from server.queries import snapshots
from server.store.engines.store import Store
from server.store.engines.transaction import Transaction
from server.store.maintenance import deep_checkup
from server.store.maintenance.migrating import migrate
from server.store.tables import branch_snapshot, branches, event_log, tickets
from tests.clock import HandClock
from tests.databases import in_use, url_of


def a_service(code: str = "A", **more: Any) -> Service:
    """A service that is named after its code."""
    return Service(code, {"en": f"Service {code}", "id": f"Layanan {code}"}, **more)


def a_counter(
    number: int = 1, services: Iterable[str] = ("A",), helps_out_with: Iterable[str] = (), **more: Any
) -> CounterProfile:
    """A counter that takes the given services."""
    return CounterProfile(
        number, {"en": f"Counter {number}", "id": f"Loket {number}"}, tuple(services), tuple(helps_out_with), **more
    )


def a_class(code: str = "senior", minutes: float = 20) -> PriorityClass:
    """A priority class with a head start."""
    return PriorityClass(code, {"en": code, "id": code}, timedelta(minutes=minutes))


def a_branch(**more: Any) -> Branch:
    """A branch with one service and one counter, in Jakarta, always open."""
    values: dict[str, Any] = {
        "id": 1,
        "slug": "central",
        "name": {"en": "Central", "id": "Pusat"},
        "timezone": "Asia/Jakarta",
        "languages": ("id", "en"),
        "services": (a_service(),),
        "counters": (a_counter(),),
    }
    return Branch(**values | more)


def a_branch_without(branch: Branch, *, counters: Collection[int] = (), services: Collection[str] = ()) -> Branch:
    """Return the branch without these counters and services."""
    return replace(
        branch,
        services=tuple(s for s in branch.services if s.code not in services),
        counters=tuple(
            replace(
                c,
                services=tuple(s for s in c.services if s not in services),
                helps_out_with=tuple(s for s in c.helps_out_with if s not in services),
            )
            for c in branch.counters
            if c.number not in counters
        ),
    )


def a_clerk(number: int = 1) -> Principal:
    """A signed-in agent."""
    return Principal(f"user:{number}", Role.AGENT, f"clerk {number}", branch_id=1, session_id=number, csrf_token="x")


class Scene:
    """A database with one branch, a hand-wound clock, and a method for each action.

    Every action returns the ticket in its new state. The default principal is the command line, which may do
    everything.
    """

    def __init__(
        self,
        path: Path,
        branch: Branch | None = None,
        *,
        printers: Iterable[str] = (),
        now: datetime | None = None,
        url: str | None = None,
    ) -> None:
        self.clock = HandClock(now) if now else HandClock()
        self.path = path
        self.url = url or url_of(path)
        self.store = Store(self.url, self.clock)
        in_use(self)
        if url:
            migrate(self.store)
        self.declare(branch or a_branch(), printers=printers)

    def declare(self, branch: Branch, *, printers: Iterable[str] = ()) -> list[str]:
        """Declare the branch; return what changed."""
        devices = tuple(DeclaredDevice("printer", name, paper=80) for name in printers)
        declaration = Declaration(branch, devices)
        return self.store.write(lambda tx: declare(tx, declaration, COMMAND_LINE), lambda _tx, changes: changes)

    def restart(self) -> None:
        """Close the database and open it again, as after a restart of the server."""
        self.store.close()
        self.store = Store(self.url, self.clock)
        migrate(self.store)

    @property
    def branch(self) -> Branch:
        return self.store.read(lambda db: branches.get(db, "central"))

    @property
    def snapshot(self) -> BranchSnapshot:
        return self.store.read(lambda db: branch_snapshot.read(db, branches.get(db, "central"), self.clock()))

    @property
    def log(self) -> list[Event]:
        return self.store.read(lambda db: event_log.after(db, 1, 0, 1_000_000))

    def rebuilt(self) -> dict[int, RebuiltTicket]:
        """Return every ticket, rebuilt from the event log alone."""
        return rebuild(self.log)

    def differences(self) -> list[str]:
        """Return the differences between rows and log, as the doctor reports them."""
        checked = deep_checkup.CheckResult()
        self.store.scan(lambda db: deep_checkup.examine_rows(db, checked))
        return [f"{difference.where}: {difference.what}" for difference in checked.differences]

    def queue_view(self) -> shapes.Queue:
        return self.store.read(
            lambda db: snapshots.queue(db, branch_snapshot.read(db, branches.get(db, "central"), self.clock()))
        )

    def board_view(self) -> shapes.Board:
        return views.board(self.snapshot)

    def ticket(self, ticket_id: int) -> Ticket:
        return self.store.read(lambda db: tickets.get(db, ticket_id))

    def _do(self, action: Any) -> Ticket:
        def answer(tx: Transaction, ticket: Ticket) -> Ticket:
            assert ticket == tickets.get(tx.db, ticket.id), "an action returns its ticket in its new state"
            return ticket

        return self.store.write(action, answer)

    def issue(
        self,
        service: str = "A",
        *,
        priority: str | None = None,
        language: str | None = None,
        principal: Principal = COMMAND_LINE,
        slug: str = "central",
        after_hours: bool = False,
    ) -> Ticket:
        def action(tx: Transaction) -> Ticket:
            issued = issuing.issue_ticket(
                tx,
                slug,
                principal,
                service=service,
                priority=priority,
                language=language,
                address=lambda _b, i: f"http://x/t/{i}",
                after_hours=after_hours,
            )
            return issued.ticket

        return self._do(action)

    def open(self, number: int = 1, principal: Principal = COMMAND_LINE, *, take_over: bool = False) -> None:
        self.store.write(
            lambda tx: counters.open_counter(tx, "central", number, principal, take_over=take_over),
            lambda _tx, _r: None,
        )

    def pause(self, number: int = 1, reason: str = "prayer", principal: Principal = COMMAND_LINE) -> None:
        self.store.write(
            lambda tx: counters.pause_counter(tx, "central", number, principal, reason), lambda _tx, _r: None
        )

    def close(self, number: int = 1, principal: Principal = COMMAND_LINE) -> None:
        self.store.write(lambda tx: counters.close_counter(tx, "central", number, principal), lambda _tx, _r: None)

    def call_next(
        self, number: int = 1, *, finish: bool = False, principal: Principal = COMMAND_LINE, **more: Any
    ) -> Ticket:
        return self._do(lambda tx: calling.call_next(tx, "central", number, principal, finish=finish, **more))

    def call(self, ticket_number: str, number: int = 1, *, reason: str | None = None) -> Ticket:
        return self._do(
            lambda tx: calling.call_number(
                tx, "central", number, COMMAND_LINE, ticket_number=ticket_number, reason=reason
            )
        )

    def recall(self, number: int = 1, expected_ticket_id: int | None = None) -> Ticket:
        return self._do(
            lambda tx: calling.recall(tx, "central", number, COMMAND_LINE, expected_ticket_id=expected_ticket_id)
        )

    def start(self, number: int = 1, expected_ticket_id: int | None = None) -> Ticket:
        return self._do(
            lambda tx: calling.start(tx, "central", number, COMMAND_LINE, expected_ticket_id=expected_ticket_id)
        )

    def finish(self, number: int = 1, expected_ticket_id: int | None = None) -> Ticket:
        return self._do(
            lambda tx: calling.finish(tx, "central", number, COMMAND_LINE, expected_ticket_id=expected_ticket_id)
        )

    def no_show(self, number: int = 1, expected_ticket_id: int | None = None) -> Ticket:
        return self._do(
            lambda tx: calling.no_show(tx, "central", number, COMMAND_LINE, expected_ticket_id=expected_ticket_id)
        )

    def park(self, number: int = 1, expected_ticket_id: int | None = None, reason: str | None = None) -> Ticket:
        return self._do(
            lambda tx: moving.park(
                tx, "central", number, COMMAND_LINE, expected_ticket_id=expected_ticket_id, reason=reason
            )
        )

    def put_back(self, number: int = 1, expected_ticket_id: int | None = None) -> Ticket:
        return self._do(
            lambda tx: moving.put_back(tx, "central", number, COMMAND_LINE, expected_ticket_id=expected_ticket_id)
        )

    def transfer(self, number: int = 1, **destination: Any) -> Ticket:
        arguments = {
            "expected_ticket_id": None,
            "service": None,
            "to_counter": None,
            "keep_place": False,
            "note": None,
        } | destination
        return self._do(lambda tx: moving.transfer_from_counter(tx, "central", number, COMMAND_LINE, **arguments))

    def cancel(self, ticket_number: str) -> Ticket:
        return self._do(lambda tx: moving.cancel_by_number(tx, "central", COMMAND_LINE, ticket_number=ticket_number))

    def reinstate(self, ticket_number: str, *, keep_place: bool = False) -> Ticket:
        return self._do(
            lambda tx: moving.reinstate(tx, "central", COMMAND_LINE, ticket_number=ticket_number, keep_place=keep_place)
        )

    def undo(self, number: int = 1, expected_ticket_id: int | None = None) -> Ticket:
        return self._do(
            lambda tx: undoing.undo(tx, "central", number, COMMAND_LINE, expected_ticket_id=expected_ticket_id)
        )

    def end_day(self) -> int:
        """End past days, as the server's sweep does; return how many tickets expired."""
        ended = self.store.read(lambda db: branches.due_for_day_end(db, self.clock()))
        action = lambda tx: sum(day_end.expire_open(tx, branch_id) for branch_id in ended)  # noqa: E731
        return self.store.write(action, lambda _tx, count: count)

    def confirm_clock(self, principal: Principal = COMMAND_LINE) -> int:
        return self.store.write(
            lambda tx: opening_changes.confirm_clock(tx, "central", principal), lambda _tx, count: count
        )

    def expire(self) -> int:
        return self.store.write(lambda tx: day_end.expire_open(tx, 1), lambda _tx, count: count)
