"""Migration of a database to the schema of this release, with Alembic."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from server.domain.errors import Unavailable
from server.store.engines.store import Store

_SCRIPTS = Path(__file__).parent.parent / "migrations"
_LOCK = int.from_bytes(b"giliran", "big")
"""The number of the PostgreSQL advisory lock for migrations. Any number that nothing else uses will do."""


def revisions() -> list[str]:
    """Return every revision that this release knows, oldest first: the file names start with them, in order."""
    return sorted(file.name.partition("_")[0] for file in (_SCRIPTS / "versions").glob("[0-9]*_*.py"))


def newest() -> str:
    """Return the revision of this release."""
    return revisions()[-1]


def revision(store: Store) -> str | None:
    """Return the database's revision; None for an empty database."""
    return store.read(_current)


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    current: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
    return current


def migrate(store: Store) -> tuple[str | None, str]:
    """Migrate to the newest revision in one transaction; return (revision before, revision now).

    Foreign keys are off while SQLite rebuilds tables, since a rebuild would delete the children; they are checked
    before the commit.

    Raises: Unavailable, with nothing changed, if the database is of a newer release or reports an error.
    """
    target = newest()
    try:
        with store.engine.connect() as connection:
            if store.sqlite:
                # has no effect inside a transaction, so it comes before BEGIN
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
            with connection.begin():
                before = migrate_within(connection, sqlite=store.sqlite)
    except DBAPIError as error:
        raise Unavailable(
            f"The database could not be brought to schema {target}: {database_message(error)}. Nothing was changed."
        ) from error
    return before, target


def database_message(error: DBAPIError) -> str:
    """Return the database's own message on one line."""
    return " ".join(str(error.orig).split()).rstrip(".?")


def migrate_within(connection: Connection, *, sqlite: bool) -> str | None:
    """Migrate in the caller's transaction; return the revision before.

    If several servers start at once on PostgreSQL, the first one migrates; the others wait and then have nothing to do.

    Raises: Unavailable as `migrate` does.
    """
    if not sqlite:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    before = _current(connection)
    refuse_newer(before)
    if not sqlite:
        _refuse_other_encodings(connection)
    if before == newest():
        return before
    _upgrade(connection)
    if sqlite:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise Unavailable(
                f"The migration would leave {len(broken)} rows without their parent; nothing was changed."
            )
    return before


def refuse_newer(current: str | None) -> None:
    """Raise Unavailable for a revision that this release does not know."""
    if current is not None and current not in revisions():
        raise Unavailable(
            f"The database was written by a newer release (revision {current}). Nothing was changed; "
            "please run that release."
        )


def _refuse_other_encodings(connection: Connection) -> None:
    """Raise Unavailable unless the encoding is UTF-8: another one cannot store every name or reason."""
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise Unavailable(
            f"The database stores text as {encoding}, which cannot hold all characters that people write. Nothing was "
            "changed. Create it again: createdb --owner USER --encoding UTF8 --template template0 NAME."
        )


def _upgrade(connection: Connection) -> None:
    # imported here: nearly every start is at the newest revision and does not need Alembic
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
