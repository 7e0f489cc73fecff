"""PostgreSQL: each action locks its branch's row first, so a branch has one order; branches run in parallel.

Actions of one branch that wait together in this process share one transaction, each in a savepoint, so that the row
is locked once and one fsync serves many customers. Statements whose result is not needed are sent with the next one
(`pipelining`). An action that loses a race to another process, or that a restart of the database interrupts, is
repeated as long as a person would wait for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from threading import Lock
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.domain.errors import Invalid, Unavailable
from server.store.engines.pipelining import commit, end, prompt, queue, reading, undo_to_savepoint, writing
from server.store.engines.threads import Threads
from server.store.engines.write_job import WriteJob, WriteObserver
from server.store.tables import branches

log = structlog.get_logger()

R = TypeVar("R")

POOL = 16
"""Connections for actions, and as many for reads, made when they are needed and kept: one that is made for a rush and
thrown away after it costs the database server a process each time. More would wait for the same disk."""
AT_ONCE = 32
"""How many actions share a transaction at most: the first of them waits for the last."""
PATIENCE = 10.0
"""Seconds that a request waits for a database that restarts, or for a branch that another process holds."""
PAUSE = 0.1
RETRIES = 5
"""How often an action is tried again after losing a race to another process."""

_SNAPSHOT = "SELECT txid_current_snapshot()::text"
_LOST_RACES = {"40001", "40P01"}
_TROUBLES = {
    "53100": "The disk of the database server is full: make room on it.",
    "53300": "The database server takes no more connections: let it take more (max_connections), or run fewer servers.",
    "25006": "The database may not be written: it is a copy, or set to read only.",
    "28": "The database server lets nobody in under this name and password: see the address of the database.",
    "3D": "The database server has no database of this name: see the address of the database.",
    "42501": "The database may not be written: see what its owner allows this user.",
    "55P03": "Another program holds this branch: end it, or wait for it.",
}
_TOO_MUCH = (
    "The server is asked for more than it can do. Nothing was changed; trying again in a moment is safe. "
    "If it stays so, run more servers, or give the database a faster machine."
)
_UNKNOWN = (
    "The database went away just when this was being saved, so it may have been done. Look before you try again; "
    "a request with an Idempotency-Key may be sent again safely."
)


class Postgres:
    """A database server."""

    def __init__(self, url: URL, observer: WriteObserver, threads: Threads) -> None:
        self._observer = observer
        self._threads = threads
        self._lock = Lock()
        self._waiting: dict[str, list[WriteJob]] = {}
        """Line → its actions that wait; a line that is here is being worked on."""
        self._writing = writing(_pool(url, idle_in_transaction_session_timeout=20_000, lock_timeout=10_000))
        self._reading = reading(_pool(url))
        self._plain = prompt(_engine(url))
        self._met = False
        for engine in (self._writing, self._reading):
            event.listen(engine, "connect", self._meet)

    # reading

    def read(self, query: Callable[[Connection], R]) -> R:
        """The query's answer from one snapshot."""

        def from_one_moment(connection: Connection) -> R:
            with connection.begin():
                return query(connection)

        return self._ask(from_one_moment)

    def scan(self, query: Callable[[Connection], R]) -> R:
        """The same, where a cursor of the server's is possible; who has been given rows cannot be given them again."""
        try:
            with self._plain.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
                return query(connection)
        except OperationalError as error:
            if not self._met:
                raise
            raise self._observer.away(error, "The database went away in the middle.") from error

    def read_inline(self, query: Callable[[Connection], R]) -> R:
        """The answer of one statement, without a transaction around it; the driver lets others go on meanwhile."""

        def alone(connection: Connection) -> R:
            try:
                return query(connection)
            finally:
                end(connection)

        return self._ask(alone)

    def commit_marker(self) -> object:
        """Which transactions a read sees now; one that changes nothing has no number, and does not count."""
        return self.read_inline(lambda connection: connection.exec_driver_sql(_SNAPSHOT).scalar_one())

    def _ask(self, query: Callable[[Connection], R]) -> R:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with self._reading.connect() as connection:
                    return query(connection)
            except DataError as error:
                raise _unfit(error) from error
            except (OperationalError, PoolTimeout) as error:
                self._wait_or_refuse(error, until)

    # writing

    def submit(self, job: WriteJob) -> None:
        """Do the action in a transaction of its own, or where it names a line, with the others that wait there."""
        batch_key = job.batch_key
        if batch_key is None:
            self._do([job])
            return
        with self._lock:
            others = self._waiting.get(batch_key)
            if others is not None:
                others.append(job)
                return
            self._waiting[batch_key] = [job]
        self._threads.start(partial(self._drain, batch_key))

    def _drain(self, batch_key: str) -> None:
        """Do what waits in the line, batch after batch, until nothing does."""
        while True:
            with self._lock:
                waiting = self._waiting[batch_key]
                if not waiting:
                    del self._waiting[batch_key]
                    return
                batch, self._waiting[batch_key] = waiting[:AT_ONCE], waiting[AT_ONCE:]
            self._do(batch)

    def _do(self, batch: list[WriteJob]) -> None:
        """Do them in one transaction, again and again until they are committed, refused, or cannot be."""
        until = time.monotonic() + PATIENCE
        left, attempt = batch, 0
        while left:
            attempt += 1
            committing = False
            try:
                with self._writing.connect() as connection:
                    connection.begin()
                    self._each(connection, left, alone=len(left) == 1 and attempt == 1)
                    committing = True
                    commit(connection)
                break
            except Exception as error:  # noqa: BLE001 - whatever it was, every action of the batch must hear of it
                if committing and _is_lost(error):
                    for job in left:
                        if job.error is None and not job.repeatable:
                            job.fail(Unavailable(_UNKNOWN))
                    left = [job for job in left if job.repeatable]
                try:
                    self._again(error, until, attempt)
                except Exception as refusal:  # noqa: BLE001 - handed to those who asked
                    for job in left:
                        job.fail(refusal)
                    break
        self._observer.acknowledge(batch)

    def _each(self, connection: Connection, jobs: list[WriteJob], *, alone: bool) -> None:
        """All of them, so that none spoils another. One alone needs no savepoint: the transaction is its own."""
        for job in jobs:
            if alone:
                self._one(connection, job)
                continue
            for _ in range(RETRIES):
                queue(connection, "SAVEPOINT action")
                self._one(connection, job, among_others=True)
                if not isinstance(job.error, IntegrityError):
                    break

    def _one(self, connection: Connection, job: WriteJob, *, among_others: bool = False) -> None:
        """The action, or what it was refused for and nothing of it. Raises the database's own trouble."""
        try:
            job.do(connection, self._observer.clock())
            if among_others:
                # what travels with a later statement must fail here if it fails, not with the next action
                connection.exec_driver_sql("RELEASE SAVEPOINT action")
        except OperationalError:
            raise
        except Exception as error:
            if _is_lost(error) or (not among_others and isinstance(error, IntegrityError)):
                raise
            # handed to the one who asked; the rest of the batch goes on
            job.fail(_unfit(error) if isinstance(error, DataError) else error)
            if among_others:
                undo_to_savepoint(connection, "action")
            else:
                connection.rollback()

    def _again(self, error: Exception, until: float, attempt: int) -> None:
        """Come back when it is worth trying again. Raises what those who asked are to be told otherwise."""
        branches.forget_plans()
        if isinstance(error, IntegrityError) or _sqlstate(error) in _LOST_RACES:
            if attempt >= RETRIES:
                raise error
        elif isinstance(error, (OperationalError, PoolTimeout)) or _is_lost(error):
            self._wait_or_refuse(error, until)
        else:
            raise error

    # trouble

    def _meet(self, *_connection: object) -> None:
        self._met = True

    def _wait_or_refuse(self, error: Exception, until: float) -> None:
        """Wait a moment for a database that was just lost. Raises Unavailable where that has been tried.

        One that never answered is not waited for: then its address is wrong more often than not.
        """
        if isinstance(error, PoolTimeout):
            raise Unavailable(_TOO_MUCH) from error  # the database is well
        if not self._met:
            raise error
        state = _sqlstate(error)
        told = next((words for code, words in _TROUBLES.items() if state.startswith(code)), None)
        if told is None and self._observer.trouble is None and time.monotonic() < until:
            time.sleep(PAUSE)
            return
        raise self._observer.away(error, told or "The database does not answer.") from error

    # the rest

    def close(self) -> None:
        """Let go of every connection, once no action waits."""
        self._threads.finish()
        for engine in (self._writing, self._reading, self._plain):
            engine.dispose()

    @property
    def engine(self) -> Engine:
        """One without the ways of actions and reads, for migrations and moves alone."""
        return self._plain


