"""Statements that run with every action: said in SQLAlchemy's words, compiled once a database, run by its driver.

For a row by its key SQLAlchemy's execution takes twenty times what SQLite takes for it. What it brings is used once
here: the statement's text, the order of its parameters, and how each type goes in and comes out. The transaction, the
connection and the errors stay SQLAlchemy's.
"""

from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Delete,
    Dialect,
    Insert,
    Label,
    Select,
    Subquery,
    Table,
    Update,
    bindparam,
    func,
    insert,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Query: TypeAlias = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
Statement: TypeAlias = Query | Insert | Update | Delete
Processor: TypeAlias = Callable[[Any], Any] | None


BY_DRIVER = True
"""False has SQLAlchemy execute every statement (but `raw_rows`), so that what this module saves can be measured."""
MANY_ROWS = True
"""To say of a Together that its answer has as many rows as people wait."""


def insertion(table: Table, *columns: str) -> Insert:
    """An INSERT of these columns, each a parameter of its own name."""
    return insert(table).values({name: bindparam(name) for name in columns})


class CompiledStatement:
    """One statement. Its parameters are given by name; its rows come as named tuples.

    Where the databases say it differently, it is given as a mapping from the dialect's name.
    """

    def __init__(self, statement: Statement | Mapping[str, Statement]) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, db: Connection, **values: Any) -> list[Any]:
        """All rows."""
        return self._of(db.dialect).run(db, values)[0]

    def row(self, db: Connection, **values: Any) -> Any:
        """The first row, None where there is none."""
        found = self._of(db.dialect).run(db, values)[0]
        return found[0] if found else None

    def raw_rows(self, db: Connection, **values: Any) -> Iterator[tuple[Any, ...]]:
        """All rows one after the other, as the driver has them: unnamed, and times and days as they are kept."""
        return self._of(db.dialect).raw_rows(db, values)

    def scalar(self, db: Connection, **values: Any) -> Any:
        """The first column of the first row, None where there is none."""
        found = self._of(db.dialect).run(db, values)[0]
        return found[0][0] if found else None

    def rowcount(self, db: Connection, **values: Any) -> int:
        """How many rows it has changed."""
        return self._of(db.dialect).run(db, values, counted=True)[1]

    def run(self, db: Connection, **values: Any) -> None:
        """Nothing: PostgreSQL's driver need not wait for its outcome, which comes with that of the next statement."""
        self._of(db.dialect).run(db, values)

    def text(self, dialect: Dialect) -> str:
        """The statement as that database takes it."""
        return self._of(dialect).text

    def _of(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect.name)
        if found is None:
            statement = self._statement[dialect.name] if isinstance(self._statement, Mapping) else self._statement
            found = self._compiled[dialect.name] = _Compiled(statement, dialect)
        return found


class MultiQuery:
    """Several queries about one moment, by name, asked in one statement whose only row holds all of theirs as JSON.

    With a database server the way to and fro, and the driver's work for each statement, is most of what a small query
    takes. With SQLite they are asked one by one, which is quicker, but for many rows: its driver lets the interpreter
    go at every row, and has to wait for it again where the loop is busy. Beside a flood a thousand rows took half a
    second, as one row a tenth. A column must be one that JSON has: a number, a text, a truth or JSON itself.
    """

    def __init__(self, many: bool = False, /, **queries: Query) -> None:
        self._each = {} if many else {name: CompiledStatement(query) for name, query in queries.items()}
        self._columns = {name: list(query.exported_columns) for name, query in queries.items()}
        self._all = CompiledStatement(
            {
                dialect: select(*(_as_json(name, query.subquery(), *made) for name, query in queries.items()))
                for dialect, made in _JSON.items()
            }
        )
        self._readers: dict[str, list[_Reader]] = {}

    def rows(self, db: Connection, **values: Any) -> dict[str, list[Any]]:
        """The rows of each."""
        if self._each and db.dialect.name == "sqlite":
            return {name: query.rows(db, **values) for name, query in self._each.items()}
        readers = self._readers.get(db.dialect.name)
        if readers is None:
            readers = self._readers[db.dialect.name] = [_Reader(c, db.dialect) for c in self._columns.values()]
        found = self._all.row(db, **values)
        return {
            name: [reader.row(told) for told in (json.loads(rows) if isinstance(rows, str) else rows or ())]
            for name, reader, rows in zip(self._columns, readers, found, strict=True)
        }


