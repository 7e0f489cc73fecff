"""Moves a database to another one exactly: every row of every table, and the id sequences."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, URL, Connection, MetaData, Table, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError

from server.domain.errors import Invalid, Unavailable
from server.store.engines.store import Store
from server.store.maintenance import data_directory
from server.store.maintenance.migrating import database_message, migrate_within, newest, revision
from server.store.sql.schema import metadata
from server.store.tables import servers

AT_ONCE = 1000
"""Rows copied at a time."""


@dataclass(frozen=True)
class CopiedTable:
    """A table that was copied, and its number of rows."""

    table: str
    rows: int


def move(source: Store, target: Store) -> list[CopiedTable]:
    """Copy all of `source` into the empty `target` in one transaction, and compare the copy with the source.

    An embedded source is locked meanwhile. The source is not changed; after an error, the target stays empty.

    Raises: Invalid if the source has another schema than this release, or the target is not empty;
    Unavailable if a server uses the source, a database reports an error, or a table's copy differs.
    """
    if source.url == target.url:
        raise Invalid("--from and --to are the same database.")
    with _unserved(source):
        if revision(source) != newest():
            raise Invalid(
                f"The data have schema {revision(source) or 'none'}, this program needs {newest()}. "
                "Run `giliran migrate` on them first."
            )
        try:
            with _consistent_read(source) as old, target.engine.begin() as new:
                _must_be_empty(new)
                migrate_within(new, sqlite=target.sqlite)
                moved = [_copy(old, new, table) for table in _tables()]
                if not target.sqlite:
                    _set_sequences(new)
        except DBAPIError as error:
            raise Unavailable(
                f"The data could not be moved: {database_message(error)}. The new database is as it was."
            ) from error
    return moved


def require_source(source: URL) -> None:
    """Raise Invalid if an embedded source does not exist. Call it before opening a store, which creates the file."""
    file = Path(source.database or "")
    if source.get_backend_name() == "sqlite" and not (file.is_file() and file.stat().st_size):
        raise Invalid(f"There is no Giliran in {file.resolve()}.")


@contextmanager
def _unserved(source: Store) -> Iterator[None]:
    """Keep servers from using the source. Raises: Unavailable if one does."""
    folder = Path(source.url.database or "").parent
    with data_directory.locked(folder, "a move") if source.sqlite else nullcontext():
        if not source.sqlite and revision(source) is not None:
            alive = source.read(lambda db: servers.alive(db, source.clock()))
            if alive:
                raise Unavailable(f"{len(alive)} servers use the old database. Nothing was changed. Stop them first.")
        yield


@contextmanager
def _consistent_read(source: Store) -> Iterator[Connection]:
    """Open a read of the source at one moment; an embedded source is locked for writes until it ends."""
    with source.engine.connect() as connection:
        if not source.sqlite:
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


def _must_be_empty(new: Connection) -> None:
    tables = inspect(new).get_table_names()
    if tables:
        raise Invalid(
            f"The new database is not empty (it has the table {min(tables)}); nothing was changed. If a server has "
            "created its tables there and nobody has used it, stop the server and create the database again: "
            "dropdb NAME; createdb --owner USER --encoding UTF8 --template template0 NAME."
        )


def _tables() -> list[Table]:
    """Return the schema's tables, parents first, in a copy that distinguishes SQL NULL from JSON null."""
    exact = MetaData()
    tables = [table.to_metadata(exact) for table in metadata.sorted_tables]
    for table in tables:
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type = JSON(none_as_null=True)
    return tables


def _copy(old: Connection, new: Connection, table: Table) -> CopiedTable:
    for rows in _read(old, table):
        new.execute(insert(table), rows)
    before, after = _checksum(old, table), _checksum(new, table)
    if before != after:
        raise Unavailable(
            f"The copy of table {table.name} differs ({before[0]} rows before, {after[0]} after). "
            "The new database is as it was."
        )
    return CopiedTable(table.name, after[0])


def _read(db: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows in lists of AT_ONCE."""
    nullable = [column for column in table.columns if isinstance(column.type, JSON) and column.nullable]
    absent = [column.is_(None).label(f"absent {column.name}") for column in nullable]
    result = db.execute(select(table, *absent).execution_options(yield_per=AT_ONCE))
    for partition in result.mappings().partitions():
        rows = []
        for mapping in partition:
            row = {column.name: mapping[column.name] for column in table.columns}
            for column in nullable:
                if row[column.name] is None and not mapping[f"absent {column.name}"]:
                    row[column.name] = JSON.NULL
            rows.append(row)
        yield rows


def _checksum(db: Connection, table: Table) -> tuple[int, int]:
    """Return (number of rows, sum of their hashes): equal for equal rows in any order and on any database."""
    count, total = 0, 0
    for rows in _read(db, table):
        for row in rows:
            text = json.dumps([None if v is JSON.NULL else v for v in row.values()], sort_keys=True, default=str)
            absent = [v is None for v in row.values()]
            total += int.from_bytes(sha256(f"{text} {absent}".encode()).digest(), "big")
            count += 1
    return count, total % 2**256


def _set_sequences(new: Connection) -> None:
    """Let each table's ids continue after its last one."""
    for table in metadata.sorted_tables:
        key = table.autoincrement_column
        if key is None:
            continue
        last = new.execute(select(func.max(key))).scalar_one()
        if last is not None:
            new.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, :key), :last)"),
                {"table": table.name, "key": key.name, "last": last},
            )
