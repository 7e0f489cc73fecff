"""SQLite: reads on their own threads and connections, all deeds through one writer with group commit.

One OS thread owns the writing connection. It takes every deed that waits and runs them in one `BEGIN IMMEDIATE`
transaction, a savepoint each, so that one fsync serves many customers; a deed is acknowledged only after that COMMIT.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import structlog
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from server.store.deed import Deed, Desk
from server.store.threads import Threads, Worker

log = structlog.get_logger()

R = TypeVar("R")

BUSY_SECONDS = 10
READERS = 4


class Sqlite:
    """The embedded database."""

    def __init__(self, url: URL, desk: Desk, *, readers: Threads, writer: Worker) -> None:
        self._desk = desk
        self._readers = readers
        self._worker = writer
        self._waiting: deque[Deed] = deque()
        self._writer: Connection | None = None
        self._free: deque[Connection] = deque()
        self._glancing: Connection | None = None
        _make_private(Path(url.database or ""))
        self._read_engine = _engine(url, "BEGIN", query_only=True)
        self._glance_engine = _engine(url, "BEGIN", query_only=True, busy_seconds=0)
        self._write_engine = _engine(url, "BEGIN IMMEDIATE")
        writer.begin(self._write_waiting, desk.acknowledge)

    def read(self, query: Callable[[Connection], R]) -> R:
        """The query's answer from one read transaction, on a reader's thread."""

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

    def glance(self, query: Callable[[Connection], R]) -> R:
        """The answer of one statement that finds its row by key, here and now.

        In WAL no writer keeps a reader waiting, and such a row takes a few microseconds: less than handing it to a
        thread. Where it would have to wait all the same, a reader's thread does.
        """
        try:
            if self._glancing is None:
                self._glancing = self._glance_engine.connect()
            try:
                return query(self._glancing)
            finally:
                self._glancing.rollback()
        except OperationalError:
            return self.read(query)

    def submit(self, deed: Deed) -> None:
        """Let the deed wait for the writer, who is woken if idle."""
        self._waiting.append(deed)
        self._worker.wake()

    def _write_waiting(self) -> list[Deed] | None:
        """All deeds that wait, in one transaction; on the writer's thread. None where none waits."""
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if batch:
            self._run_batch(batch)
        return batch or None

    def _run_batch(self, batch: list[Deed]) -> None:
        try:
            if self._writer is None:
                self._writer = self._write_engine.connect()
            connection = self._writer
            with connection.begin():
                say = connection.connection.cursor().execute
                for deed in batch:
                    say("SAVEPOINT deed")
                    try:
                        deed.do(connection, self._desk.clock())
                    except OperationalError:
                        # the database's own trouble: SQLite may have given up the whole transaction
                        raise
                    except Exception as error:  # noqa: BLE001
                        # handed to the one who asked; the rest of the batch goes on
                        say("ROLLBACK TO deed")
                        deed.fail(error)
                    say("RELEASE deed")
        except Exception as error:  # noqa: BLE001 - whatever it was, every deed of the batch must hear of it
            refusal = self._desk.away(error, _trouble(error), deeds=len(batch))
            self._close_writer()
            for deed in batch:
                deed.fail(refusal)

    def close(self) -> None:
        """Let go of every connection, once no thread uses one."""
        self._readers.finish()
        self._worker.finish()
        self._close_writer()
        while self._free:
            self._free.pop().close()
        if self._glancing is not None:
            self._glancing.close()
        self._glance_engine.dispose()
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


def _engine(url: URL, begin: str, *, query_only: bool = False, busy_seconds: float = BUSY_SECONDS) -> Engine:
    engine = create_engine(
        url,
        poolclass=NullPool,
        connect_args={"check_same_thread": False, "timeout": busy_seconds},
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
        connection.connection.cursor().execute(begin)

    return engine
