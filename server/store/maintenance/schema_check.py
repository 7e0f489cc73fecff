"""Compares the tables and indexes of a database with those of this release."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, create_engine

from server.store.sql.schema import metadata

_SchemaParts: TypeAlias = Mapping[str, object]
"""The description of each part of the schema, by name."""


def differences(connection: Connection) -> list[str]:
    """Return the names of parts that are missing, unexpected or different."""
    if connection.dialect.name != "sqlite":
        return _alembic_differences(connection)
    actual, expected = _parts(connection), _expected_parts()
    return sorted(name for name in actual.keys() | expected.keys() if actual.get(name) != expected.get(name))


@cache
def _expected_parts() -> _SchemaParts:
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            metadata.create_all(connection)
            return _parts(connection)
    finally:
        engine.dispose()


def _parts(db: Connection) -> _SchemaParts:
    """Return the schema's parts as SQLite reports them; the order of columns and the SQL text do not matter."""

    def query(pragma: str, name: str) -> list[Any]:
        return list(db.exec_driver_sql(f"""PRAGMA {pragma}("{name.replace('"', '""')}")"""))

    parts: dict[str, object] = {}
    partial = {
        str(row.name): str(row.sql).partition(" WHERE ")[2]
        for row in db.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    }
    tables = db.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    for table in [str(row.name) for row in tables]:
        if table == "alembic_version":
            continue
        for column in query("table_info", table):
            parts[f"column {table}.{column.name}"] = bool(column.notnull), bool(column.pk)
        for key in query("foreign_key_list", table):
            parts[f"reference {table}.{key[3]}"] = key[2], key[4]
        for index in query("index_list", table):
            columns = tuple(row.name for row in query("index_info", index.name))
            name = index.name if index.origin == "c" else f"of {table} ({', '.join(map(str, columns))})"
            parts[f"index {name}"] = table, bool(index.unique), columns, partial.get(index.name, "")
    return parts


def _alembic_differences(connection: Connection) -> list[str]:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_type": False})
    return [_summary(difference) for difference in compare_metadata(context, metadata)]


def _summary(difference: Any) -> str:
    """Return a short text for one of Alembic's differences."""
    if isinstance(difference, list):
        return "; ".join(map(_summary, difference))
    operation, *arguments = difference
    names = [str(getattr(part, "name", part)) for part in arguments if part is not None and not isinstance(part, dict)]
    return f"{str(operation).replace('_', ' ')} {' '.join(names)}"[:200]
