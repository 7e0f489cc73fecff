"""`migrate`, `backup`, `restore`, `recover`: commands for the data as a whole."""

from __future__ import annotations

import shlex
import sqlite3
from contextlib import closing, nullcontext
from pathlib import Path
from urllib.parse import quote

import click

from server.cli.options import DEFAULT_DATA, data_options, make_store, option, report_errors, require_data
from server.cli.terminal import print_line
from server.clock import system_clock
from server.domain.errors import Invalid
from server.settings import Settings
from server.store.engines import database_file
from server.store.engines.store import DATABASE_FILE, address
from server.store.maintenance import backup as backups
from server.store.maintenance import data_directory, migrating, relocating, restoring, write_ahead_log
from server.store.maintenance.backup import Manifest
from server.web.release import release


@click.command()
@option("--from", "source", help="Move all data from this database: sqlite:DIR or postgresql+psycopg://…")
@option("--to", "target", help="… to this one, which is empty: postgresql+psycopg://…")
@data_options
@report_errors
def migrate(source: str | None, target: str | None, data: Path, database: str | None) -> None:
    """Bring the database to this release's schema. The server must not run; it does the same when it starts.

    With --from and --to: copy everything from one database to an empty one instead, and compare the copy. The old
    database is not changed, and no server may use it meanwhile.
    """
    if (source is None) != (target is None):
        raise Invalid("A move needs both --from and --to.")
    if source is not None and target is not None:
        _move(source, target)
        return
    with data_directory.locked(data, "a migration") if database is None else nullcontext():
        if database is None:
            restoring.complete(data)
            database_file.refuse_lost(data / DATABASE_FILE, data / data_directory.CLIPS)
            write_ahead_log.refuse_damaged(data / DATABASE_FILE)
        store = make_store(Settings(data=data, database=database))
        try:
            before, after = migrating.migrate(store)
        finally:
            store.close()
    print_line(f"schema {after}: nothing to do" if before == after else f"schema {before or 'none'} → {after}")


def _move(source: str, target: str) -> None:
    relocating.require_source(address(source))
    with closing(make_store(Settings(database=source))) as old, closing(make_store(Settings(database=target))) as new:
        tables = relocating.move(old, new)
        for table in tables:
            print_line(f"{table.table:16} {table.rows:9,}")
        print_line(
            f"{sum(table.rows for table in tables):,} rows, each compared, from {old.url.render_as_string()} "
            f"to {new.url.render_as_string()}."
        )
        print_line(
            "Start the server with the new database; the clips stay in the data directory. "
            "Remove the old database, so that no server uses it by mistake."
        )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@option("--force", is_flag=True, help="Overwrite FILE if it exists.")
@data_options
@report_errors
def backup(file: Path, force: bool, data: Path, database: str | None) -> None:
    """Write everything into one FILE, also while the server runs and is busy.

    It contains the database, with all password hashes and the server's key, and the recorded clips: keep it where
    nobody else can read it.
    """
    if database is not None:
        raise Invalid(_postgres_backup_message(database, data))
    require_data(data)
    manifest = backups.write(data, file, release=release(), now=system_clock(), force=force)
    print_line(f"{file}: {_contents(manifest)}, {file.stat().st_size / 1e6:.1f} MB")
    for branch in manifest.branches:
        if branch.get("head"):
            print_line(f"head {branch['slug']}:{branch['seq']}:{branch['head']}")
    if any(branch.get("head") for branch in manifest.branches):
        print_line(
            "Keep each head elsewhere: `giliran doctor --deep --head` checks that the log up to it is unchanged."
        )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@option("--replace", is_flag=True, help="Move existing data aside; they are kept under another name.")
@data_options
@report_errors
def restore(file: Path, replace: bool, data: Path, database: str | None) -> None:
    """Restore a backup FILE. The server must not run.

    The file is checked first; a backup of an older release is migrated to this release's schema. The data change only
    when all is ready.
    """
    if database is not None:
        raise Invalid(_postgres_restore_message(database, data))
    result = restoring.restore(data, file, clock=system_clock, replace=replace)
    print_line(f"{data}: {_contents(result.manifest)}, as of {result.manifest.created_at}")
    if result.manifest.schema != result.schema:
        print_line(f"schema {result.manifest.schema} → {result.schema}")
    if result.aside is not None:
        print_line(f"The old data are in {result.aside}; remove them when you no longer need them.")
    print_line(
        "Accounts, passwords and tokens are as they were at that time: those revoked since are valid again. Numbers "
        "issued since are unknown and will be issued again."
    )


@click.command()
@option("--yes", is_flag=True, help="Recover; without this option the command only shows what would be lost.")
@option("--data", type=click.Path(path_type=Path, file_okay=False), default=DEFAULT_DATA, show_default=True)
@report_errors
def recover(yes: bool, data: Path) -> None:
    """Continue without the lost commits of a damaged write-ahead log. The server must not run.

    The files are first copied into the data directory. The alternative is to restore a backup.
    """
    database = data / DATABASE_FILE
    if not database.exists():
        raise Invalid(f"There is no Giliran in {data.resolve()}. Use --data DIR to name its directory.")
    with data_directory.locked(data, "a recovery"):
        state = write_ahead_log.inspect(database)
        if not state.lost:
            print_line("The write-ahead log is not damaged: nothing to do.")
            return
        lost = f"{state.lost} commits are lost; the {state.commits} before them and all older data are kept."
        if not yes:
            raise Invalid(f"{lost} Numbers of the lost commits will be issued again. Nothing was changed; add --yes.")
        aside = write_ahead_log.copy_aside(database, f"before-recovery-{system_clock():%Y%m%d-%H%M%S}")
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    print_line(lost)
    print_line(f"The unchanged files are in {aside}.")


def _contents(manifest: Manifest) -> str:
    branches = ", ".join(f"{b['slug']} ({b['tickets']} tickets)" for b in manifest.branches) or "no branch yet"
    clips = len(manifest.files) - 1
    return branches + (f", {clips} clips" if clips else "")


def _postgres_backup_message(database: str, data: Path) -> str:
    if not database.startswith("postgresql"):
        return "backup works on a data directory: use --data DIR."
    return (
        "This command does not back up a database server; its own programs do. Use:\n"
        f"  pg_dump --format=custom --file=giliran.dump {_postgres_address(database)}\n"
        f"and keep the recorded clips beside it ({data / data_directory.CLIPS})."
    )


def _postgres_restore_message(database: str, data: Path) -> str:
    if not database.startswith("postgresql"):
        return "restore works on a data directory: use --data DIR."
    return (
        "This command does not restore a database server; its own programs do. Stop the servers, and use:\n"
        "  pg_restore --clean --if-exists --single-transaction "
        f"--dbname={_postgres_address(database)} giliran.dump\n"
        f"The recorded clips belong in {data / data_directory.CLIPS}."
    )


def _postgres_address(database: str) -> str:
    """Return the address for PostgreSQL's own programs, without the password (they ask, or read ~/.pgpass)."""
    plain = address(database).set(drivername="postgresql")._replace(password=None)  # `set` ignores None
    if plain.host is None and "host" in plain.query:  # a socket's directory: an address needs a host
        plain = plain.set(host=str(plain.query["host"])).difference_update_query(["host"])
        return shlex.quote(f"postgresql://{plain.username or ''}@{quote(str(plain.host), safe='')}/{plain.database}")
    return shlex.quote(plain.render_as_string())
