"""The commands. Exit 0: done; 1: failed, with one clear line on stderr; 2: wrong usage."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import IO, Any, NoReturn, TypeVar

import click

from server import logs
from server.access import credentials
from server.actions import accounts
from server.actions.declaring import declare
from server.contract.declaration import read_declarations
from server.domain.errors import Invalid, Refused
from server.domain.principal import COMMAND_LINE, Role
from server.settings import Settings
from server.store.engine import DATABASE_FILE, Store
from server.store.migrating import migrate as migrate_store

F = TypeVar("F", bound=Callable[..., Any])


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
        default=Path("giliran-data"),
        show_default=True,
        help="The data directory.",
    )
    database = option("--database", help="A database server instead: postgresql+psycopg://…")
    return data(database(command))


def honest(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn a refusal into one clear line and exit 1."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except Refused as refused:
            click.echo(f"giliran: {refused.detail}", err=True)
            sys.exit(1)

    return run


def opened(data: Path, database: str | None, *, new: bool = False) -> Store:
    """The store of a command, at this release's schema; it works beside a running server.

    Raises Invalid where there is no data, unless the command may begin with `new` ones.
    """
    from server.app import system_clock

    settings = Settings(data=data, database=database)
    if database is None:
        if not new and not (data / DATABASE_FILE).exists():
            raise Invalid(f"There is no Giliran in {data.resolve()}. Say where it is with --data DIR.")
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    store = Store(settings.database_url, system_clock)
    migrate_store(store)
    return store


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="giliran")
def giliran() -> None:
    """Giliran: numbers, counters, boards and waits for places where people take a number."""
    logs.configure()


@giliran.command()
@option("--host", default="0.0.0.0", show_default=True, help="The address to listen on.")  # noqa: S104
@option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="The port.")
@option("--redis", help="A Redis for several processes: redis://…")
@option("--base-url", help="The address that people reach the server under.")
@option("--trust-proxy/--no-trust-proxy", default=False, help="Believe X-Forwarded-… of the proxy in front.")
@where
@honest
def run(
    host: str, port: int, redis: str | None, base_url: str | None, trust_proxy: bool, data: Path, database: str | None
) -> None:
    """Migrate and serve. SIGTERM finishes what was begun and stops."""
    from server.app import build

    settings = Settings(host, port, data, database, redis, base_url, trust_proxy)
    application = build(settings)
    bound = application.listen()
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
    click.echo(f"Giliran serves at http://{shown}:{bound}/ (data in {database or data}). Ctrl-C stops.")
    code = application.web.setup_code()
    if code is not None:
        click.echo(f"\n  A new server. Set it up at http://{shown}:{bound}/setup with the code  {code}\n")
    sys.stdout.flush()
    application.run_until_signal(lambda: click.echo("Stopping: finishing what was begun."))


@giliran.command()
@option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="The port.")
@option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("giliran-demo"),
    show_default=True,
    help="The demo's own data directory.",
)
@option("--no-traffic", is_flag=True, help="No simulated customers and staff.")
@option("--speed", default=1.0, show_default=True, type=click.FloatRange(0.1, 60), help="How fast these live.")
@honest
def demo(host: str, port: int, data: Path, no_traffic: bool, speed: float) -> None:
    """Serve a branch to try things on: with a past, a virtual printer, customers and staff."""
    from server.demo import running

    def say(what: str) -> None:
        click.echo(what)
        sys.stdout.flush()

    running.run(Settings(host, port, data), traffic=not no_traffic, speed=speed, say=say)


@giliran.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@where
@honest
def apply(file: IO[str], data: Path, database: str | None) -> None:
    """Declare branches, services, counters, classes, devices, staff. Prints what changed."""
    try:
        text = file.read()
    except UnicodeDecodeError:
        raise Invalid("The file is not UTF-8 text.") from None
    wanted = read_declarations(text)
    store = opened(data, database, new=True)
    changes = store.write(
        lambda tx: [line for one in wanted for line in declare(tx, one, COMMAND_LINE)], lambda _tx, lines: lines
    )
    store.close()
    for line in changes:
        click.echo(line)
    if not changes:
        click.echo("nothing to change")


@giliran.group()
def token() -> None:
    """Tokens of devices and programs."""


@token.command("create")
@option(
    "--role", required=True, type=click.Choice(["kiosk", "display", "printer", "api", "agent", "supervisor", "admin"])
)
@option("--branch", required=True, help="The branch's slug.")
@option("--name", help="The device's or program's name.")
@where
@honest
def token_create(role: str, branch: str, name: str | None, data: Path, database: str | None) -> None:
    """Make a token; it is printed this once."""
    secret = credentials.new_secret(role)
    store = opened(data, database)
    store.write(
        lambda tx: accounts.create_token(
            tx, branch, COMMAND_LINE, role=Role(role), name=name, hashed=credentials.hashed(secret)
        ),
        lambda _tx, made: made,
    )
    store.close()
    click.echo(secret)


@giliran.group()
def user() -> None:
    """Staff accounts."""


@user.command("add")
@click.argument("name")
@option("--role", required=True, type=click.Choice(["agent", "supervisor", "admin"]))
@option("--branch", help="The branch's slug; without it, every branch.")
@option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@where
@honest
def user_add(name: str, role: str, branch: str | None, password_stdin: bool, data: Path, database: str | None) -> None:
    """Make a staff account, or give one a new password."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        if not sys.stdin.isatty():
            raise Invalid("There is nobody to ask for the password. Send it with --password-stdin.")
        password = getpass.getpass(f"Password for {name}: ")
        if getpass.getpass("Again: ") != password:
            raise Invalid("The two passwords differ; nothing was changed.")
    if len(password) < 8:
        raise Invalid("A password has at least 8 characters; nothing was changed.")
    if not name.isprintable() or not 1 <= len(name.strip()) <= 64:
        raise Invalid("A name has 1 to 64 printable characters.")
    store = opened(data, database)
    store.write(
        lambda tx: accounts.put_user(
            tx,
            COMMAND_LINE,
            name=name.strip(),
            role=Role(role),
            slug=branch,
            password_hash=credentials.hash_password(password),
        ),
        lambda _tx, ended: ended,
    )
    store.close()
    click.echo(f"{name}: {role} of {branch or 'every branch'}")


@giliran.command()
@where
@honest
def migrate(data: Path, database: str | None) -> None:
    """Bring the database to this release's schema."""
    settings = Settings(data=data, database=database)
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    from server.app import system_clock

    store = Store(settings.database_url, system_clock)
    before, now = migrate_store(store)
    store.close()
    click.echo(f"schema {now}: nothing to do" if before == now else f"schema {before or 'none'} → {now}")


def _program(name: str, text: str) -> None:
    """A command that is a program of its own: it shares no Python with the server, so it is executed, not imported."""

    @giliran.command(name, help=text, add_help_option=False, context_settings={"ignore_unknown_options": True})
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def execute(arguments: tuple[str, ...]) -> NoReturn:
        os.execv(sys.executable, [sys.executable, "-m", name, *arguments])


_program("printer", "Run the print agent of one printer.")
_program("kiosk", "Run a kiosk terminal: full-screen browser and its print agent.")
_program("display", "Run a wall display: full-screen browser.")
