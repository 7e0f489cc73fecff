"""`apply`, `declared`, `token`, `user`: the declaration of branches, device tokens and staff accounts."""

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
from server.cli.options import data_options, has_data, open_store, option, report_errors
from server.cli.terminal import print_document, print_line
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
"""Characters read of a password."""


@click.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--dry-run", is_flag=True, help="Show what would change and whom it affects; change nothing.")
@click.option("--yes", is_flag=True, help="Apply the file, even if it removes something that people use now.")
@data_options
@report_errors
def apply(file: IO[str], dry_run: bool, yes: bool, data: Path, database: str | None) -> None:
    """Declare branches, services, counters, classes, devices, staff. Prints what changed.

    What a file leaves out is retired. If people use it now (an open ticket, an open counter, a device that was used
    within seven days, an account that is signed in), nothing is changed without --yes, and a list shows whom it
    affects. Several branches in one file are all changed, or none. A notice set on the supervisor page since the file
    was applied stays, and a line says so. docs/apply-file.md explains every key.
    """
    try:
        text = file.read(LONGEST + 1)  # one character more, so that a longer file is refused
    except UnicodeDecodeError:
        raise Invalid("The file is not UTF-8 text.") from None
    declarations = read_declarations(text)
    if dry_run:
        result = _try_out(declarations, data, database)
    else:
        with open_store(data, database, new=True) as store:
            result = store.write(partial(_declare, declarations=declarations, yes=yes), lambda _tx, declared: declared)
    for line in result.changes:
        print_line(f"would change: {line}" if dry_run else line)
    for line in result.touches:
        print_line(f"touches: {line}")
    for line in result.remarks:
        print_line(f"as it was: {line}")
    if not result.changes:
        print_line("nothing to change")
    if dry_run and result.touches:
        print_line("To apply the file, use --yes instead of --dry-run.")
    for declaration in declarations:
        _warn(declaration.branch)


def _warn(branch: Branch) -> None:
    """Print warnings about settings that are accepted but probably mistakes."""
    about = f"branch {branch.slug}"
    for language in branch.languages:
        if language not in SPOKEN:
            print_line(
                f"warning: {about}: language {language} has no voice: calls are shown in it and not spoken, unless "
                f"there are recordings (clips/{language}/ in the data directory). Calls are spoken in "
                f"{' and '.join(SPOKEN)}."
            )
    if branch.public_url is not None and opens_own_machine(branch.public_url):
        print_line(
            f"giliran: {about}: public_url {branch.public_url} leads each phone to itself, so tickets get no code. "
            "Declare the address that phones reach, or leave it out, and apply the file again.",
            err=True,
        )
    for service in branch.active_services:
        if not branch.counters_serving(service.code):
            print_line(
                f"giliran: {about}: no counter takes {service.code}: whoever takes such a number is never called. "
                "Name it in a counter's services or helps_out_with, and apply the file again.",
                err=True,
            )
    for finding in letters(branch):
        print_line(f"giliran: {about}: {finding.detail} {finding.advice}", err=True)


def _declare(tx: Transaction, *, declarations: list[Declaration], yes: bool) -> DeclarationResult:
    return declare_all(tx, declarations, COMMAND_LINE, yes=yes)


class _TrialEnd(Exception):
    """Rolls back the transaction of a trial; carries its result."""

    def __init__(self, result: DeclarationResult) -> None:
        super().__init__("a trial")
        self.result = result


def _try_out(declarations: list[Declaration], data: Path, database: str | None) -> DeclarationResult:
    """Return what `_declare` would do: run it and roll it back."""
    if database is None and not has_data(data):
        with TemporaryDirectory() as empty, open_store(Path(empty), None, new=True) as store:
            return _roll_back(store, declarations)
    with open_store(data, database, migrates=False) as store:
        return _roll_back(store, declarations)


def _roll_back(store: Store, declarations: list[Declaration]) -> DeclarationResult:
    def trial(tx: Transaction) -> None:
        raise _TrialEnd(_declare(tx, declarations=declarations, yes=True))

    try:
        store.write(trial, lambda _tx, _none: None)
    except _TrialEnd as end:
        return end.result
    raise AssertionError("a trial always ends with _TrialEnd")


