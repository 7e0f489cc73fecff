"""The database that tests run on: SQLite in the test's folder, or with `pytest --database postgresql` a real server.

Every test names its database by a folder, as an operator of SQLite does; here is said where that is. A folder's
database is made when its address is first asked for, as a copy of one that was migrated once, in a tenth of the time.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import psycopg
import pytest

from server.clock import system_clock
from server.store.engines.store import DATABASE_FILE, Store, sqlite_url
from server.store.maintenance.migrating import migrate
from server.store.sql.schema import metadata
from tests.postgres import UNSAFE, NoPostgres, Postgres

TEMPLATE = "migrated"
KINDS = ("sqlite", "postgresql")

_server: str | None = None
"""The address of the server's template, where the tests run on PostgreSQL."""
_made: set[Path] = set()


class HasStore(Protocol):
    """What works on a database until its test is over."""

    store: Store


_in_use: list[HasStore] = []


def in_use(one: HasStore) -> None:
    """Have its store closed after the test: a server counts its connections."""
    _in_use.append(one)


def close_all() -> None:
    """The test is over."""
    while _in_use:
        _in_use.pop().store.close()


def on_sqlite() -> bool:
    """Whether this run is on the embedded database."""
    return _server is None


def database_of(folder: Path) -> str | None:
    """What `--database` is for the data of this folder; None where they are in it."""
    if _server is None:
        return None
    name = f"test_{sha256(str(folder.resolve()).encode()).hexdigest()[:16]}"
    if folder not in _made:
        # another process of this test may have made it
        with _connected() as connection, suppress(psycopg.errors.DuplicateDatabase):
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        _made.add(folder)
    return _named(name)


def url_of(folder: Path) -> str:
    """The address of the folder's database, which is there, migrated."""
    return database_of(folder) or sqlite_url(_furnished(folder))


def _furnished(folder: Path) -> Path:
    file = folder / DATABASE_FILE
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_migrated())
    return folder


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        store = Store(sqlite_url(Path(folder)), system_clock)
        migrate(store)
        store.close()
        return (Path(folder) / DATABASE_FILE).read_bytes()


def _named(name: str) -> str:
    assert _server is not None
    return _server.replace(f"/{TEMPLATE}?", f"/{name}?")


def _connected() -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(_named("postgres").replace("+psycopg", ""), autocommit=True)


def dump(store: Store) -> str:
    """What the database says, in all of its tables."""
    return store.read(lambda db: "\n".join(repr(row) for t in metadata.sorted_tables for row in db.execute(t.select())))


# how pytest comes to it


def begin(config: pytest.Config) -> None:
    """Where the run is on PostgreSQL, start it; with several processes, the first starts it for all."""
    global _server
    given: dict[str, str] = getattr(config, "workerinput", {})
    if config.getoption("--database") != "postgresql":
        return
    if "postgres" in given:
        _server = given["postgres"]
        return
    try:
        server = Postgres(*UNSAFE).__enter__()
    except NoPostgres as why:
        pytest.exit(f"not run on PostgreSQL: {why}", pytest.ExitCode.NO_TESTS_COLLECTED)
    config.add_cleanup(server.__exit__)
    _server = server.url(TEMPLATE)
    with server.connect() as connection:
        try:
            # words are sorted there as people do, which must not show
            connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'")
        except psycopg.Error:
            connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
    store = Store(_server, system_clock)
    migrate(store)
    store.close()


def hand_over(node_input: dict[str, str]) -> None:
    """Tell another process of this run where the server is."""
    if _server is not None:
        node_input["postgres"] = _server


def skip_other(items: list[pytest.Item]) -> None:
    """What is about SQLite alone, or brings its own database, says the same on either: a run on SQLite has it."""
    if not on_sqlite():
        for item in items:
            if item.get_closest_marker("sqlite"):
                item.add_marker(pytest.mark.skip(reason="is about SQLite alone, or brings its own database"))
