"""Whether the tables and indexes of a database are those that this release makes, whichever release made them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, create_engine

from server.store.sql.schema import metadata

_Picture: TypeAlias = Mapping[str, object]
"""What a part of the schema is called → what it is."""


def differences(connection: Connection) -> list[str]:
    """What is missing, too much, or another one: the names of the parts."""
    if connection.dialect.name != "sqlite":
        return _found_by_alembic(connection)
    made, wanted = _picture(connection), _wanted()
    return sorted(name for name in made.keys() | wanted.keys() if made.get(name) != wanted.get(name))


@cache
def _wanted() -> _Picture:
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            metadata.create_all(connection)
            return _picture(connection)
    finally:
        engine.dispose()


def _picture(db: Connection) -> _Picture:
    """The schema as SQLite has understood it; the order of columns, and how it is written, makes no difference."""

    def ask(pragma: str, name: str) -> list[Any]:
        return list(db.exec_driver_sql(f"""PRAGMA {pragma}("{name.replace('"', '""')}")"""))

    found: dict[str, object] = {}
    partial = {
        str(row.name): str(row.sql).partition(" WHERE ")[2]
        for row in db.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    }
    tables = db.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    for table in [str(row.name) for row in tables]:
        if table == "alembic_version":
            continue
        for column in ask("table_info", table):
            found[f"column {table}.{column.name}"] = bool(column.notnull), bool(column.pk)
        for key in ask("foreign_key_list", table):
            found[f"reference {table}.{key[3]}"] = key[2], key[4]
        for index in ask("index_list", table):
            columns = tuple(row.name for row in ask("index_info", index.name))
            name = index.name if index.origin == "c" else f"of {table} ({', '.join(map(str, columns))})"
            found[f"index {name}"] = table, bool(index.unique), columns, partial.get(index.name, "")
    return found


def _found_by_alembic(connection: Connection) -> list[str]:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_type": False})
    return [_named(difference) for difference in compare_metadata(context, metadata)]


def _named(difference: Any) -> str:
    """What Alembic found, without the whole object."""
    if isinstance(difference, list):
        return "; ".join(map(_named, difference))
    what, *about = difference
    names = [str(getattr(one, "name", one)) for one in about if one is not None and not isinstance(one, dict)]
    return f"{str(what).replace('_', ' ')} {' '.join(names)}"[:200]
