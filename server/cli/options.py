"""Shared parts of the commands: options with environment variables, error reporting, opening the store."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from server.cli.terminal import print_line, print_lines
from server.clock import system_clock
from server.domain.errors import ConfirmationNeeded, Invalid, Refused, Unavailable
from server.settings import Settings
from server.store.engines import database_file
from server.store.engines.store import DATABASE_FILE, DbError, Store
from server.store.maintenance import data_directory, restoring, write_ahead_log
from server.store.maintenance.migrating import migrate, newest, refuse_newer, revision

F = TypeVar("F", bound=Callable[..., Any])
DEFAULT_DATA = Path("giliran-data")


def env(name: str) -> str:
    """Return the environment variable of an option."""
    return f"GILIRAN_{name.upper().replace('-', '_')}"


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """Declare an option that can also be set by the environment variable `GILIRAN_…`."""
    long = next(n for n in names if n.startswith("--")).split("/")[0]
    return click.option(*names, envvar=env(long.removeprefix("--")), show_envvar=True, **settings)


def data_options(command: F) -> F:
    """Add the options that select the data: `--data DIR` or `--database URL`."""
    data = option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        default=DEFAULT_DATA,
        show_default=True,
        help="The data directory.",
    )
    database = option("--database", help="A database server instead: postgresql+psycopg://…")
    return data(database(command))


def report_errors(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn domain errors, database errors and file errors into one clear line and exit 1."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except ConfirmationNeeded as needed:
            for line in needed.touches:
                print_line(f"touches: {line}")
            print_line("Nothing was changed. To do it anyway, repeat the command with --yes.")
            message = "Nothing was changed, because people use what would be removed."
        except Refused as refused:
            message = refused.detail
        except DbError as error:
            # without the driver's name, as in "(psycopg.OperationalError) connection refused"
            reason = re.sub(r"^\([\w.]+\) ", "", str(error).splitlines()[0])
            message = f"The database could not do this, and nothing was changed: {reason}"
        except UnicodeDecodeError:  # the driver fails to decode an error message with a damaged name
            message = (
                "The database is damaged: the names of its tables or indexes are not text. "
                "`giliran doctor` says what to do."
            )
        except BrokenPipeError:
            raise  # the reader of the output has closed it; click ends quietly
        except OSError as error:
            message = f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror or error}."
        print_lines(f"giliran: {message}", err=True)
        sys.exit(1)

    return run


def make_store(settings: Settings) -> Store:
    """Return a store with the system's clock."""
    return Store(settings.database_url, system_clock)


def existing_store(data: Path, database: str | None) -> Store:
    """Return the store of existing data, without a migration. Raises: Invalid if there are no data."""
    settings = Settings(data=data, database=database)
    if database is None:
        require_data(data)
    return make_store(settings)


def require_data(data: Path) -> None:
    """Complete a committed restore, and check that there are data.

    Raises: Invalid if the directory has no data; Unavailable if the data are damaged or lost.
    """
    if restoring.pending(data):
        with data_directory.locked(data, "a restore"):
            restoring.complete(data)
    if not has_data(data):
        raise Invalid(f"There is no Giliran in {data.resolve()}. Use --data DIR to name its directory.")
    if data_directory.current_owner(data) is None:  # a running server has checked the log, and writes to it now
        write_ahead_log.refuse_damaged(data / DATABASE_FILE)


def has_data(data: Path) -> bool:
    """Return whether the directory has a server's data. Raises: Unavailable if its database was lost."""
    if restoring.pending(data):
        return True
    database_file.refuse_lost(data / DATABASE_FILE, data / data_directory.CLIPS)
    return (data / DATABASE_FILE).exists()


@contextmanager
def open_store(data: Path, database: str | None, *, new: bool = False, migrates: bool = True) -> Iterator[Store]:
    """Open the store of a command, at this release's schema. A running server's data are never migrated.

    `new`: create the data if there are none. `migrates`: migrate the data of an older release.

    Raises: Invalid if there are no data and `new` is false; Unavailable if the data are of another release, and a
    server runs on them or `migrates` is false.
    """
    if new and database is None and not has_data(data):
        with data_directory.locked(data, "a command"):
            store = make_store(Settings(data=data))
            migrate(store)
    else:
        store = existing_store(data, database)
    try:
        _require_schema(store, data, database, new=new, migrates=migrates)
        yield store
    finally:
        store.close()


def _require_schema(store: Store, data: Path, database: str | None, *, new: bool, migrates: bool) -> None:
    current, target = revision(store), newest()
    if current == target:
        return
    refuse_newer(current)
    if not migrates:
        raise Unavailable(
            f"The data have schema {current or 'none'}, this program needs {target}, and this command changes nothing. "
            "Start the server from this release, or run `giliran migrate`, and repeat the command."
        )
    if database is not None:
        if current is not None or not new:
            # this machine cannot know whether a server uses the database
            raise Unavailable(
                f"The database has schema {current or 'none'}, this program needs {target}. Nothing was changed. "
                "With the servers stopped, run `giliran migrate` first."
            )
        migrate(store)
        return
    holder = data_directory.current_owner(data)
    if holder is not None:
        raise Unavailable(
            f"A server of another release runs on {data.resolve()}: its data have schema {current or 'none'}, this "
            f"program needs {target}. Nothing was changed. Use the `giliran` that the server was started with, or "
            "stop the server, start it again from this release, and repeat the command."
        )
    with data_directory.locked(data, "a migration"):
        migrate(store)
