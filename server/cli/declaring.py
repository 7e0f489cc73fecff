"""`apply`, `token`, `user`: what a branch has, and who may come in."""

from __future__ import annotations

import getpass
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import click

from server.access import credentials
from server.actions.branch.declaring import DeclarationResult, declaration_of, declare_all
from server.actions.people import accounts
from server.cli.options import honest, is_there, opened, option, where
from server.cli.terminal import say, say_document
from server.config_file.reading import read_declarations
from server.config_file.writing import write_declarations
from server.config_file.yaml_loader import LONGEST
from server.doctor.letters import letters
from server.domain.branch import Branch
from server.domain.declaration import Declaration
from server.domain.errors import Invalid
from server.domain.people.principal import COMMAND_LINE, Role
from server.domain.public_address import opens_own_machine
from server.speech import SPOKEN
from server.store.engines.store import Db, Store
from server.store.engines.transaction import Transaction
from server.store.tables import access, branches
from server.store.tables import accounts as store_accounts

_LONGEST_PASSWORD = 10_000
"""Characters that are read of a password."""


@click.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--dry-run", is_flag=True, help="Say what would change and whom it touches; change nothing.")
@click.option("--yes", is_flag=True, help="Do it, also where it takes away what people use now.")
@where
@honest
def apply(file: IO[str], dry_run: bool, yes: bool, data: Path, database: str | None) -> None:
    """Declare branches, services, counters, classes, devices, staff. Prints what changed.

    What a file leaves out is retired. Where people use it now (an open ticket, an open counter, a device that was used
    within seven days, an account that is signed in), nothing is changed without --yes, and a list says whom it
    touches. Several branches in one file are all changed, or none. A notice that somebody has set on the supervisor's
    page since the file was applied stays, and that is said; every key is told in docs/apply-file.md.
    """
    try:
        text = file.read(LONGEST + 1)  # one more is refused as too long
    except UnicodeDecodeError:
        raise Invalid("The file is not UTF-8 text.") from None
    wanted = read_declarations(text)
    if dry_run:
        done = _tried(wanted, data, database)
    else:
        with opened(data, database, new=True) as store:
            done = store.write(partial(_declare, wanted=wanted, yes=yes), lambda _tx, told: told)
    for line in done.changes:
        say(f"would change: {line}" if dry_run else line)
    for line in done.touches:
        say(f"touches: {line}")
    for line in done.remarks:
        say(f"as it was: {line}")
    if not done.changes:
        say("nothing to change")
    if dry_run and done.touches:
        say("To do it, give --yes instead of --dry-run.")
    for branch in (one.branch for one in wanted):
        _warn(branch)


def _warn(branch: Branch) -> None:
    """Say what is taken as it is written, and probably not meant so."""
    about = f"branch {branch.slug}"
    for language in branch.languages:
        if language not in SPOKEN:
            say(
                f"warning: {about}: language {language} has no voice: calls are shown in it and not spoken, unless "
                f"there are recordings (clips/{language}/ in the data directory). Calls are spoken in "
                f"{' and '.join(SPOKEN)}."
            )
    if branch.public_url is not None and opens_own_machine(branch.public_url):
        say(
            f"giliran: {about}: public_url {branch.public_url} leads each phone to itself, so tickets get no code. "
            "Declare the address that phones reach, or leave it out, and apply the file again.",
            err=True,
        )
    for service in branch.active_services:
        if not branch.counters_serving(service.code):
            say(
                f"giliran: {about}: no counter takes {service.code}: whoever takes such a number is never called. "
                "Name it in a counter's services or helps_out_with, and apply the file again.",
                err=True,
            )
    for finding in letters(branch):
        say(f"giliran: {about}: {finding.detail} {finding.advice}", err=True)


def _declare(tx: Transaction, *, wanted: list[Declaration], yes: bool) -> DeclarationResult:
    return declare_all(tx, wanted, COMMAND_LINE, yes=yes)


class _Tried(Exception):
    """Undoes a transaction that was only a trial; carries what it did."""

    def __init__(self, done: DeclarationResult) -> None:
        super().__init__("a trial")
        self.done = done


def _tried(wanted: list[Declaration], data: Path, database: str | None) -> DeclarationResult:
    """What `_declare` would do: it is done, and undone."""
    if database is None and not is_there(data):
        with TemporaryDirectory() as empty, opened(Path(empty), None, new=True) as store:
            return _undone(store, wanted)
    with opened(data, database, migrates=False) as store:
        return _undone(store, wanted)


