"""Bringing a database to the schema of this release, by Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from server.domain.errors import Unavailable
from server.store.engine import Store

_SCRIPTS = Path(__file__).parent / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migrate(store: Store) -> tuple[str | None, str]:
    """Migrate to the newest revision; returns (revision before, revision now).

    Foreign keys are off while tables are rebuilt, since a rebuild with them on would delete the children, and are
    checked before the commit. Raises Unavailable for a database of a newer release.
    """
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    assert newest is not None
    with store.engine.connect() as connection:
        if store.sqlite:
            # has no effect inside a transaction, so it comes before BEGIN
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        with connection.begin():
            before = MigrationContext.configure(connection).get_current_revision()
            known = {s.revision for s in ScriptDirectory.from_config(_config()).walk_revisions()}
            if before is not None and before not in known:
                raise Unavailable(
                    f"The database was written by a newer release (revision {before}). Nothing was changed; "
                    "please run that release."
                )
            if before != newest:
                command.upgrade(_config(connection), "head")
            if store.sqlite:
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise Unavailable(
                        f"The migration would leave {len(broken)} rows without their parent; nothing was changed."
                    )
    return before, newest
