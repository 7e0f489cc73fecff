"""Pushes state to rooms after commits. A push is a whole state, not a delta, so the next push replaces a lost one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

import gevent
import structlog

from server.contract import shapes, views
from server.domain.branch_snapshot import BranchSnapshot
from server.domain.errors import Refused
from server.domain.history.events import Event, EventType
from server.queries import snapshots
from server.realtime.commit_notifier import CommitNotifier
from server.store.engines.store import Db, DbError, Store
from server.store.engines.transaction import Committed
from server.store.tables import branch_snapshot, branches, tickets

log = structlog.get_logger()

_CALLS = (EventType.CALLED, EventType.RECALLED)
MAX_EVENTS = 50
"""A push contains at most this many of the events since the last one; the state is complete anyway."""


class Rooms(Protocol):
    """The rooms of watching clients."""

    def watched(self, branch_id: int) -> tuple[bool, bool, list[int]]:
        """Return (whether anybody watches the board, the queue, ids of watched tickets)."""

    def push(self, room: str, message: dict[str, Any]) -> None:
        """Send a `state` message to a room."""


class Publisher:
    """Pushes in seq order, with one greenlet for each branch: one read of the branch covers all commits since."""

    def __init__(self, store: Store, clock: Callable[[], datetime], commits: CommitNotifier, rooms: Rooms) -> None:
        self._store = store
        self._clock = clock
        self._commits = commits
        self._rooms = rooms
        self._busy: set[int] = set()
        self._due: set[int] = set()
        self._pushed_seq: dict[int, int] = {}
        """The seq last pushed to each branch's rooms, by branch id; always one that the database has confirmed."""
        self.has_failed = False
        """Whether a push has failed since the last sweep, which pushes again."""

    def committed(self, commits: Sequence[Committed]) -> None:
        """Schedule pushes for commits. The store calls this after every commit, on the hub."""
        for commit in commits:
            self._pushed_seq.setdefault(commit.branch_id, commit.events[0].seq - 1)
            self._moved_to(commit.branch_id, commit.events[-1].seq)

    def sweep(self) -> None:
        """Push commits of other processes (a command, another server), and pushes that failed."""
        self.has_failed = False
        for branch_id, seq in self._store.read(branches.seqs).items():
            if seq > self._pushed_seq.setdefault(branch_id, seq):
                self._moved_to(branch_id, seq)

    def on_remote_commit(self, branch_id: int, seq: int) -> None:
        """Check a branch after another process has announced a commit. Only the database is trusted."""
        self._commits.notify(branch_id)
        if seq > self._pushed_seq.get(branch_id, seq - 1) and any(self._rooms.watched(branch_id)):
            self._push_soon(branch_id)

    def _moved_to(self, branch_id: int, seq: int) -> None:
        self._commits.notify(branch_id)
        if any(self._rooms.watched(branch_id)):
            self._push_soon(branch_id)
        else:
            self._pushed_seq[branch_id] = max(seq, self._pushed_seq[branch_id])

    def _push_soon(self, branch_id: int) -> None:
        self._due.add(branch_id)
        if branch_id not in self._busy:
            self._busy.add(branch_id)
            gevent.spawn(self._run, branch_id)

    def _run(self, branch_id: int) -> None:
        try:
            while branch_id in self._due:
                self._due.discard(branch_id)
                self._push(branch_id)
        except (DbError, Refused) as error:
            # nothing is lost: the next commit or sweep pushes the complete state
            self.has_failed = True
            log.error("push_failed", branch=branch_id, error=str(error))
        finally:
            self._busy.discard(branch_id)

    def _push(self, branch_id: int) -> None:
        board, queue, watched = self._rooms.watched(branch_id)

        def query(db: Db) -> tuple[int, list[tuple[str, dict[str, Any]]]]:
            pushed_seq = self._pushed_seq.get(branch_id)
            # events come from the log, not from memory, so they include those of other processes
            snapshot, events = branch_snapshot.read_with_events(
                db, branch_id, self._clock(), pushed_seq or 0, MAX_EVENTS
            )
            if pushed_seq is None:
                pushed_seq, events = snapshot.seq - 1, events[-1:]
            if snapshot.seq <= pushed_seq:
                return pushed_seq, []
            head = {"seq": snapshot.seq, **recent_events(events)}
            messages = []
            if board:
                messages.append(
                    (f"board:{branch_id}", head | {"view": "board", "board": as_json(views.board(snapshot))})
                )
            if queue:
                view = as_json(snapshots.queue(db, snapshot))
                messages.append((f"queue:{branch_id}", head | {"view": "queue", "queue": view}))
            for ticket_id, ticket in tickets_for_holders(db, snapshot, watched).items():
                own = recent_events([e for e in events if e.ticket_id == ticket_id])
                message = {"seq": snapshot.seq, "view": "ticket", "ticket": as_json(ticket), **own}
                messages.append((f"ticket:{ticket_id}", message))
            return snapshot.seq, messages

        seq, messages = self._store.read(query)
        for room, message in messages:
            self._rooms.push(room, message)
        self._pushed_seq[branch_id] = seq


def tickets_for_holders(db: Db, snapshot: BranchSnapshot, ticket_ids: list[int]) -> dict[int, shapes.Ticket]:
    """Return the watched tickets, by id, as their holders see them."""
    by_id = {t.id: t for t in snapshot.waiting}
    shown = {}
    for ticket_id in ticket_ids:
        forecast = snapshot.forecast_of(by_id[ticket_id]) if ticket_id in by_id else views.NOTHING_AHEAD
        shown[ticket_id] = views.ticket(snapshot.branch, tickets.get(db, ticket_id), forecast)
    return shown


def as_json(shape: shapes.Shape) -> dict[str, Any]:
    """Return a shape as JSON values."""
    return shape.model_dump(mode="json")


def recent_events(events: Sequence[Event]) -> dict[str, Any]:
    """Return `events` and `event` of a push; `event` is the last call or recall, otherwise the last event."""
    shown = [
        {"seq": e.seq, "type": e.type.value, "number": e.number, "counter": e.counter, "at": shapes.instant(e.at)}
        for e in events[-MAX_EVENTS:]
    ]
    call = next((t for t in reversed(shown) if t["type"] in _CALLS), None)
    return {"events": shown, "event": call or (shown[-1] if shown else None)}
