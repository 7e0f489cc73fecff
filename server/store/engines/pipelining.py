"""Connections of psycopg on which a statement whose outcome nobody asks for travels with the next one.

In pipeline mode the driver sends a statement and goes on; an outcome is waited for when it is looked at. psycopg
fetches rows by itself then; this adds what SQLAlchemy looks at: how many rows were changed, and which columns there
are. A statement that fails unseen fails the next that is looked at, or the commit: its transaction is lost either way.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from contextlib import ExitStack, suppress
from itertools import count
from typing import Any, LiteralString, Self, TypeVar, cast

import gevent
import psycopg
from gevent import monkey
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from psycopg.waiting import READY_NONE, READY_R, READY_W
from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.exc import DBAPIError

from server.store.sql.compiled_statements import as_sqlalchemy_error

T = TypeVar("T")
_poll = monkey.get_original("select", "poll")
_failures = count()


class _Prompt(psycopg.Connection[Any]):
    """Looks by itself whether its socket is ready, which to write to it nearly always is.

    Under gevent the driver would ask the hub four times for each statement: that was half of an action's time.
    """

    def numbered(self) -> _NumberedCursor:
        """A cursor whose statements have $1, $2, … for their parameters, as the server has.

        Others the driver reads anew each time, to number what is named, where they are longer than it likes to keep.
        """
        return _NumberedCursor(self)

    def wait(self, gen: PQGen[T], *more: Any, **settings: Any) -> T:
        """What the driver waits for; only where it is not there yet are others let on meanwhile."""
        return super().wait(self._looking(gen), *more, **settings)

    def _looking(self, gen: PQGen[T]) -> PQGen[T]:
        socket = self.pgconn.socket
        poll = _poll()
        poll.register(socket, select.POLLIN | select.POLLOUT)
        try:
            wanted = next(gen)
            while True:
                found = poll.poll(0)
                events = found[0][1] if found else 0
                ready = (READY_R if events & select.POLLIN else READY_NONE) | (
                    READY_W if events & select.POLLOUT else READY_NONE
                )
                if not ready & wanted:
                    if monkey.is_module_patched("select"):
                        # what `select.poll` is then makes a timer and more for each look
                        hub = gevent.get_hub()
                        hub.wait(hub.loop.io(socket, wanted))
                        continue
                    ready = yield wanted
                wanted = gen.send(ready & wanted)
        except StopIteration as end:
            done: T = end.value
            return done


class _Connection(_Prompt):
    """In pipeline mode for all its life: to leave it would wait for the server."""

    def begin_pipeline(self) -> Self:
        self._open = ExitStack()
        self._line = self._open.enter_context(self.pipeline())
        return self

    def settle(self) -> None:
        """Wait for the outcome of all that was sent. Raises what the first that failed raised."""
        self._line.sync()

    # The driver's own two go by the transaction that it knows of: of one whose BEGIN travels along it has not heard.

    def commit(self) -> None:
        """Commit, in one way to the server and back with all that was sent before."""
        _say(self.cursor(), "COMMIT")
        self.settle()

    def rollback(self) -> None:
        """Undo all since BEGIN, also where some of it has failed."""
        with suppress(psycopg.Error):  # whoever asked for it was told
            self.settle()
        if self.pgconn.transaction_status != TransactionStatus.IDLE:
            self.undo("ROLLBACK")
            self.settle()

    def undo(self, words: LiteralString) -> None:
        """Say a ROLLBACK; all that was sent is settled.

        When the driver sees one that is new to it, it forgets all that it has prepared. It must after a failure, since
        the server has left out what came behind that; after what we refused ourselves it would be a waste.
        """
        if self.pgconn.transaction_status == TransactionStatus.INERROR:
            self.cursor().execute(f"{words} -- {next(_failures)}", prepare=False)
            self.settle()
        else:
            _say(self.cursor(), words)

    def close(self) -> None:
        """Hang up, whatever became of what was sent."""
        with suppress(psycopg.Error):
            self._open.close()
        super().close()


class _Reading(_Connection):
    """Nothing is written, so nobody waits for an end: what becomes of it comes with the answer to the next question."""

    def commit(self) -> None:
        """End what was read from one snapshot."""
        _say(self.cursor(), "COMMIT")
        self.end()

    def end(self) -> None:
        """The statements until here are a transaction, also where nothing has begun one."""
        # names that the driver does not promise
        awaited, unsent = (getattr(self._line, name, None) for name in ("result_queue", "command_queue"))
        if awaited is None or unsent is None or unsent:
            # what the driver sends for itself must not begin the next transaction
            self.settle()
            return
        self.pgconn.pipeline_sync()
        awaited.append(None)
        self.pgconn.flush()


class _Settling(psycopg.Cursor[Any]):
    """Waits for its outcome when that is looked at."""

    @property
    def description(self) -> Any:
        self._settle()
        return super().description

    @property
    def rowcount(self) -> int:
        self._settle()
        return super().rowcount

    def _settle(self) -> None:
        if self.pgresult is None and not self.closed and isinstance(self.connection, _Connection):
            self.connection.settle()


class _NumberedCursor(_Settling, psycopg.RawCursor[Any]):
    pass


def prompt(engine: Engine) -> Engine:
    """The engine, its new connections looking by themselves whether they must wait."""
    return _of(engine, _Prompt.connect)


def writing(engine: Engine) -> Engine:
    """One in autocommit mode, for actions: what begins their transactions travels with their first statement."""
    return _pipelined(engine, _Connection, "BEGIN ISOLATION LEVEL READ COMMITTED")


def reading(engine: Engine) -> Engine:
    """The same for reads, each from one snapshot, whose end is not waited for."""
    return _pipelined(engine, _Reading, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _pipelined(engine: Engine, kind: type[_Connection], begin: str) -> Engine:
    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # by itself the driver would wait for what becomes of it
        queue(connection, begin)

    if not psycopg.capabilities.has_pipeline():
        return prompt(engine)
    return _of(engine, lambda *words, **how: kind.connect(*words, cursor_factory=_Settling, **how).begin_pipeline())


def _of(engine: Engine, connect: Callable[..., _Prompt]) -> Engine:
    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Dialect, _record: object, words: list[Any], settings: dict[str, Any]) -> _Prompt:
        return connect(*words, **settings)

    return engine


def _say(cursor: psycopg.Cursor[Any], statement: LiteralString) -> None:
    """Send what begins or ends a transaction, or a part of one, and let the driver make nothing of it."""
    connection = cursor.connection
    threshold, connection.prepare_threshold = connection.prepare_threshold, None
    try:
        cursor.execute(statement)
    finally:
        connection.prepare_threshold = threshold


def queue(db: Connection, statement: LiteralString) -> None:
    """Send a statement without looking at its outcome."""
    try:
        _say(cast("Any", db.connection.cursor()), statement)
    except psycopg.Error as error:
        raise as_sqlalchemy_error(db, statement, error) from error


def end(db: Connection) -> None:
    """Let a statement that was alone be over, whatever became of it."""
    raw: Any = None if db.invalidated else db.connection.dbapi_connection
    if isinstance(raw, _Reading):
        with suppress(psycopg.Error):
            raw.end()


def commit(db: Connection) -> None:
    """Commit, in one way to the server and back with all that was sent before.

    Raises what the first that failed has failed with; everything is rolled back then.
    """
    raw = cast("Any", db.connection.dbapi_connection)
    try:
        db.commit()
    except DBAPIError:
        # SQLAlchemy takes a transaction whose commit failed for one that has ended
        with suppress(psycopg.Error):
            raw.rollback()
        raise


def undo_to_savepoint(db: Connection, name: LiteralString) -> None:
    """Come to an end with all that was sent since, whatever failed of it, and undo it."""
    words: LiteralString = f"ROLLBACK TO SAVEPOINT {name}"
    raw = cast("Any", db.connection.dbapi_connection)
    if not isinstance(raw, _Connection):
        queue(db, words)
        return
    with suppress(psycopg.Error):
        raw.settle()
    try:
        raw.undo(words)
    except psycopg.Error as error:
        raise as_sqlalchemy_error(db, words, error) from error