_JSON = {"postgresql": (func.json_agg, func.json_build_array), "sqlite": (func.json_group_array, func.json_array)}
"""Dialect → what makes a list of rows, and what makes a list of a row's columns."""


def _as_json(name: str, rows: Subquery, of_rows: Callable[[Any], Any], of_columns: Callable[..., Any]) -> Label[Any]:
    # lists, since an object would say the name of each column in every row
    return select(of_rows(of_columns(*rows.c))).select_from(rows).scalar_subquery().label(name)


class _Reader:
    """Makes rows of what came as JSON."""

    def __init__(self, columns: list[Any], dialect: Dialect) -> None:
        self._row = _row_of([column.key for column in columns])
        kinds = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._kinds = [(n, kind) for n, kind in enumerate(kinds) if kind is not None]

    def row(self, told: list[Any]) -> Any:
        for n, kind in self._kinds:
            if told[n] is not None:  # most of a waiting ticket's times are
                told[n] = kind(told[n])
        return self._row._make(told)


def _row_of(names: list[str]) -> Any:
    return namedtuple("Row", names)  # noqa: PYI024


class _Compiled:
    """The statement as one database's driver takes it."""

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        self._statement = statement
        self._numbered = dialect.name == "postgresql"
        if self._numbered:
            own: Any = type(dialect)
            compiled = statement.compile(dialect=own(paramstyle="numeric_dollar"))
        else:
            compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        assert not compiled.post_compile_params, "a list of unknown length cannot be compiled once"
        self.text = compiled.string
        order: Sequence[str] = compiled.positiontup or []
        kinds = {name: compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in order}
        self._parameters: list[tuple[str, Processor]] = [(name, kinds[name]) for name in order]
        self._constants = {name: compiled.binds[name].value for name in order if not compiled.binds[name].required}
        columns = list(statement.exported_columns)
        self._row = _row_of([column.key or "" for column in columns]) if columns else None
        kinds_out = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._results = [(n, kind) for n, kind in enumerate(kinds_out) if kind is not None]

    def run(self, db: Connection, values: dict[str, Any], *, counted: bool = False) -> tuple[list[Any], int]:
        """(the rows; how many were changed, where that is `counted`)."""
        if not BY_DRIVER:
            result = db.execute(self._statement, values)
            return (list(result) if result.returns_rows else []), result.rowcount if counted else 0
        cursor = self._executed(db, values)
        try:
            if self._row is None:
                return [], cursor.rowcount if counted else 0
            found = cursor.fetchall()
        except db.dialect.loaded_dbapi.Error as error:
            raise as_sqlalchemy_error(db, self.text, error) from error
        finally:
            cursor.close()
        if self._results:
            found = [self._read(row) for row in found]
        return [self._row._make(row) for row in found], len(found)

    def raw_rows(self, db: Connection, values: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
        """The rows as the driver has them, one after the other."""
        cursor = self._executed(db, values)
        try:
            yield from cursor
        except db.dialect.loaded_dbapi.Error as error:
            raise as_sqlalchemy_error(db, self.text, error) from error
        finally:
            cursor.close()

    def _executed(self, db: Connection, values: dict[str, Any]) -> Any:
        given = {**self._constants, **values} if self._constants else values
        driver: Any = db.connection.dbapi_connection
        cursor = driver.numbered() if self._numbered else driver.cursor()
        try:
            cursor.execute(self.text, [given[n] if p is None else p(given[n]) for n, p in self._parameters])
        except db.dialect.loaded_dbapi.Error as error:
            cursor.close()
            raise as_sqlalchemy_error(db, self.text, error) from error
        return cursor

    def _read(self, row: Sequence[Any]) -> list[Any]:
        values = list(row)
        for n, kind in self._results:
            values[n] = kind(values[n])
        return values


def as_sqlalchemy_error(db: Connection, text: str, error: Exception) -> BaseException:
    """The driver's error as everybody above knows it; a connection that is lost is given up."""
    dialect = db.dialect
    lost = dialect.is_disconnect(error, db.connection.dbapi_connection, None)  # type: ignore[arg-type]
    base = dialect.loaded_dbapi.Error
    told = DBAPIError.instance(
        text, None, error, base, hide_parameters=True, connection_invalidated=lost, dialect=dialect
    )
    if lost:
        db.invalidate(error)
    return told
