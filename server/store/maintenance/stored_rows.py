"""Reads of rows that may be damaged, for the doctor: each value is checked before it is decoded.

An error message never contains the value, since that may be personal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Float,
    Integer,
    LargeBinary,
    Select,
    Table,
    select,
    type_coerce,
)
from sqlalchemy.types import NullType

from server.store.sql.schema import Day, Instant

AT_ONCE = 1000
"""Rows fetched at a time."""
Row: TypeAlias = dict[str, Any]
"""Decoded values by column."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Unreadable:
    """A row with a value that its column cannot hold; `key` shows its primary key, `why` the fault."""

    table: str
    key: str
    why: str
    values: Row
    """The values that the driver returned."""


class _InvalidValue(ValueError):
    pass


def raw(table: Table, *where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Return a query for rows of the table with the driver's own values."""
    columns = [type_coerce(column, NullType()).label(column.name) for column in table.columns]
    query: Select[*tuple[Any, ...]] = select(*columns)
    return query.where(*where)


def rows(db: Connection, table: Table, query: Select[*tuple[Any, ...]]) -> Iterator[Row | Unreadable]:
    """Yield the rows of a `raw` query, decoded or marked as unreadable."""
    decode = _decoder(table, sqlite=db.dialect.name == "sqlite")
    result = db.execute(query.execution_options(yield_per=AT_ONCE))
    for row in result:
        yield decode(tuple(row))


def unreadable_rows(db: Connection, table: Table, step: Callable[[int], None]) -> Iterator[Unreadable]:
    """Yield the rows of a table that cannot be read; call `step` with the number of rows read so far."""
    for count, row in enumerate(rows(db, table, raw(table)), 1):
        if count % AT_ONCE == 0:
            step(count)
        if isinstance(row, Unreadable):
            yield row


@contextmanager
def allow_any_text(db: Connection) -> Iterator[None]:
    """Let SQLite's driver return text that is not UTF-8; otherwise it would fail the whole query."""
    if db.dialect.name != "sqlite":
        yield
        return
    driver: Any = db.connection.dbapi_connection
    before, driver.text_factory = driver.text_factory, lambda content: content.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = before


def _decoder(table: Table, *, sqlite: bool) -> Callable[[tuple[Any, ...]], Row | Unreadable]:
    columns = [
        # PostgreSQL's driver returns None for a JSON null too; PostgreSQL itself enforces NOT NULL
        (
            column.name,
            bool(column.nullable or (isinstance(column.type, JSON) and not sqlite)),
            _reader(column, sqlite=sqlite),
        )
        for column in table.columns
    ]
    key = [n for n, column in enumerate(table.columns) if column.primary_key]

    def decode(values: tuple[Any, ...]) -> Row | Unreadable:
        row: Row = {}
        for (name, nullable, read), value in zip(columns, values, strict=True):
            try:
                if value is None and not nullable:
                    raise _InvalidValue("is missing")
                row[name] = None if value is None else read(value)
            except (ValueError, OverflowError, RecursionError) as error:
                fault = str(error) if isinstance(error, _InvalidValue) else "is not what it should be"
                key_text = ", ".join(f"{columns[n][0]} {values[n]!r:.40}" for n in key)
                raw_values = dict(zip(table.columns.keys(), values, strict=True))
                return Unreadable(table.name, key_text, f"{name} {fault}", raw_values)
        return row

    return decode


def _reader(column: Column[Any], *, sqlite: bool) -> Callable[[Any], Any]:
    kind = column.type
    if isinstance(kind, JSON):
        return _json if sqlite else _unchanged
    if isinstance(kind, Instant):
        return _instant
    if isinstance(kind, Day):
        return _day
    if isinstance(kind, Boolean):
        return _boolean
    if isinstance(kind, BigInteger | Integer):
        return _integer
    if isinstance(kind, Float):
        return _number
    if isinstance(kind, LargeBinary):
        return _bytes
    return _text


def _unchanged(value: Any) -> Any:
    return value


def _json(value: Any) -> Any:
    # SQLite stores the text of a number as that number
    return value if isinstance(value, int | float) else json.loads(_text(value))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _InvalidValue("is not text")
    if any("\udc80" <= c <= "\udcff" for c in value):
        raise _InvalidValue("is not UTF-8 text")
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _InvalidValue("is not a whole number")
    return value


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _InvalidValue("is not a number")
    return float(value)


def _boolean(value: Any) -> bool:
    if value not in (0, 1):
        raise _InvalidValue("is neither true nor false")
    return bool(value)


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes | memoryview):
        raise _InvalidValue("is not a digest")
    return bytes(value)


def _instant(value: Any) -> datetime:
    return _EPOCH + timedelta(microseconds=_integer(value))


def _day(value: Any) -> date:
    return date.fromisoformat(_text(value))
