"""A grown database moved to another one, exactly: every row of every table, and the numbers that go on from there."""

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
from server.store.maintenance.migrating import in_one_line, migrate_within, newest, revision
from server.store.sql.schema import metadata
from server.store.tables import servers

AT_ONCE = 1000


@dataclass(frozen=True)
class Moved:
    """What came over of one table."""

    table: str
    rows: int


def move(source: Store, target: Store) -> list[Moved]:
    """Copy all of `source` into the empty `target`, in one transaction there, and compare what has arrived.

    Nobody writes to an embedded source meanwhile, and no server may work on it. The source stays as it is. Raises
    Invalid and Unavailable with the target left empty: where the source is not there, is served or has not this
    release's schema; where the target has anything in it; where a table did not arrive as it was.
    """
    if source.url == target.url:
        raise Invalid("--from and --to are the same database.")
    with _unserved(source):
        if revision(source) != newest():
            raise Invalid(
                f"The data have schema {revision(source) or 'none'}, this program speaks {newest()}. "
                "Run `giliran migrate` on them first."
            )
        try:
            with _held(source) as old, target.engine.begin() as new:
                _must_be_empty(new)
                migrate_within(new, sqlite=target.sqlite)
                moved = [_copy(old, new, table) for table in _tables()]
                if not target.sqlite:
                    _go_on_from_here(new)
        except DBAPIError as error:
            raise Unavailable(
                f"The data could not be moved: {in_one_line(error)}. The new database is as it was."
            ) from error
    return moved


def must_be_there(source: URL) -> None:
    """Raise Invalid where an embedded database is not: asked before there is a store, which would make the file."""
    file = Path(source.database or "")
    if source.get_backend_name() == "sqlite" and not (file.is_file() and file.stat().st_size):
        raise Invalid(f"There is no Giliran in {file.resolve()}.")


@contextmanager
def _unserved(source: Store) -> Iterator[None]:
    """Keep servers from the source. Raises Unavailable where one works on it."""
    folder = Path(source.url.database or "").parent
    with data_directory.held(folder, "a move") if source.sqlite else nullcontext():
        if not source.sqlite and revision(source) is not None:
            alive = source.read(lambda db: servers.alive(db, source.clock()))
            if alive:
                raise Unavailable(f"Servers work on the old database ({len(alive)}). Stop them first.")
        yield


@contextmanager
def _held(source: Store) -> Iterator[Connection]:
    """The source as it is at one moment; an embedded one takes no action until this is over."""
    with source.engine.connect() as connection:
        if not source.sqlite:
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


def _must_be_empty(new: Connection) -> None:
    there = inspect(new).get_table_names()
    if there:
        raise Invalid(
            f"The new database is not empty (it has the table {min(there)}); nothing was changed. If a server has made "
            "its tables there, and nobody has worked with it, stop it, and make the database anew: dropdb NAME; "
            "createdb --owner USER --encoding UTF8 --template template0 NAME."
        )


def _tables() -> list[Table]:
    """Those of the schema, parents first. An absent value and a JSON null are told apart, which few ask for."""
    exact = MetaData()
    tables = [table.to_metadata(exact) for table in metadata.sorted_tables]
    for table in tables:
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type = JSON(none_as_null=True)
    return tables


def _copy(old: Connection, new: Connection, table: Table) -> Moved:
    for rows in _read(old, table):
        new.execute(insert(table), rows)
    before, after = _summed(old, table), _summed(new, table)
    if before != after:
        raise Unavailable(
            f"The table {table.name} did not arrive as it was ({before[0]} rows before, {after[0]} after). "
            "The new database is as it was."
        )
    return Moved(table.name, after[0])


def _read(db: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """The rows, some at a time."""
    nullable = [column for column in table.columns if isinstance(column.type, JSON) and column.nullable]
    absent = [column.is_(None).label(f"absent {column.name}") for column in nullable]
    found = db.execute(select(table, *absent).execution_options(yield_per=AT_ONCE))
    for part in found.mappings().partitions():
        rows = []
        for one in part:
            row = {column.name: one[column.name] for column in table.columns}
            for column in nullable:
                if row[column.name] is None and not one[f"absent {column.name}"]:
                    row[column.name] = JSON.NULL
            rows.append(row)
        yield rows


def _summed(db: Connection, table: Table) -> tuple[int, int]:
    """(how many rows, a sum of their hashes): the same for the same rows in any order, whatever the database."""
    count, total = 0, 0
    for rows in _read(db, table):
        for row in rows:
            told = json.dumps([None if v is JSON.NULL else v for v in row.values()], sort_keys=True, default=str)
            absent = [v is None for v in row.values()]
            total += int.from_bytes(sha256(f"{told} {absent}".encode()).digest(), "big")
            count += 1
    return count, total % 2**256


def _go_on_from_here(new: Connection) -> None:
    """The next id of each table is the one after its last."""
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
