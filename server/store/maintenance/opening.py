"""The data directory as a server takes it when it starts."""

from __future__ import annotations

from pathlib import Path

import structlog

from server.domain.errors import Unavailable
from server.store.engines import database_file
from server.store.engines.store import DATABASE_FILE
from server.store.maintenance import data_directory, restoring, write_ahead_log

log = structlog.get_logger()


def take_with_database(data: Path) -> data_directory.Lock:
    """Hold the directory with the database in it for this server alone, and finish a restore that was cut short.

    Raises Unavailable where another process has the directory, and where its database is lost or damaged.
    """
    lock = data_directory.acquire(data, data_directory.SERVER)
    try:
        restoring.complete(data)
        database = data / DATABASE_FILE
        database_file.refuse_lost(database, data / data_directory.CLIPS)
        state = write_ahead_log.refuse_damaged(database)
    except Unavailable:
        lock.release()
        raise
    if state.torn:
        log.warning("unfinished_transaction_dropped", why="The machine or the server stopped while it was written.")
    return lock


def make(data: Path) -> None:
    """Make the directory of a server whose database is elsewhere. Raises Unavailable where it cannot be used."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Unavailable(f"The data directory {data} cannot be used: {error.strerror}.") from None
