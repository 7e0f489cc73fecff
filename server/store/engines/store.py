"""How the database is reached: reads, actions in one transaction each, and what follows a commit.

Which database it is, and how it keeps its actions in order, is said in `sqlite` and `postgres`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias, TypeVar, cast

import structlog
from sqlalchemy import URL, Connection, Engine, delete, insert, make_url
from sqlalchemy.exc import SQLAlchemyError

from server.domain.calendar.clock_jump import ClockJump
from server.domain.errors import Invalid, Unavailable
from server.store.engines import idempotency
from server.store.engines.idempotency import IdempotentRequest
from server.store.engines.sqlite import Sqlite
from server.store.engines.threads import InPlace, Threads, Worker
from server.store.engines.transaction import Committed, Transaction
from server.store.engines.write_job import Clock, Database, WriteJob
from server.store.sql.schema import meta
from server.store.tables import branches

log = structlog.get_logger()

R = TypeVar("R")
A = TypeVar("A")
Db: TypeAlias = Connection
"""An open read, as the layers above name it."""
DbError: TypeAlias = SQLAlchemyError
"""Any trouble of the database, as the layers above name it."""

DATABASE_FILE = "giliran.db"
_MARK = "looked again"


def sqlite_url(data: Path) -> str:
    """The address of the embedded database of a data directory."""
    return f"sqlite:///{data / DATABASE_FILE}"


def address(url: str) -> URL:
    """Where the database is; `sqlite:` may name a data directory. Raises Invalid for what is no address.

    Its words are not repeated, since there may be a password among them.
    """
    if url.startswith("sqlite:") and not url.startswith("sqlite://"):
        url = f"sqlite:///{url.removeprefix('sqlite:')}"
    try:
        found = make_url(url)
        if "@" in (found.host or ""):
            raise ValueError("a password's own @, whose end would be told as the host's name")
    except (SQLAlchemyError, ValueError):
        raise Invalid(
            "The address of a database is like postgresql+psycopg://name:password@host/database; "
            "in a password, / and @ and : are written %2F, %40 and %3A."
        ) from None
    if found.drivername in ("postgres", "postgresql"):
        return found.set(drivername="postgresql+psycopg")
    if found.drivername == "sqlite" and found.database and Path(found.database).is_dir():
        return found.set(database=str(Path(found.database) / DATABASE_FILE))
    return found


class Store:
    """One database: `read` and `write` are all that the layers above know of it."""

    def __init__(self, url: str, clock: Clock, *, readers: Threads | None = None, writer: Worker | None = None) -> None:
        self.url = address(url)
        self.clock = clock
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.on_commit: Callable[[Sequence[Committed]], None] = lambda _committed: None
        self.trouble: str | None = None
        """Why nothing can be saved now, and what to do about it; None while it can."""
        self.clock_jump: Callable[[], ClockJump | None] = lambda: None
        """The last time that the clock was put ahead while this process ran; the composition root watches it."""
        self._closed = False
        self._database: Database
        if self.sqlite:
            self._database = Sqlite(self.url, self, readers=readers or InPlace(), writer=writer or InPlace())
        else:
            from server.store.engines.postgres import (
                Postgres,  # its driver is installed and loaded where it is used alone
            )

            self._database = Postgres(self.url, self, readers or InPlace())

    # reading

    def read(self, query: Callable[[Connection], R]) -> R:
        """The query's answer from one read transaction: a consistent picture, never half of an action."""
        self._refuse_when_closed()
        return self._database.read(query)

    def scan(self, query: Callable[[Connection], R]) -> R:
        """The same, of more than there is memory for: its rows may be taken as they come. It is never begun again."""
        self._refuse_when_closed()
        return self._database.scan(query)

    def read_inline(self, query: Callable[[Connection], R]) -> R:
        """The answer of one statement that finds its row by key, by the shortest way: for what every request asks."""
        self._refuse_when_closed()
        return self._database.read_inline(query)

    def commit_marker(self) -> object:
        """A value that differs after every commit, whichever process made it; None where that is not known.

        It costs a fraction of the smallest read: who compares two of them need not look for what has not changed.
        """
        self._refuse_when_closed()
        return self._database.commit_marker()

    # writing

    def write(
        self,
        action: Callable[[Transaction], R],
        answer: Callable[[Transaction, R], A],
        request: IdempotentRequest | None = None,
        *,
        batch_key: str | None = None,
        on_event_loop: bool = False,
    ) -> A:
        """Do `action` in one transaction and give its `answer`, read in the same transaction.

        With a `request` the action's reference is kept beside it; the same request again is answered from the reference
        and does nothing. Actions with the same `batch_key` (a branch's slug) may share a transaction; an action may be
        started more than once, but is done once. `on_event_loop` allows a short action to run on the event loop.

        Raises:
            Unavailable: the commit failed. Whatever the action raises is passed on, and nothing was changed.

        """

        def work(tx: Transaction) -> A:
            tx.clock_jump = self.clock_jump
            known, reference = idempotency.recall(tx, request, batch_key) if request else (False, None)
            if not known:
                reference = action(tx)
                if request:
                    idempotency.remember(tx, request, reference)
            # the events are written first, so that an answer which tells the branch's seq tells this action's
            tx.finish()
            return answer(tx, reference)  # type: ignore[arg-type]

        self._refuse_when_closed()
        waiting = WriteJob(work, batch_key, on_event_loop, repeatable=request is not None)
        self._database.submit(waiting)
        return cast("A", waiting.done.get())

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise Unavailable("The server is stopping; nothing was changed. Please try again in a moment.")

    def acknowledge(self, jobs: Sequence[WriteJob]) -> None:
        """Tell those who wait what became of their actions, then everybody what was committed."""
        committed = [c for job in jobs for c in job.committed]
        for job in jobs:
            if job.error is not None:
                job.done.set_exception(job.error)
            else:
                job.done.set(job.result)
        if committed:
            try:
                self.on_commit(committed)
            except Exception as error:
                # who did it has been told, and it is done; screens are healed by the next push or sweep
                log.error("after_commit_failed", error=repr(error), exc_info=error)

    def look_again(self) -> None:
        """Where nothing could be saved, try to save a mark: a disk that has room again is noticed by itself."""

        def mark(tx: Transaction) -> None:
            tx.db.execute(insert(meta).values(key=_MARK, value=tx.now.isoformat()))
            tx.db.execute(delete(meta).where(meta.c.key == _MARK))

        if self.trouble is None:
            return
        try:
            self.write(mark, lambda _tx, _none: None)
        except Unavailable:
            return  # told already
        self.trouble = None
        log.info("database_back")

    def away(self, error: BaseException, trouble: str, **more: object) -> Unavailable:
        """Nothing can be saved: logged once, until it can again."""
        branches.forget_plans()
        if self.trouble is None:
            log.error("database_away", trouble=trouble, error=str(error), **more)
        self.trouble = trouble
        return Unavailable(f"{trouble} Nothing was changed; trying again is safe.")

    # the rest

    def close(self) -> None:
        """Let go of every connection, once no thread uses one; what comes later is refused as unavailable."""
        self._closed = True
        self._database.close()

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations and backups alone."""
        return self._database.engine
