"""Ids that are known before their rows are written, so that rows which name one another need no looking back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Table
from sqlalchemy.ext.compiler import compiles


class NextId(ColumnElement[int]):
    """The id that the next row of a table gets."""

    type = BigInteger()
    inherit_cache = False

    def __init__(self, table: Table) -> None:
        self.table_name = table.name


@compiles(NextId)
def _after_the_last(element: NextId, _compiler: Any, **_more: Any) -> str:
    # as SQLite numbers rows by itself; whoever writes has the whole database
    return f"(SELECT coalesce(max(id), 0) + 1 FROM {element.table_name})"  # noqa: S608 - a name of the schema


@compiles(NextId, "postgresql")
def _from_the_sequence(element: NextId, _compiler: Any, **_more: Any) -> str:
    return f"nextval('{element.table_name}_id_seq')"
