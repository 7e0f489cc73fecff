"""Whether the file of the embedded database can be what it was, before SQLite takes an empty one for a new one.

SQLite begins a new database in a file of no bytes, and drops the write-ahead log that lies beside it. Giliran never
leaves such a file behind (`make`), so one that is there has lost what was in it. Format of the first bytes:
https://www.sqlite.org/fileformat2.html#the_database_header
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from server.domain.errors import Unavailable

_BEGINNING = b"SQLite format 3\0"
_SMALLEST = 512
"""Bytes of the smallest page."""


def refuse_lost(database: Path, clips: Path) -> None:
    """Raise Unavailable for a database that is empty or no database, and for a missing one whose traces are there."""
    try:
        with database.open("rb") as file:
            beginning = file.read(len(_BEGINNING))
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        traces = _traces(database, clips)
        if traces:
            raise Unavailable(
                f"The database {database} is not there, though {' and '.join(traces)} of it is. {_WHAT_TO_DO} "
                f"If this is to be a new server, move that out of {database.parent} first."
            ) from None
        return
    except OSError as error:
        raise Unavailable(f"The database {database} cannot be read: {error.strerror}.") from None
    if size == 0:
        raise Unavailable(
            f"The database {database} is empty: all that was in it is gone. {_WHAT_TO_DO} "
            "If nothing was ever in it, remove that file, and a new server begins."
        )
    if beginning != _BEGINNING or size < _SMALLEST:
        raise Unavailable(f"The file {database} is not a database any more: its beginning is damaged. {_WHAT_TO_DO}")


_WHAT_TO_DO = (
    "Nothing was changed, and no new one is begun in its place, since it would give all numbers again. Copy the "
    "directory to another disk, and restore the last backup: giliran restore FILE --replace."
)


def _traces(database: Path, clips: Path) -> list[str]:
    """What shows that there was a database."""
    found = []
    log = database.with_name(f"{database.name}-wal")
    if log.is_file() and log.stat().st_size:
        found.append(f"the write-ahead log ({log.name})")
    if clips.is_dir() and any(path.is_file() for path in clips.rglob("*")):
        found.append(f"the recordings ({clips.name}/)")
    aside = sorted(path.name for path in database.parent.glob("before-re*-*") if path.is_dir())
    if aside:
        found.append(f"what an earlier command put aside ({aside[-1]}/)")
    return found


def make(database: Path) -> None:
    """Make a new database, with nothing in it, where there is none: whole or not at all, readable by its owner alone.

    Raises Unavailable where it cannot be made.
    """
    if not database.name or not database.parent.is_dir() or database.exists():
        return
    making = database.with_name(f"{database.name}.new")
    try:
        making.unlink(missing_ok=True)
        making.touch(mode=0o600)
        with closing(sqlite3.connect(making)) as new:
            new.execute("PRAGMA journal_mode=WAL")  # which writes the first page
        making.replace(database)
    except (OSError, sqlite3.Error) as error:
        making.unlink(missing_ok=True)
        raise Unavailable(f"The database {database} cannot be made: {error}.") from None
