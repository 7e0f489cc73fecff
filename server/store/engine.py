"""How the database is reached: reads on their own threads, all writes through one writer, and what follows a commit.

On SQLite one OS thread owns the writing connection. It takes every deed that waits and runs them in one
`BEGIN IMMEDIATE` transaction, a savepoint each, so that one fsync serves many customers; a deed is acknowledged only
after that COMMIT. On PostgreSQL each deed has its own transaction and the branch's row orders them.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar, cast

import structlog
from gevent.event import AsyncResult
from sqlalchemy import Connection, Engine, create_engine, delete, event, insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from server.domain.errors import Unavailable
from server.store import idempotency
from server.store.idempotency import Press
from server.store.schema import meta
from server.store.transaction import Committed, Transaction

log = structlog.get_logger()

R = TypeVar("R")
A = TypeVar("A")
Clock: TypeAlias = Callable[[], datetime]
Db: TypeAlias = Connection
"""An open read, as the layers above name it."""
DbError: TypeAlias = SQLAlchemyError
"""Any trouble of the database, as the layers above name it."""

BUSY_SECONDS = 10
READERS = 4
RETRIES = 3
"""How often a PostgreSQL deed is tried again after losing a race to another process."""


class Threads(Protocol):
    """Runs blocking work off the hub; the composition root brings gevent's, commands and tests run it in place."""

    def run(self, work: Callable[[], R]) -> R:
        """`work()` on a thread of the pool; the caller waits without blocking others."""

    def start(self, work: Callable[[], None]) -> None:
        """Begin `work` beside the caller, without waiting for it."""

    def finish(self) -> None:
        """Come back when no thread works any more."""


class InPlace:
    """Threads for commands and tests: there is no hub to protect."""

    def run(self, work: Callable[[], R]) -> R:
        return work()

    def start(self, work: Callable[[], None]) -> None:
        work()

    def finish(self) -> None:
        pass  # what runs in place has run


@dataclass
class _Item:
    """A deed on its way through the writer, with where its result goes."""

    work: Callable[[Transaction], Any]
    done: AsyncResult[Any]
    committed: list[Committed] = field(default_factory=list)
    result: Any = None
    error: BaseException | None = None


