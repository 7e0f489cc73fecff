"""After commit → rooms. State is pushed, not deltas: what was missed is healed by the next push."""

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
EVENTS_TOLD = 50
"""A push tells at most so many of the events since the last one; the state is whole anyway."""


class Rooms(Protocol):
    """Who watches what, and how to reach them."""

    def watched(self, branch_id: int) -> tuple[bool, bool, list[int]]:
        """(somebody watches the board, the queue, ids of tickets watched)."""

    def push(self, room: str, message: dict[str, Any]) -> None:
        """Send a `state` message to a room."""


class Publisher:
    """One greenlet a branch reads the floor once for all commits meanwhile, and pushes in seq order."""

    def __init__(self, store: Store, clock: Callable[[], datetime], commits: CommitNotifier, rooms: Rooms) -> None:
        self._store = store
        self._clock = clock
        self._commits = commits
        self._rooms = rooms
        self._busy: set[int] = set()
        self._due: set[int] = set()
        self._told: dict[int, int] = {}
        """Branch id → the seq up to which its rooms have been told; only ever one that the database has said."""
        self.has_failed = False
        """Whether a push has failed since the last sweep, which makes up for it."""

    def committed(self, done: Sequence[Committed]) -> None:
        """Called by the store after every commit, on the hub."""
        for one in done:
            self._told.setdefault(one.branch_id, one.events[0].seq - 1)
            self._moved_to(one.branch_id, one.events[-1].seq)

    def sweep(self) -> None:
        """Push what another process has committed, a command beside this server or a second server, and what failed."""
        self.has_failed = False
        for branch_id, seq in self._store.read(branches.seqs).items():
            if seq > self._told.setdefault(branch_id, seq):
                self._moved_to(branch_id, seq)

    def hear(self, branch_id: int, seq: int) -> None:
        """Another process says that it has committed there. It is no more than a reason to look."""
        self._commits.notify(branch_id)
        if seq > self._told.get(branch_id, seq - 1) and any(self._rooms.watched(branch_id)):
            self._push_soon(branch_id)

    def _moved_to(self, branch_id: int, seq: int) -> None:
        self._commits.notify(branch_id)
        if any(self._rooms.watched(branch_id)):
            self._push_soon(branch_id)
        else:
            self._told[branch_id] = max(seq, self._told[branch_id])

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
            # nothing is lost: the next commit or sweep pushes the whole state again
            self.has_failed = True
            log.error("push_failed", branch=branch_id, error=str(error))
        finally:
            self._busy.discard(branch_id)

    def _push(self, branch_id: int) -> None:
        board, queue, watched = self._rooms.watched(branch_id)

        def query(db: Db) -> tuple[int, list[tuple[str, dict[str, Any]]]]:
            told = self._told.get(branch_id)
            # from the log and not from memory: what is told up to a seq is exactly what led to it, whoever did it
            seen, news = branch_snapshot.read_with_events(db, branch_id, self._clock(), told or 0, EVENTS_TOLD)
            if told is None:
                told, news = seen.seq - 1, news[-1:]
            if seen.seq <= told:
                return told, []
            head = {"seq": seen.seq, **happened(news)}
            messages = []
            if board:
                messages.append((f"board:{branch_id}", head | {"view": "board", "board": dump(views.board(seen))}))
            if queue:
                view = dump(snapshots.queue(db, seen))
                messages.append((f"queue:{branch_id}", head | {"view": "queue", "queue": view}))
            for ticket_id, ticket in holders(db, seen, watched).items():
                own = happened([e for e in news if e.ticket_id == ticket_id])
                message = {"seq": seen.seq, "view": "ticket", "ticket": dump(ticket), **own}
                messages.append((f"ticket:{ticket_id}", message))
            return seen.seq, messages

        seq, messages = self._store.read(query)
        for room, message in messages:
            self._rooms.push(room, message)
        self._told[branch_id] = seq


def holders(db: Db, seen: BranchSnapshot, ticket_ids: list[int]) -> dict[int, shapes.Ticket]:
    """The watched tickets as their holders see them."""
    by_id = {t.id: t for t in seen.waiting}
    found = {}
    for ticket_id in ticket_ids:
        forecast = seen.forecast_of(by_id[ticket_id]) if ticket_id in by_id else views.NOTHING_AHEAD
        found[ticket_id] = views.ticket(seen.branch, tickets.get(db, ticket_id), forecast)
    return found


def dump(shape: shapes.Shape) -> dict[str, Any]:
    """A shape as JSON values."""
    return shape.model_dump(mode="json")


def happened(events: Sequence[Event]) -> dict[str, Any]:
    """`events` and `event` of a push: the last call or recall, else the last."""
    told = [
        {"seq": e.seq, "type": e.type.value, "number": e.number, "counter": e.counter, "at": shapes.instant(e.at)}
        for e in events[-EVENTS_TOLD:]
    ]
    call = next((t for t in reversed(told) if t["type"] in _CALLS), None)
    return {"events": told, "event": call or (told[-1] if told else None)}