@click.command()
@option("--branch", help="The branch's slug; without it, every branch, a document each.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@data_options
@report_errors
def declared(branch: str | None, output: Path | None, data: Path, database: str | None) -> None:
    """Write a branch as an apply file: applied again, it changes nothing. The file contains no passwords."""
    with open_store(data, database, migrates=False) as store:
        text = store.read(lambda db: write_declarations(_declarations(db, branch)))
    if output is None:
        print_document(text)
    else:
        output.write_text(text, encoding="utf-8")


def _declarations(db: Db, slug: str | None) -> list[Declaration]:
    selected = branches.list_all(db) if slug is None else [branches.get(db, slug)]
    if not selected:
        raise Invalid("There is no branch yet.")
    return [declaration_of(db, branch) for branch in selected]


@click.group()
def token() -> None:
    """Tokens of devices and programs."""


@token.command("create")
@option(
    "--role", required=True, type=click.Choice(["kiosk", "display", "printer", "api", "agent", "supervisor", "admin"])
)
@option("--branch", required=True, help="The branch's slug.")
@option("--name", help="The device's or program's name.")
@option("--paper", type=click.Choice(["58", "80"]), help="The roll width in mm of a new printer. [default: 80]")
@data_options
@report_errors
def token_create(role: str, branch: str, name: str | None, paper: str | None, data: Path, database: str | None) -> None:
    """Create a token; it is shown only now. A kiosk, display or printer that does not exist is created, and named."""
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

    with open_store(data, database) as store:
        before, after = store.write(action, lambda tx, before: (before, devices(tx)))
    print_line(secret)
    for created in set(after) - set(before):
        others = f"; existing ones: {', '.join(before)}" if before else ""
        print_line(f"giliran: created a new {role}, {created!r}, for this token{others}.", err=True)


@click.group()
def user() -> None:
    """Staff accounts."""


@user.command("add")
@click.argument("name")
@option("--role", required=True, type=click.Choice(["agent", "supervisor", "admin"]))
@option("--branch", multiple=True, help="A branch's slug, once for each branch; without it, every branch.")
@option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@data_options
@report_errors
def user_add(
    name: str, role: str, branch: tuple[str, ...], password_stdin: bool, data: Path, database: str | None
) -> None:
    """Create a staff account, or give one this role in exactly these branches, and a new password.

    An existing account keeps its password if none is typed, or if there is no terminal.
    """
    if not name.isprintable() or not 1 <= len(name.strip()) <= 64:
        raise Invalid("A name has 1 to 64 printable characters.")
    password = _password(name, stdin=password_stdin)
    password_hash = None if password is None else credentials.hash_password(password)
    slugs = tuple(dict.fromkeys(branch))

    def action(tx: Transaction) -> str:
        accounts.put_user(tx, COMMAND_LINE, name=name, role=Role(role), slugs=slugs, password_hash=password_hash)
        account = store_accounts.by_name(tx.db, name)
        if account is None or account.password_hash is None:
            raise Invalid(
                f"{name} has no password yet, and there is no terminal to type one. Send it with --password-stdin."
            )
        return account.name

    with open_store(data, database) as store:
        account_name = store.write(action, lambda _tx, account_name: account_name)
    print_line(f"{account_name}: {role} of {', '.join(slugs) or 'every branch'}")


def _password(name: str, *, stdin: bool) -> str | None:
    """Read the password; return None if none is given. Raises: Invalid if it is too short or typed differently."""
    if stdin:
        password = sys.stdin.readline(_LONGEST_PASSWORD).rstrip("\r\n")
    elif not sys.stdin.isatty():
        return None
    else:
        password = getpass.getpass(f"Password for {name} (empty: no change): ")
        if not password:
            return None
        if getpass.getpass("Again: ") != password:
            raise Invalid("The two passwords differ; nothing was changed.")
    if len(password) < 8:
        raise Invalid("A password has at least 8 characters; nothing was changed.")
    return password
