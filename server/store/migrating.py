"""Bringing a database to the schema of this release, by Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from server.domain.errors import Unavailable
from server.store.engine import Store

_SCRIPTS = Path(__file__).parent / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def newest() -> str:
    """The revision that this release speaks."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def revisions() -> list[str]:
    """Every revision that this release knows, oldest first."""
    return [s.revision for s in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def revision(store: Store) -> str | None:
    """The database's revision; None for an empty one."""
    return store.read(lambda db: MigrationContext.configure(db).get_current_revision())


def migrate(store: Store) -> tuple[str | None, str]:
    """Migrate to the newest revision in one transaction; returns (revision before, revision now).

    Foreign keys are off while tables are rebuilt, since a rebuild with them on would delete the children, and are
    checked before the commit. Raises Unavailable, with nothing changed, for a database of a newer release, and where
    the database refuses (a full disk, a file that is no database).
    """
    wanted = newest()
    try:
        with store.engine.connect() as connection:
            if store.sqlite:
                # has no effect inside a transaction, so it comes before BEGIN
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
            with connection.begin():
                before = _migrate(connection, wanted, sqlite=store.sqlite)
    except DBAPIError as error:
        raise Unavailable(
            f"The database could not be brought to schema {wanted}: {error.orig}. Nothing was changed."
        ) from error
    return before, wanted


def _migrate(connection: Connection, wanted: str, *, sqlite: bool) -> str | None:
    before = MigrationContext.configure(connection).get_current_revision()
    if before is not None and before not in revisions():
        raise Unavailable(
            f"The database was written by a newer release (revision {before}). Nothing was changed; "
            "please run that release."
        )
    if before != wanted:
        command.upgrade(_config(connection), "head")
    if sqlite:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise Unavailable(
                f"The migration would leave {len(broken)} rows without their parent; nothing was changed."
            )
    return before