def _undone(store: Store, wanted: list[Declaration]) -> DeclarationResult:
    def trial(tx: Transaction) -> None:
        raise _Tried(_declare(tx, wanted=wanted, yes=True))

    try:
        store.write(trial, lambda _tx, _none: None)
    except _Tried as tried:
        return tried.done
    raise AssertionError("a trial always ends with what it has found")


@click.command()
@option("--branch", help="The branch's slug; without it, every branch, a document each.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@where
@honest
def declared(branch: str | None, output: Path | None, data: Path, database: str | None) -> None:
    """Write a branch as the file that makes it: applied again, it changes nothing. No password is in it."""
    with opened(data, database, migrates=False) as store:
        text = store.read(lambda db: write_declarations(_declarations(db, branch)))
    if output is None:
        say_document(text)
    else:
        output.write_text(text, encoding="utf-8")


def _declarations(db: Db, slug: str | None) -> list[Declaration]:
    found = branches.list_all(db) if slug is None else [branches.get(db, slug)]
    if not found:
        raise Invalid("There is no branch yet.")
    return [declaration_of(db, one) for one in found]


@click.group()
def token() -> None:
    """Tokens of devices and programs."""


@token.command("create")
@option(
    "--role", required=True, type=click.Choice(["kiosk", "display", "printer", "api", "agent", "supervisor", "admin"])
)
@option("--branch", required=True, help="The branch's slug.")
@option("--name", help="The device's or program's name.")
@option("--paper", type=click.Choice(["58", "80"]), help="The roll in mm of a printer that is made. [default: 80]")
@where
@honest
def token_create(role: str, branch: str, name: str | None, paper: str | None, data: Path, database: str | None) -> None:
    """Make a token; it is printed this once. A kiosk, display or printer that is not there yet is made, and told."""
    secret = credentials.new_secret(role)

    def devices(tx: Transaction) -> list[str]:
        return [d.name for d in access.devices(tx.db, tx.enter(branch).id, role)]

    def action(tx: Transaction) -> list[str]:
        before = devices(tx)
        accounts.create_token(
            tx,
            branch,
            COMMAND_LINE,
            role=Role(role),
            name=name,
            hashed=credentials.hash_token(secret),
            paper=int(paper or 80),
        )
        return before

    with opened(data, database) as store:
        before, now = store.write(action, lambda tx, before: (before, devices(tx)))
    say(secret)
    for made in set(now) - set(before):
        others = f"; there were already: {', '.join(before)}" if before else ""
        say(f"giliran: made a new {role}, {made!r}, for this token{others}.", err=True)


@click.group()
def user() -> None:
    """Staff accounts."""


@user.command("add")
@click.argument("name")
@option("--role", required=True, type=click.Choice(["agent", "supervisor", "admin"]))
@option("--branch", multiple=True, help="A branch's slug, once for each branch; without it, every branch.")
@option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@where
@honest
def user_add(
    name: str, role: str, branch: tuple[str, ...], password_stdin: bool, data: Path, database: str | None
) -> None:
    """Make a staff account, or give one this role in exactly these branches, and a new password.

    An account that has a password keeps it where none is typed, or nobody is there to type one.
    """
    if not name.isprintable() or not 1 <= len(name.strip()) <= 64:
        raise Invalid("A name has 1 to 64 printable characters.")
    password = _password(name, stdin=password_stdin)
    password_hash = None if password is None else credentials.hash_password(password)
    slugs = tuple(dict.fromkeys(branch))

    def action(tx: Transaction) -> str:
        accounts.put_user(tx, COMMAND_LINE, name=name, role=Role(role), slugs=slugs, password_hash=password_hash)
        made = store_accounts.by_name(tx.db, name)
        if made is None or made.password_hash is None:
            raise Invalid(
                f"{name} has no password yet, and there is nobody to ask for one. Send it with --password-stdin."
            )
        return made.name

    with opened(data, database) as store:
        written = store.write(action, lambda _tx, written: written)
    say(f"{written}: {role} of {', '.join(slugs) or 'every branch'}")


def _password(name: str, *, stdin: bool) -> str | None:
    """The password that somebody gives; None where nobody does. Raises Invalid for one of no use."""
    if stdin:
        password = sys.stdin.readline(_LONGEST_PASSWORD).rstrip("\r\n")
    elif not sys.stdin.isatty():
        return None
    else:
        password = getpass.getpass(f"Password for {name} (empty: as it is): ")
        if not password:
            return None
        if getpass.getpass("Again: ") != password:
            raise Invalid("The two passwords differ; nothing was changed.")
    if len(password) < 8:
        raise Invalid("A password has at least 8 characters; nothing was changed.")
    return password
