"""`branch`: closes a branch for good, or renames it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from server.actions.branch.branch_life import effects_of_retiring, rename_branch, retire_branch
from server.cli.options import data_options, open_store, report_errors
from server.cli.terminal import print_line
from server.contract.text_types import SLUG_PATTERN
from server.domain.errors import ConfirmationNeeded, Invalid
from server.domain.people.principal import COMMAND_LINE
from server.store.engines.transaction import Transaction


@click.group()
def branch() -> None:
    """Close a branch for good, or give it another slug."""


@branch.command()
@click.argument("slug")
@click.option("--yes", is_flag=True, help="Close it without asking, whomever it affects.")
@data_options
@report_errors
def retire(slug: str, yes: bool, data: Path, database: str | None) -> None:
    """Close a branch for good: open tickets end, devices and tokens are revoked. Its history and its slug stay.

    Shows whom it affects and asks; without a terminal it needs --yes.
    """
    with open_store(data, database) as store:
        if not yes:
            # a write only for its consistent view; it changes nothing
            touches = store.write(lambda tx: effects_of_retiring(tx, slug), lambda _tx, lines: lines)
            _confirm(slug, touches)
        changes = store.write(lambda tx: retire_branch(tx, slug, COMMAND_LINE), lambda _tx, lines: lines)
    for line in changes:
        print_line(line)


def _confirm(slug: str, touches: list[str]) -> None:
    """Ask for confirmation. Raises: ConfirmationNeeded if there is no terminal; Invalid if the answer is no."""
    consequence = f"branch {slug}: it would be closed for good, and its slug stays with its history."
    if not sys.stdin.isatty():
        raise ConfirmationNeeded([*touches, consequence])
    for line in (*touches, consequence):
        print_line(f"touches: {line}")
    if not click.confirm("Close it for good?"):
        raise Invalid("Nothing was changed.")


@branch.command()
@click.argument("slug")
@click.argument("new")
@click.option("--yes", is_flag=True, help="Rename it, even if NEW is another branch's former slug.")
@data_options
@report_errors
def rename(slug: str, new: str, yes: bool, data: Path, database: str | None) -> None:
    """Give a branch another slug. Pages and programs that still use the old one are redirected."""
    if not re.fullmatch(SLUG_PATTERN, new):
        raise Invalid("A slug is 1 to 64 small letters, digits and dashes.")

    def change(tx: Transaction) -> list[str]:
        return rename_branch(tx, slug, new, COMMAND_LINE, yes=yes)

    with open_store(data, database) as store:
        changes = store.write(change, lambda _tx, lines: lines)
    for line in changes or ["nothing to change"]:
        print_line(line)
