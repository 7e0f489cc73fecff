"""SQLite: reads on their own threads and connections, all actions through one writer with group commit.

All waiting actions run in one `BEGIN IMMEDIATE` transaction, each in a savepoint, so that one fsync serves many
customers. An action is acknowledged only after that COMMIT. Most actions are a few statements of microseconds: they
run on the event loop, because two threads would pass Python's lock back and forth at every statement. The writer
thread only waits for the disk. When the disk is fast, a single action waits for it on the event loop too: that is
faster than waking a thread. Everything that may take longer or may have to wait (scheduled work, a database that
another program writes to, a new connection) runs on the writer thread. There is one transaction at a time, and
nothing in it yields before its COMMIT.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from math import inf
from pathlib import Path
from time import monotonic
from typing import TypeVar

import structlog
from gevent.event import Event
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from server.store.engines import database_file
from server.store.engines.threads import Threads, Worker
from server.store.engines.write_job import WriteJob, WriteObserver

log = structlog.get_logger()

R = TypeVar("R")

BUSY_SECONDS = 10
READERS = 4
HOLD_SECONDS = (0.001, 0.005)
"""Seconds, least and most, for which actions may hold the event loop before they are committed. Between the two it is
the time that the last commit took, so that a slow disk gets larger batches."""

QUICK_SECONDS, SLOW_SECONDS, WARY_SECONDS = 0.001, 0.005, 10.0
"""A single action is committed on the event loop if the last commit took less than QUICK_SECONDS and none in the last
WARY_SECONDS took more than SLOW_SECONDS."""


class Sqlite:
    """The embedded database."""

    def __init__(self, url: URL, observer: WriteObserver, *, readers: Threads, writer: Worker) -> None:
        self._observer = observer
        self._readers = readers
        self._worker = writer
        self._waiting: deque[WriteJob] = deque()
        self._writer: Connection | None = None
        self._free: deque[Connection] = deque()
        self._glancing: Connection | None = None
        # nobody else on the machine reads it; its journal gets the same permissions
        database_file.make(Path(url.database or ""))
        self._read_engine = _engine(url, "BEGIN", query_only=True)
        self._inline_engine = _engine(url, "BEGIN", query_only=True, busy_seconds=0)
        self._write_engine = _engine(url, "BEGIN IMMEDIATE")
        self._saving_took = inf  # until it is known
        self._slow_until = 0.0
        self._idle = Event()
        self._idle.set()

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

    def scan(self, query: Callable[[Connection], R]) -> R:
        """The same: rows come one by one in any case."""
        return self.read(query)

    def read_inline(self, query: Callable[[Connection], R]) -> R:
        """The answer of one statement that finds its row by key, here and now.

        In WAL no writer keeps a reader waiting, and such a row takes a few microseconds: less than handing it to a
        thread. Where it would have to wait all the same, a reader's thread does.
        """
        try:
            if self._glancing is None:
                self._glancing = self._inline_engine.connect()
            try:
                return query(self._glancing)
            finally:
                self._glancing.rollback()
        except OperationalError:
            return self.read(query)

    def commit_marker(self) -> object:
        """SQLite's own count of the commits that another connection made; our writer is another one, too."""
        try:
            if self._glancing is None:
                self._glancing = self._inline_engine.connect()
            # outside a transaction, which would show the moment at which it began
            return self._glancing.connection.cursor().execute("PRAGMA data_version").fetchone()[0]
        except (DBAPIError, sqlite3.Error):
            return None  # whoever looks finds out what the trouble is

    def submit(self, job: WriteJob) -> None:
        """Do the action at once where nothing is being saved, else together with all who wait until that is."""
        self._waiting.append(job)
        if self._idle.is_set():
            self._go_on()

    def _go_on(self) -> None:
        """Do what waits, and save it on the writer's thread."""
        self._idle.clear()
        batch: list[WriteJob] = []
        if not self._waiting[0].on_event_loop or not self._begin_at_once():
            batch.extend(self._waiting)
            self._waiting.clear()
            work = partial(self._do_all, batch)
        else:
            self._do_some(batch)
            if len(batch) == 1 and not self._waiting and self._is_quick():
                self._save(batch)
                self._saved(batch)
                return
            work = partial(self._save, batch)
        self._worker.start(work, partial(self._saved, batch))

    def _is_quick(self) -> bool:
        """Whether the disk takes less time than a thread that waits for it."""
        return self._saving_took < QUICK_SECONDS and monotonic() > self._slow_until

    def _saved(self, batch: list[WriteJob]) -> None:
        """The batch is saved, or refused: what has come meanwhile is done before anything that follows from it."""
        if self._waiting:
            self._go_on()
        else:
            self._idle.set()
        self._observer.acknowledge(batch)

    def _begin_at_once(self) -> bool:
        """Begin a transaction here; False where that might have to wait, for a file or for another program."""
        if self._writer is None:
            return False
        try:
            self._writer.begin()
        except Exception:  # noqa: BLE001 - on the writer's thread it waits, or tells what the trouble is
            return False
        return True

    def _do_some(self, batch: list[WriteJob]) -> None:
        """As many of those that wait, into `batch`, as may hold the loop; whatever fails fails the batch."""
        least, most = HOLD_SECONDS
        until = monotonic() + min(max(least, self._saving_took), most)
        while self._waiting and self._waiting[0].on_event_loop and (not batch or monotonic() < until):
            batch.append(self._waiting.popleft())
            try:
                self._do(batch[-1])
            except Exception as error:  # noqa: BLE001 - the database's own trouble
                self._refuse(batch, error)
                return

    def _do_all(self, batch: list[WriteJob]) -> None:
        """The whole of it on the writer's thread, which may wait: for the disk, or for a program that writes too."""
        try:
            if self._writer is None:
                self._writer = self._write_engine.connect()
            self._say(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
            self._writer.begin()
            for job in batch:
                self._do(job)
            self._writer.commit()
            self._say("PRAGMA busy_timeout = 0")
        except Exception as error:  # noqa: BLE001 - whatever it was, every action of the batch must hear of it
            self._refuse(batch, error)

    def _save(self, batch: list[WriteJob]) -> None:
        """Commit what was done on the loop. This waits for the disk."""
        began = monotonic()
        try:
            if self._writer is not None:
                self._writer.commit()
        except Exception as error:  # noqa: BLE001 - whatever it was, every action of the batch must hear of it
            self._refuse(batch, error)
        ended = monotonic()
        self._saving_took = ended - began
        if self._saving_took > SLOW_SECONDS:
            self._slow_until = ended + WARY_SECONDS

    def _do(self, job: WriteJob) -> None:
        """The action in the transaction that is open, so that it spoils no other. Raises the database's own trouble."""
        assert self._writer is not None
        self._say("SAVEPOINT action")
        try:
            job.do(self._writer, self._observer.clock())
        except OperationalError:
            raise  # SQLite may have given up the whole transaction
        except Exception as error:  # noqa: BLE001 - handed to the one who asked; the rest of the batch goes on
            self._say("ROLLBACK TO action")
            job.fail(error)
        self._say("RELEASE action")

    def _say(self, statement: str) -> None:
        assert self._writer is not None
        self._writer.connection.cursor().execute(statement)

    def _refuse(self, batch: list[WriteJob], error: Exception) -> None:
        """Nothing of the batch is saved; the next one begins on a connection of its own."""
        refusal = self._observer.away(error, _trouble(error), jobs=len(batch))
        self._close_writer()
        for job in batch:
            job.fail(refusal)

    def close(self) -> None:
        """Let go of every connection, once no thread uses one."""
        self._readers.finish()
        self._idle.wait()
        self._worker.finish()
        self._close_writer()
        while self._free:
            self._free.pop().close()
        if self._glancing is not None:
            self._glancing.close()
        self._inline_engine.dispose()
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
