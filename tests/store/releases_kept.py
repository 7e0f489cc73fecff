"""The databases of earlier releases, kept as SQL, made into files again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

from server.store.engine import DATABASE_FILE

KEPT = sorted((Path(__file__).parent / "releases").glob("*.sql"))
Rows: TypeAlias = dict[str, tuple[list[str], list[tuple[Any, ...]]]]
"""Table → its columns and its rows."""
MOVED = {
    ("user_account", column): f"(SELECT {column} FROM membership WHERE user_id = user_account.id)"
    for column in ("role", "branch_id")
}
"""(table, column) of an earlier release → where its value is since."""


def put(file: Path, data: Path) -> dict[str, Any]:
    """Make the kept database in a data directory; what its people and devices were told."""
    data.mkdir(exist_ok=True)
    script = file.read_text(encoding="utf-8")
    with closing(sqlite3.connect(data / DATABASE_FILE)) as db:
        db.executescript(script)
    told: dict[str, Any] = json.loads(script.splitlines()[0].removeprefix("-- "))
    return told


def rows(database: Path, like: Rows | None = None) -> Rows:
    """Every row of every table; with `like`, of its tables and columns alone."""
    with closing(sqlite3.connect(database)) as db:
        return dict(_rows(db, like))


def _rows(db: sqlite3.Connection, like: Rows | None) -> Iterator[tuple[str, tuple[list[str], list[tuple[Any, ...]]]]]:
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    for table in list(like) if like is not None else [t for t in tables if t != "alembic_version"]:
        present = [c[1] for c in db.execute(f'PRAGMA table_info("{table}")')]
        columns = like[table][0] if like is not None else present
        named = ", ".join(f'"{c}"' if c in present else MOVED[table, c] for c in columns)
        yield table, (columns, sorted(db.execute(f'SELECT {named} FROM "{table}"'), key=repr))
