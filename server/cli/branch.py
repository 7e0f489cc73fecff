"""`branch`: a branch is closed for good, or called otherwise."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from server.actions.branch.branch_life import effects_of_retiring, rename_branch, retire_branch
from server.cli.options import honest, opened, where
from server.cli.terminal import say
from server.contract.text_types import SLUG_PATTERN
from server.domain.errors import ConfirmationNeeded, Invalid
from server.domain.people.principal import COMMAND_LINE
from server.store.engines.transaction import Transaction


@click.group()
def branch() -> None:
    """Close a branch for good, or give it another slug."""


@branch.command()
@click.argument("slug")
@click.option("--yes", is_flag=True, help="Do it without a question, whomever it touches.")
@where
@honest
def retire(slug: str, yes: bool, data: Path, database: str | None) -> None:
    """Close a branch for good: open tickets end, devices and tokens are revoked. Its history and its slug stay.

    Says whom it touches and asks; where there is nobody to ask it wants --yes.
    """
    with opened(data, database) as store:
        if not yes:
            # the write gives one moment; nothing is written
            touched = store.write(lambda tx: effects_of_retiring(tx, slug), lambda _tx, found: found)
            _confirm(slug, touched)
        changes = store.write(lambda tx: retire_branch(tx, slug, COMMAND_LINE), lambda _tx, done: done)
    for line in changes:
        say(line)


def _confirm(slug: str, touched: list[str]) -> None:
    """Ask a person. Raises ConfirmationNeeded where there is none, Invalid for a no."""
    always = f"branch {slug}: it would be closed for good, and its slug stays with its history."
    if not sys.stdin.isatty():
        raise ConfirmationNeeded([*touched, always])
    for line in (*touched, always):
        say(f"touches: {line}")
    if not click.confirm("Close it for good?"):
        raise Invalid("Nothing was changed.")


@branch.command()
@click.argument("slug")
@click.argument("new")
@click.option("--yes", is_flag=True, help="Also where NEW was another branch's slug before.")
@where
@honest
def rename(slug: str, new: str, yes: bool, data: Path, database: str | None) -> None:
    """Give a branch another slug. Pages and programs that still use the old one are led on."""
    if not re.fullmatch(SLUG_PATTERN, new):
        raise Invalid("A slug is 1 to 64 small letters, digits and dashes.")

    def change(tx: Transaction) -> list[str]:
        return rename_branch(tx, slug, new, COMMAND_LINE, yes=yes)

    with opened(data, database) as store:
        changes = store.write(change, lambda _tx, done: done)
    for line in changes or ["nothing to change"]:
        say(line)
