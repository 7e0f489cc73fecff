"""PostgreSQL: each deed has its own transaction, and the branch's row orders those of one branch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError, OperationalError

from server.store.deed import Deed, Desk

R = TypeVar("R")

RETRIES = 3
"""How often a deed is tried again after losing a race to another process."""
TROUBLE = "The database does not answer."


class Postgres:
    """A database server."""

    def __init__(self, url: URL, desk: Desk) -> None:
        self._desk = desk
        self._engine = create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True, hide_parameters=True)
        self._reading = self._engine.execution_options(isolation_level="REPEATABLE READ")

    def read(self, query: Callable[[Connection], R]) -> R:
        """The query's answer from one snapshot."""
        with self._reading.connect() as connection, connection.begin():
            return query(connection)

    def glance(self, query: Callable[[Connection], R]) -> R:
        """The same: the driver lets others go on while it waits."""
        return self.read(query)

    def submit(self, deed: Deed) -> None:
        """A deed in its own transaction, tried again after a lost race."""
        for attempt in range(RETRIES):
            try:
                with self._engine.begin() as connection:
                    deed.do(connection, self._desk.clock())
                break
            except IntegrityError as error:
                deed.fail(error)
            except OperationalError as error:
                deed.fail(error if attempt < RETRIES - 1 else self._desk.away(error, TROUBLE))
            except Exception as error:  # noqa: BLE001 - handed to the one who asked
                deed.fail(error)
                break
        self._desk.acknowledge([deed])

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations alone."""
        return self._engine
