"""What commands print: whatever came from outside is one line and cannot drive the terminal.

Names, addresses, states of printers and errors are written by strangers too. A control character in one of them could
begin a line of its own, which looks like ours, or tell the terminal to hide or colour what we say.
"""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import click

from server.domain.one_line import is_harmless, one_line


def say(line: object = "", *, err: bool = False, colour: tuple[str, str] | None = None) -> None:
    """Print one line. `colour`: (text, its colour) printed before it."""
    before = "" if colour is None else click.style(one_line(colour[0]), fg=colour[1])
    click.echo(before + one_line(line), err=err)


def say_lines(text: str, *, err: bool = False) -> None:
    """Print a message of several lines: each after the first stands apart, so that it cannot pass for one of ours."""
    first, *rest = text.split("\n")
    say(first, err=err)
    for line in rest:
        say(line if line.startswith("  ") or not line else f"  {line}", err=err)


def say_json(value: Any) -> None:
    """Print a value for programs. What a terminal would take for a command is escaped as JSON has it."""
    told = json.dumps(value, indent=2, ensure_ascii=False)
    click.echo("".join(c if c == "\n" or is_harmless(c) else json.dumps(c)[1:-1] for c in told))


def say_document(text: str) -> None:
    """Print a file's content: to a file or another program as it is, to a terminal line by line."""
    if not sys.stdout.isatty():
        click.echo(text, nl=False)
        return
    for line in text.splitlines():
        say(line)


class RowsOnTerminal(io.StringIO):
    """Where rows are written that a person looks at: one line each."""

    def write(self, row: str) -> int:
        say(row.removesuffix("\n").removesuffix("\r"))
        return len(row)
