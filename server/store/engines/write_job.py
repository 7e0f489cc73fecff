"""An action on its way to the database and back, and what the store and a database say to each other about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias, TypeVar

from gevent.event import AsyncResult
from sqlalchemy import Connection, Engine

from server.domain.errors import Unavailable
from server.store.engines.transaction import Committed, Transaction

R = TypeVar("R")
Clock: TypeAlias = Callable[[], datetime]


@dataclass
class WriteJob:
    """Work for one transaction, with where its result goes."""

    work: Callable[[Transaction], Any]
    batch_key: str | None = None
    """Where it waits with others: the branch that it is about; None for one by itself."""
    on_event_loop: bool = False
    """Whether it is a few statements that find their rows by key: it may be done where others wait for it."""
    repeatable: bool = False
    """Whether doing it again after it was done does nothing: it has an Idempotency-Key."""
    done: AsyncResult[Any] = field(default_factory=AsyncResult)
    committed: list[Committed] = field(default_factory=list)
    result: Any = None
    error: BaseException | None = None

    def do(self, connection: Connection, now: datetime) -> None:
        """Do the work in the transaction that is open; what it raises is the caller's to handle."""
        tx = Transaction(connection, now)
        self.result = self.work(tx)
        self.committed = tx.committed()
        self.error = None

    def fail(self, error: BaseException) -> None:
        """Nothing of it will be committed."""
        self.error = error
        self.committed = []


class WriteObserver(Protocol):
    """What a database tells the store."""

    clock: Clock
    trouble: str | None
    """Why nothing can be saved now; None while it can."""

    def acknowledge(self, jobs: Sequence[WriteJob]) -> None:
        """These are committed, or have failed: those who wait hear of it, then everybody else."""

    def away(self, error: BaseException, trouble: str, **more: object) -> Unavailable:
        """Nothing can be saved now: what to tell those who asked."""


class Database(Protocol):
    """A kind of database, as the store works with it."""

    def read(self, query: Callable[[Connection], R]) -> R:
        """The query's answer from one read transaction."""

    def scan(self, query: Callable[[Connection], R]) -> R:
        """The same, whose rows may be taken as they come; never begun again."""

    def read_inline(self, query: Callable[[Connection], R]) -> R:
        """The answer of one statement that finds its row by key."""

    def commit_marker(self) -> object:
        """A value that differs after every commit, whichever process made it; None where that is not known."""

    def submit(self, job: WriteJob) -> None:
        """Do the action soon; the observer acknowledges it."""

    def close(self) -> None:
        """Let go of every connection, once no thread uses one."""

    @property
    def engine(self) -> Engine:
        """The writing engine."""
