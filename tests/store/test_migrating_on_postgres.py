"""Earlier releases on PostgreSQL: migrations give the same rows there as on SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import JSON, Boolean, Connection, MetaData, Table, insert, text

from server.store.engines.store import DATABASE_FILE, Store, sqlite_url
from server.store.maintenance import deep_checkup, migrating
from server.store.maintenance.migrating import migrate, newest
from server.store.sql.schema import metadata
from tests.clock import HandClock
from tests.postgres import UNSAFE, Postgres, a_postgres
from tests.store.releases_kept import KEPT, put, serves_on

pytestmark = pytest.mark.sqlite  # brings both databases itself
SCRIPTS = Path(migrating.__file__).parents[1] / "migrations"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with a_postgres(*UNSAFE) as server:
        yield server


@pytest.mark.parametrize("file", KEPT, ids=lambda file: file.stem)
def test_a_release_before_migrates_on_postgresql_as_on_sqlite_and_serves_on(
    file: Path, tmp_path: Path, postgres: Postgres
) -> None:
    told = put(file, tmp_path)
    clock = HandClock(datetime.fromisoformat(told["now"]))
    url = postgres.create(f"release_{file.stem}")
    store = Store(url, clock)
    with closing(sqlite3.connect(tmp_path / DATABASE_FILE)) as old:
        unchained = file.stem < "0005"
        if unchained:
            _keep_reasons_among_the_words(old)
        with store.engine.begin() as new:
            _make(new, file.stem)
            _copy(old, new)
    assert migrate(store) == (file.stem, newest())
    embedded = Store(sqlite_url(tmp_path), clock)
    migrate(embedded)
    assert _rows(store) == _rows(embedded)
    assert store.scan(deep_checkup.examine).differences == []
    with store.engine.connect() as there:
        found = there.execute(text("SELECT unknown_reason, content FROM print_job WHERE state = 'unknown'")).all()
    assert found and all("unknown_reason" not in content for _, content in found)
    assert {reason for reason, _ in found} == ({"broken"} if unchained else {None})
    embedded.close()
    store.close()
    serves_on(told, clock, tmp_path, url)


def _rows(store: Store) -> dict[str, list[str]]:
    """Return the rows by table, with JSON in a canonical form."""
    with store.engine.connect() as db:
        return {
            table.name: sorted(json.dumps(list(row), sort_keys=True, default=str) for row in db.execute(table.select()))
            for table in metadata.sorted_tables
        }


def _keep_reasons_among_the_words(old: sqlite3.Connection) -> None:
    """Store reasons as the code did before they had a column. From 0005 on, the log would show the change."""
    papers = old.execute(
        "UPDATE print_job SET content = json_set(content, '$.unknown_reason', 'broken') WHERE state = 'unknown'"
    )
    events = old.execute("UPDATE event SET data = json_set(data, '$.reason', 'broken') WHERE type = 'print_unknown'")
    assert papers.rowcount and events.rowcount
    old.commit()


def _make(new: Connection, revision: str) -> None:
    """Create the tables of that revision."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = new
    command.upgrade(config, revision)


def _copy(old: sqlite3.Connection, new: Connection) -> None:
    """Copy every row of every table, and set the id sequences."""
    there = MetaData()
    there.reflect(new)
    old.row_factory = sqlite3.Row
    for table in there.sorted_tables:
        if table.name == "alembic_version":
            continue
        rows = [_row(table, dict(row)) for row in old.execute(f'SELECT * FROM "{table.name}"')]
        assert rows, table.name
        new.execute(insert(table), rows)
        if "id" in table.columns:
            new.execute(
                text(f'SELECT setval(pg_get_serial_sequence(:name, :id), max(id)) FROM "{table.name}"'),
                {"name": table.name, "id": "id"},
            )


def _row(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(table, name, value) for name, value in row.items()}


def _value(table: Table, name: str, value: Any) -> Any:
    kind = table.columns[name].type
    if value is None:
        return None
    if isinstance(kind, JSON):
        told = json.loads(value) if isinstance(value, str) else value
        return JSON.NULL if told is None else told
    return bool(value) if isinstance(kind, Boolean) else value