def _unfit(error: DataError) -> Invalid:
    """A value that the columns cannot hold, where SQLite's could: a NUL, a number of twenty digits."""
    log.warning("value_refused", error=str(error.orig))
    return Invalid("A value has characters that cannot be kept, or is too long or too large.")


def _sqlstate(error: BaseException) -> str:
    return str(getattr(getattr(error, "orig", error), "sqlstate", None) or "")


def _is_lost(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _pool(url: URL, **session: int) -> Engine:
    """In autocommit mode: transactions are begun and ended in so many words."""
    # what has ended in so many words need not be rolled back before another may have the connection
    return _engine(url, session, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)


def _engine(url: URL, session: Mapping[str, int] | None = None, **more: Any) -> Engine:
    return create_engine(
        url,
        pool_size=POOL,
        max_overflow=0,
        pool_timeout=PATIENCE,
        use_native_hstore=False,  # none is used, and asking for it costs each connection
        hide_parameters=True,  # an error that quotes them would write hashes and people's words into the log
        connect_args={
            "connect_timeout": 5,
            "client_encoding": "UTF8",  # whatever the database's own is
            # a server that vanished without a word is noticed
            "tcp_user_timeout": 10_000,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            # a process that hangs in the middle of an action must not hold its branch for ever
            "options": " ".join(f"-c {name}={value}" for name, value in (session or {}).items()),
        },
        **more,
    )
