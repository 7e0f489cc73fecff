"""Connections of psycopg on which a statement whose outcome nobody asks for travels with the next one.

In pipeline mode the driver sends a statement and goes on; an outcome is waited for when it is looked at. psycopg
fetches rows by itself then; this adds what SQLAlchemy looks at: how many rows were changed, and which columns there
are. A statement that fails unseen fails the next that is looked at, or the commit: its transaction is lost either way.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from typing import Any, Self, cast

import psycopg
from sqlalchemy import Connection, Dialect, Engine, event

from server.store.prepared import told_as_sqlalchemy


class _Connection(psycopg.Connection[Any]):
    """In pipeline mode for all its life: to leave it would wait for the server."""

    def begin_pipeline(self) -> Self:
        self._open = ExitStack()
        self._line = self._open.enter_context(self.pipeline())
        return self

    def settle(self) -> None:
        """Wait for the outcome of all that was sent. Raises what the first that failed raised."""
        self._line.sync()

    def close(self) -> None:
        """Hang up, whatever became of what was sent."""
        with suppress(psycopg.Error):
            self._open.close()
        super().close()


class _Cursor(psycopg.Cursor[Any]):
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


def pipelined(engine: Engine) -> Engine:
    """The engine, its new connections in pipeline mode; as it is where the driver's library has none."""
    if not psycopg.capabilities.has_pipeline():
        return engine

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Dialect, _record: object, words: list[Any], settings: dict[str, Any]) -> _Connection:
        return _Connection.connect(*words, cursor_factory=_Cursor, **settings).begin_pipeline()

    return engine


def queue(db: Connection, statement: str) -> None:
    """Send a statement without looking at its outcome."""
    try:
        db.connection.cursor().execute(statement)
    except psycopg.Error as error:
        raise told_as_sqlalchemy(db, statement, error) from error


def settle(db: Connection) -> None:
    """Come to an end with all that was sent and failed, so that the transaction can be rolled back."""
    raw = cast("Any", db.connection.dbapi_connection)
    if isinstance(raw, _Connection):
        with suppress(psycopg.Error):
            raw.settle()
