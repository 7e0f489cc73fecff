"""What every command shares: options with their variables, one clear line for a refusal, the store it works on."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from server.cli.terminal import say, say_lines
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
    """The variable of an option."""
    return f"GILIRAN_{name.upper().replace('-', '_')}"


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """An option that is also an environment variable `GILIRAN_…`."""
    long = next(n for n in names if n.startswith("--")).split("/")[0]
    return click.option(*names, envvar=env(long.removeprefix("--")), show_envvar=True, **settings)


def where(command: F) -> F:
    """The options that say which data: `--data DIR` or `--database URL`."""
    data = option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        default=DEFAULT_DATA,
        show_default=True,
        help="The data directory.",
    )
    database = option("--database", help="A database server instead: postgresql+psycopg://…")
    return data(database(command))


def honest(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn a refusal, and trouble with the database or a file, into one clear line and exit 1."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except ConfirmationNeeded as needed:
            for line in needed.touches:
                say(f"touches: {line}")
            say("Nothing was changed. To do it all the same, give the same command with --yes.")
            said = "Nothing was changed, because people use what would go."
        except Refused as refused:
            said = refused.detail
        except DbError as error:
            # "(psycopg.OperationalError) connection refused": the driver's name helps nobody
            reason = re.sub(r"^\([\w.]+\) ", "", str(error).splitlines()[0])
            said = f"The database could not do this, and nothing was changed: {reason}"
        except UnicodeDecodeError:  # the driver's, of an error that quotes a damaged name
            said = "The database is damaged: the names of its parts are no text. `giliran doctor` says what to do."
        except BrokenPipeError:
            raise  # whoever read the output has enough; click ends quietly
        except OSError as error:
            said = f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror or error}."
        say_lines(f"giliran: {said}", err=True)
        sys.exit(1)

    return run


def store_of(settings: Settings) -> Store:
    """A store with the system's clock."""
    return Store(settings.database_url, system_clock)


def existing(data: Path, database: str | None) -> Store:
    """The store of data that is there, its schema as it is. Raises Invalid where there is none."""
    settings = Settings(data=data, database=database)
    if database is None:
        must_exist(data)
    return store_of(settings)


def must_exist(data: Path) -> None:
    """Complete a decided restore. Raises Invalid for a directory without data, Unavailable for damaged or lost data."""
    if restoring.pending(data):
        with data_directory.locked(data, "a restore"):
            restoring.complete(data)
    if not is_there(data):
        raise Invalid(f"There is no Giliran in {data.resolve()}. Say where it is with --data DIR.")
    if data_directory.current_owner(data) is None:  # a server looked when it started, and writes to the log now
        write_ahead_log.refuse_damaged(data / DATABASE_FILE)


def is_there(data: Path) -> bool:
    """Whether the directory holds data of a server. Raises Unavailable where it held some that are lost."""
    if restoring.pending(data):
        return True
    database_file.refuse_lost(data / DATABASE_FILE, data / data_directory.CLIPS)
    return (data / DATABASE_FILE).exists()


@contextmanager
def opened(data: Path, database: str | None, *, new: bool = False, migrates: bool = True) -> Iterator[Store]:
    """The store of a command, at this release's schema; it works beside a running server, and never migrates its data.

    Raises Invalid where there is no data, unless the command may begin with `new` ones; Unavailable where the data are
    of another release and a server runs on them, or the command changes nothing and so `migrates` nothing.
    """
    if new and database is None and not is_there(data):
        with data_directory.locked(data, "a command"):
            store = store_of(Settings(data=data))
            migrate(store)
    else:
        store = existing(data, database)
    try:
        _fit(store, data, database, new=new, migrates=migrates)
        yield store
    finally:
        store.close()


def _fit(store: Store, data: Path, database: str | None, *, new: bool, migrates: bool) -> None:
    known, wanted = revision(store), newest()
    if known == wanted:
        return
    refuse_newer(known)
    if not migrates:
        raise Unavailable(
            f"The data have schema {known or 'none'}, this program speaks {wanted}, and this command changes nothing. "
            "Start the server from this release, or run `giliran migrate`, and repeat the command."
        )
    if database is not None:
        if known is not None or not new:
            # nobody here can tell whether a server works on it
            raise Unavailable(
                f"The database has schema {known or 'none'}, this program speaks {wanted}. Nothing was changed. "
                "With the servers stopped, run `giliran migrate` first."
            )
        migrate(store)
        return
    holder = data_directory.current_owner(data)
    if holder is not None:
        raise Unavailable(
            f"A server of another release runs on {data.resolve()}: its data have schema {known or 'none'}, this "
            f"program speaks {wanted}. Nothing was changed. Use the `giliran` that the server was started with, or "
            "stop the server, start it again from this release, and repeat the command."
        )
    with data_directory.locked(data, "a migration"):
        migrate(store)