class Store:
    """One database: `read` and `write` are all that the layers above know of it."""

    def __init__(
        self, url: str, clock: Clock, *, readers: Threads | None = None, writer: Threads | None = None
    ) -> None:
        self.url = make_url(url)
        self.clock = clock
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.on_commit: Callable[[Sequence[Committed]], None] = lambda _committed: None
        self._readers = readers or InPlace()
        self._writers = writer or InPlace()
        self._waiting: deque[_Item] = deque()
        self._writing = False
        self.trouble: str | None = None
        """Why nothing can be saved now, and what to do about it; None while it can."""
        self._closed = False
        self._writer: Connection | None = None
        self._free: deque[Connection] = deque()
        if self.sqlite:
            _make_private(Path(self.url.database or ""))
            self._read_engine = _sqlite_engine(url, "BEGIN", query_only=True)
            self._write_engine = _sqlite_engine(url, "BEGIN IMMEDIATE")
        else:
            engine = create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True, hide_parameters=True)
            self._read_engine = engine.execution_options(isolation_level="REPEATABLE READ")
            self._write_engine = engine

    # reading

    def read(self, query: Callable[[Connection], R]) -> R:
        """The query's answer from one read transaction: a consistent picture, never half of a deed."""
        self._refuse_when_closed()
        if not self.sqlite:
            with self._read_engine.connect() as connection, connection.begin():
                return query(connection)

        def work() -> R:
            try:
                connection = self._free.pop()
            except IndexError:
                connection = self._read_engine.connect()
            try:
                with connection.begin():
                    return query(connection)
            finally:
                self._free.append(connection)

        return self._readers.run(work)

    # writing

    def write(
        self, deed: Callable[[Transaction], R], answer: Callable[[Transaction, R], A], press: Press | None = None
    ) -> A:
        """Do `deed` in one transaction and give its `answer`, read in the same transaction.

        With a `press` the deed's reference is kept beside it; the same press again answers from the reference and does
        nothing. Raises what the deed raises, having changed nothing; Unavailable when the commit failed.
        """

        def work(tx: Transaction) -> A:
            known, reference = idempotency.recall(tx, press) if press else (False, None)
            if not known:
                reference = deed(tx)
                if press:
                    idempotency.remember(tx, press, reference)
            # the events are written first, so that an answer which tells the branch's seq tells this deed's
            tx.finish()
            return answer(tx, reference)  # type: ignore[arg-type]

        self._refuse_when_closed()
        item = _Item(work, AsyncResult())
        if self.sqlite:
            self._waiting.append(item)
            if not self._writing:
                self._writing = True
                self._writers.start(self._drain)
        else:
            self._alone(item)
        return cast("A", item.done.get())

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise Unavailable("The server is stopping; nothing was changed. Please try again in a moment.")

    def _drain(self) -> None:
        """Run the waiting deeds, batch after batch, until none waits."""
        try:
            while self._waiting:
                batch = list(self._waiting)
                self._waiting.clear()
                self._writers.run(lambda batch=batch: self._run_batch(batch))  # type: ignore[misc]
                self._acknowledge(batch)
        finally:
            self._writing = False

    def _run_batch(self, batch: list[_Item]) -> None:
        """One transaction for the whole batch; on the writer's thread."""
        try:
            if self._writer is None:
                self._writer = self._write_engine.connect()
            connection = self._writer
            with connection.begin():
                for item in batch:
                    connection.exec_driver_sql("SAVEPOINT deed")
                    tx = Transaction(connection, self.clock())
                    try:
                        item.result = item.work(tx)
                        item.committed = tx.committed()
                        connection.exec_driver_sql("RELEASE deed")
                    except OperationalError:
                        # the database's own trouble: SQLite may have given up the whole transaction
                        raise
                    except Exception as error:  # noqa: BLE001
                        # handed to the one who asked; the rest of the batch goes on
                        connection.exec_driver_sql("ROLLBACK TO deed")
                        connection.exec_driver_sql("RELEASE deed")
                        item.error = error
        except Exception as error:  # noqa: BLE001 - whatever it was, every deed of the batch must hear of it
            refusal = self._away(error, deeds=len(batch))
            self._close_writer()
            for item in batch:
                item.error = refusal
                item.committed = []

    def _acknowledge(self, batch: list[_Item]) -> None:
        committed = [c for item in batch for c in item.committed]
        for item in batch:
            if item.error is not None:
                item.done.set_exception(item.error)
            else:
                item.done.set(item.result)
        if committed:
            self.on_commit(committed)

    def _alone(self, item: _Item) -> None:
        """A deed in its own transaction (PostgreSQL), tried again after a lost race."""
        for attempt in range(RETRIES):
            try:
                with self._write_engine.begin() as connection:
                    tx = Transaction(connection, self.clock())
                    item.result = item.work(tx)
                    item.committed = tx.committed()
                item.error = None
                break
            except IntegrityError as error:
                item.error = error
            except OperationalError as error:
                item.error = error if attempt < RETRIES - 1 else self._away(error)
            except Exception as error:  # noqa: BLE001 - handed to the one who asked
                item.error = error
                break
        self._acknowledge([item])

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

    def _away(self, error: BaseException, **more: object) -> Unavailable:
        """Nothing can be saved: logged once, until it can again."""
        trouble = _trouble(error)
        if self.trouble is None:
            log.error("database_away", trouble=trouble, error=str(error), **more)
        self.trouble = trouble
        return Unavailable(f"{trouble} Nothing was changed; trying again is safe.")

    # the rest

    def close(self) -> None:
        """Let go of every connection, once no thread uses one; what comes later is refused as unavailable."""
        self._closed = True
        self._readers.finish()
        self._writers.finish()
        self._close_writer()
        while self._free:
            self._free.pop().close()
        self._read_engine.dispose()
        self._write_engine.dispose()

    def _close_writer(self) -> None:
        if self._writer is not None:
            try:
                self._writer.close()
            except DBAPIError as error:
                log.warning("writer_close_failed", error=str(error))
            self._writer = None

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations and backups alone."""
        return self._write_engine


def _make_private(file: Path) -> None:
    """Let nobody else on the machine read a database that is made now; its journal gets the same permissions."""
    if file.name and file.parent.is_dir() and not file.exists():
        file.touch(mode=0o600)


DATABASE_FILE = "giliran.db"


def sqlite_url(data: Path) -> str:
    """The address of the embedded database of a data directory."""
    return f"sqlite:///{data / DATABASE_FILE}"


_MARK = "looked again"
_TROUBLES = {
    "SQLITE_FULL": "The disk of the server is full: make room on it.",
    "SQLITE_IOERR": "The disk of the server takes no data: see whether it is full or broken.",
    "SQLITE_READONLY": "The database may not be written: see to whom its files belong.",
    "SQLITE_CANTOPEN": "The database cannot be opened: see whether its disk is there.",
    "SQLITE_BUSY": "Another program holds the database: end it, or wait for it.",
}


def _trouble(error: BaseException) -> str:
    """Why the database saves nothing, and what to do about it, as one or two short sentences."""
    name = str(getattr(getattr(error, "orig", error), "sqlite_errorname", ""))
    return next((words for code, words in _TROUBLES.items() if name.startswith(code)), "The database does not answer.")


def _sqlite_engine(url: str, begin: str, *, query_only: bool = False) -> Engine:
    engine = create_engine(
        url,
        poolclass=NullPool,
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS},
        hide_parameters=True,  # an error that quotes them would write hashes and people's words into the log
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        # pysqlite's own transaction control would begin late and commit early
        connection.isolation_level = None
        pragmas: Iterable[str] = (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-32768",
            *(("query_only=ON",) if query_only else ()),
        )
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
