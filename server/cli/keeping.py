"""`migrate`, `backup`, `restore`: the data as a whole."""

from __future__ import annotations

import shlex
import sqlite3
from contextlib import closing, nullcontext
from pathlib import Path
from urllib.parse import quote

import click

from server.cli.options import DEFAULT_DATA, honest, must_exist, option, store_of, where
from server.cli.terminal import say
from server.clock import system_clock
from server.domain.errors import Invalid
from server.settings import Settings
from server.store.engines import database_file
from server.store.engines.store import DATABASE_FILE, address
from server.store.maintenance import backup as backups
from server.store.maintenance import data_directory, migrating, relocating, restoring, write_ahead_log
from server.store.maintenance.backup import Manifest


@click.command()
@option("--from", "source", help="Move all data from this database: sqlite:DIR or postgresql+psycopg://…")
@option("--to", "target", help="… to this one, which is empty: postgresql+psycopg://…")
@where
@honest
def migrate(source: str | None, target: str | None, data: Path, database: str | None) -> None:
    """Bring the database to this release's schema. The server must not run; it does the same when it starts.

    With --from and --to: move everything from one database to an empty one instead, and compare what has arrived.
    The old one stays as it is, and no server may work on it.
    """
    if (source is None) != (target is None):
        raise Invalid("A move has two ends: say both --from and --to.")
    if source is not None and target is not None:
        _move(source, target)
        return
    with data_directory.locked(data, "a migration") if database is None else nullcontext():
        if database is None:
            restoring.complete(data)
            database_file.refuse_lost(data / DATABASE_FILE, data / data_directory.CLIPS)
            write_ahead_log.refuse_damaged(data / DATABASE_FILE)
        store = store_of(Settings(data=data, database=database))
        try:
            before, now = migrating.migrate(store)
        finally:
            store.close()
    say(f"schema {now}: nothing to do" if before == now else f"schema {before or 'none'} → {now}")


def _move(source: str, target: str) -> None:
    relocating.require_source(address(source))
    with closing(store_of(Settings(database=source))) as old, closing(store_of(Settings(database=target))) as new:
        moved = relocating.move(old, new)
        for one in moved:
            say(f"{one.table:16} {one.rows:9,}")
        say(
            f"{sum(one.rows for one in moved):,} rows, each compared, from {old.url.render_as_string()} "
            f"to {new.url.render_as_string()}."
        )
        say(
            "Serve from there now; the clips stay in the data directory. "
            "Put the old database away, so that nobody serves from it."
        )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@option("--force", is_flag=True, help="Write over FILE if it is there.")
@where
@honest
def backup(file: Path, force: bool, data: Path, database: str | None) -> None:
    """Write everything into one FILE, also while the server runs and is busy.

    It holds the database, the recorded clips, and with the database all password hashes and the server's key: keep it
    where nobody else reads it.
    """
    from server.app import release

    if database is not None:
        raise Invalid(_by_its_own_means(database, data))
    must_exist(data)
    manifest = backups.write(data, file, release=release(), now=system_clock(), force=force)
    say(f"{file}: {_told(manifest)}, {file.stat().st_size / 1e6:.1f} MB")
    for one in manifest.branches:
        if one.get("head"):
            say(f"head {one['slug']}:{one['seq']}:{one['head']}")
    if any(one.get("head") for one in manifest.branches):
        say("Keep each head elsewhere: `giliran doctor --deep --head` tells whether the log up to it is as it is now.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@option("--replace", is_flag=True, help="Put data that are there aside; they are kept, renamed.")
@where
@honest
def restore(file: Path, replace: bool, data: Path, database: str | None) -> None:
    """Bring back what a backup FILE holds. The server must not run.

    The file is checked first; a backup of an older release is brought to this release's schema. Until all is ready
    nothing changes.
    """
    if database is not None:
        raise Invalid(_restored_by_its_own_means(database, data))
    done = restoring.restore(data, file, clock=system_clock, replace=replace)
    say(f"{data}: {_told(done.manifest)}, as of {done.manifest.created_at}")
    if done.manifest.schema != done.schema:
        say(f"schema {done.manifest.schema} → {done.schema}")
    if done.aside is not None:
        say(f"What was there before is in {done.aside}; remove it when you no longer need it.")
    say(
        "Accounts, passwords and tokens are as they were then: what was revoked since is valid again. Numbers given "
        "out since are not known any more and will be given again."
    )


@click.command()
@option("--yes", is_flag=True, help="Do it; without this option the command only says what would be lost.")
@option("--data", type=click.Path(path_type=Path, file_okay=False), default=DEFAULT_DATA, show_default=True)
@honest
def recover(yes: bool, data: Path) -> None:
    """Go on without the commits of a damaged write-ahead log. The server must not run.

    The files are copied into the data directory first. Restoring a backup is the other way.
    """
    database = data / DATABASE_FILE
    if not database.exists():
        raise Invalid(f"There is no Giliran in {data.resolve()}. Say where it is with --data DIR.")
    with data_directory.locked(data, "a recovery"):
        state = write_ahead_log.inspect(database)
        if not state.lost:
            say("The write-ahead log is not damaged: nothing to do.")
            return
        lost = f"{state.lost} commits are lost; the {state.commits} before them and all older data are kept."
        if not yes:
            raise Invalid(f"{lost} Numbers of the lost commits will be given again. Nothing was changed; add --yes.")
        aside = write_ahead_log.copy_aside(database, f"before-recovery-{system_clock():%Y%m%d-%H%M%S}")
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    say(lost)
    say(f"The files as they were are in {aside}.")


def _told(manifest: Manifest) -> str:
    branches = ", ".join(f"{b['slug']} ({b['tickets']} tickets)" for b in manifest.branches) or "no branch yet"
    clips = len(manifest.files) - 1
    return branches + (f", {clips} clips" if clips else "")


def _by_its_own_means(database: str, data: Path) -> str:
    if not database.startswith("postgresql"):
        return "backup works on a data directory: use --data DIR."
    return (
        "A database server makes its own backups, and this command does not. Use:\n"
        f"  pg_dump --format=custom --file=giliran.dump {_as_postgres_takes_it(database)}\n"
        f"and keep the recorded clips beside it ({data / data_directory.CLIPS})."
    )


def _restored_by_its_own_means(database: str, data: Path) -> str:
    if not database.startswith("postgresql"):
        return "restore works on a data directory: use --data DIR."
    return (
        "A database server brings back its own backups, and this command does not. Stop the servers, and use:\n"
        "  pg_restore --clean --if-exists --single-transaction "
        f"--dbname={_as_postgres_takes_it(database)} giliran.dump\n"
        f"The recorded clips belong in {data / data_directory.CLIPS}."
    )


def _as_postgres_takes_it(database: str) -> str:
    """The address for PostgreSQL's own programs, without the password, which they ask for or read from ~/.pgpass."""
    plain = address(database).set(drivername="postgresql")._replace(password=None)  # `set` takes None for no change
    if plain.host is None and "host" in plain.query:  # a socket's folder; they know no address without a host
        plain = plain.set(host=str(plain.query["host"])).difference_update_query(["host"])
        return shlex.quote(f"postgresql://{plain.username or ''}@{quote(str(plain.host), safe='')}/{plain.database}")
    return shlex.quote(plain.render_as_string())
