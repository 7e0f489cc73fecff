"""Ids reserved before their rows are written, so that rows can refer to each other without another read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Table
from sqlalchemy.ext.compiler import compiles


class NextId(ColumnElement[int]):
    """The id for the next row of a table."""

    type = BigInteger()
    inherit_cache = False

    def __init__(self, table: Table) -> None:
        self.table_name = table.name


@compiles(NextId)
def _last_id_plus_one(element: NextId, _compiler: Any, **_more: Any) -> str:
    # the rule of SQLite itself; a writer has the whole database, so nobody takes the id meanwhile
    return f"(SELECT coalesce(max(id), 0) + 1 FROM {element.table_name})"  # noqa: S608 - a name from the schema


@compiles(NextId, "postgresql")
def _next_of_sequence(element: NextId, _compiler: Any, **_more: Any) -> str:
    return f"nextval('{element.table_name}_id_seq')"
