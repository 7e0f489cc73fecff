"""Bringing a database to the schema of this release, by Alembic."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from server.domain.errors import Unavailable
from server.store.engines.store import Store

_SCRIPTS = Path(__file__).parent.parent / "migrations"
_LOCK = int.from_bytes(b"giliran", "big")
"""The number of the lock under which a PostgreSQL is migrated; any would do that nobody else uses there."""


def revisions() -> list[str]:
    """Every revision that this release knows, oldest first; the files are named by them, in their order."""
    return sorted(file.name.partition("_")[0] for file in (_SCRIPTS / "versions").glob("[0-9]*_*.py"))


def newest() -> str:
    """The revision that this release speaks."""
    return revisions()[-1]


def revision(store: Store) -> str | None:
    """The database's revision; None for an empty one."""
    return store.read(_current)


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
    return found


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
                before = migrate_within(connection, sqlite=store.sqlite)
    except DBAPIError as error:
        raise Unavailable(
            f"The database could not be brought to schema {wanted}: {in_one_line(error)}. Nothing was changed."
        ) from error
    return before, wanted


def in_one_line(error: DBAPIError) -> str:
    """What the database itself says."""
    return " ".join(str(error.orig).split()).rstrip(".?")


def migrate_within(connection: Connection, *, sqlite: bool) -> str | None:
    """The same in the transaction that is open; returns the revision before.

    Of servers that start at once on a PostgreSQL, the first migrates; the others wait, and find it done.
    """
    wanted = newest()
    if not sqlite:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    before = _current(connection)
    refuse_newer(before)
    if not sqlite:
        _refuse_other_encodings(connection)
    if before == wanted:
        return before
    _upgrade(connection)
    if sqlite:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise Unavailable(
                f"The migration would leave {len(broken)} rows without their parent; nothing was changed."
            )
    return before


def refuse_newer(known: str | None) -> None:
    """Raises Unavailable for a revision that this release does not know."""
    if known is not None and known not in revisions():
        raise Unavailable(
            f"The database was written by a newer release (revision {known}). Nothing was changed; "
            "please run that release."
        )


def _refuse_other_encodings(connection: Connection) -> None:
    """In another, a name or a reason that people write could not be kept, and would be refused when it comes."""
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise Unavailable(
            f"The database keeps its texts as {encoding}, in which not all that people write can be kept. Nothing was "
            "changed. Make it anew: createdb --owner USER --encoding UTF8 --template template0 NAME."
        )


def _upgrade(connection: Connection) -> None:
    # a start at the newest revision, which nearly every one is, need not load Alembic
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
