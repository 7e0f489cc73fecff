"""Rows as they are kept, each value looked at before it is believed: for the doctor, who reads what may be damaged.

What is wrong with a value is told without the value, since it may be what people wrote about somebody.
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
Row: TypeAlias = dict[str, Any]
"""Column → value, decoded."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Unreadable:
    """A row with a value that its column cannot hold; `key` names the row by its primary key."""

    table: str
    key: str
    why: str
    values: Row
    """Its values as the driver has them."""


class _Bad(ValueError):
    pass


def raw(table: Table, *where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """A query for rows of the table, its values as the driver has them."""
    columns = [type_coerce(column, NullType()).label(column.name) for column in table.columns]
    found: Select[*tuple[Any, ...]] = select(*columns)
    return found.where(*where)


def rows(db: Connection, table: Table, query: Select[*tuple[Any, ...]]) -> Iterator[Row | Unreadable]:
    """The rows of a `raw` query of the table, as they come."""
    decode = _decoder(table, sqlite=db.dialect.name == "sqlite")
    found = db.execute(query.execution_options(yield_per=AT_ONCE))
    for row in found:
        yield decode(tuple(row))


def every_unreadable(db: Connection, table: Table, step: Callable[[int], None]) -> Iterator[Unreadable]:
    """The rows of a whole table that cannot be read; `step` hears how many rows have been looked at."""
    for count, row in enumerate(rows(db, table, raw(table)), 1):
        if count % AT_ONCE == 0:
            step(count)
        if isinstance(row, Unreadable):
            yield row


@contextmanager
def any_text(db: Connection) -> Iterator[None]:
    """Let SQLite's driver hand over texts that are no UTF-8, which it would refuse with the whole query."""
    if db.dialect.name != "sqlite":
        yield
        return
    driver: Any = db.connection.dbapi_connection
    before, driver.text_factory = driver.text_factory, lambda told: told.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = before


def _decoder(table: Table, *, sqlite: bool) -> Callable[[tuple[Any, ...]], Row | Unreadable]:
    columns = [
        # PostgreSQL's driver gives None for JSON's null too, and sees to NOT NULL by itself
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
                    raise _Bad("is missing")
                row[name] = None if value is None else read(value)
            except (ValueError, OverflowError, RecursionError) as error:
                told = str(error) if isinstance(error, _Bad) else "is not what it should be"
                named = ", ".join(f"{columns[n][0]} {values[n]!r:.40}" for n in key)
                raw_values = dict(zip(table.columns.keys(), values, strict=True))
                return Unreadable(table.name, named, f"{name} {told}", raw_values)
        return row

    return decode


def _reader(column: Column[Any], *, sqlite: bool) -> Callable[[Any], Any]:
    kind = column.type
    if isinstance(kind, JSON):
        return _json if sqlite else _as_it_is
    if isinstance(kind, Instant):
        return _instant
    if isinstance(kind, Day):
        return _day
    if isinstance(kind, Boolean):
        return _truth
    if isinstance(kind, BigInteger | Integer):
        return _whole
    if isinstance(kind, Float):
        return _number
    if isinstance(kind, LargeBinary):
        return _bytes
    return _text


def _as_it_is(value: Any) -> Any:
    return value


def _json(value: Any) -> Any:
    # SQLite keeps the text of a number as that number
    return value if isinstance(value, int | float) else json.loads(_text(value))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Bad("is no text")
    if any("\udc80" <= c <= "\udcff" for c in value):
        raise _Bad("is no UTF-8 text")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Bad("is no whole number")
    return value


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _Bad("is no number")
    return float(value)


def _truth(value: Any) -> bool:
    if value not in (0, 1):
        raise _Bad("is neither true nor false")
    return bool(value)


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes | memoryview):
        raise _Bad("is no digest")
    return bytes(value)


def _instant(value: Any) -> datetime:
    return _EPOCH + timedelta(microseconds=_whole(value))


def _day(value: Any) -> date:
    return date.fromisoformat(_text(value))
