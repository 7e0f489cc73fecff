"""Output of commands: text from outside stays on one line and cannot control the terminal.

Names, addresses, printer states and errors may come from strangers. A control character in one of them could start a
line that looks like ours, or make the terminal hide or colour our output.
"""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import click

from server.domain.one_line import is_harmless, one_line


def print_line(line: object = "", *, err: bool = False, colour: tuple[str, str] | None = None) -> None:
    """Print one line. `colour` is (text, its colour), printed before the line."""
    prefix = "" if colour is None else click.style(one_line(colour[0]), fg=colour[1])
    click.echo(prefix + one_line(line), err=err)


def print_lines(text: str, *, err: bool = False) -> None:
    """Print a message of several lines. Lines after the first are indented, so that they cannot look like ours."""
    first, *rest = text.split("\n")
    print_line(first, err=err)
    for line in rest:
        print_line(line if line.startswith("  ") or not line else f"  {line}", err=err)


def print_json(value: Any) -> None:
    """Print a value as JSON, with control characters escaped."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    click.echo("".join(c if c == "\n" or is_harmless(c) else json.dumps(c)[1:-1] for c in text))


def print_document(text: str) -> None:
    """Print a file's content: unchanged to a file or program, as safe lines to a terminal."""
    if not sys.stdout.isatty():
        click.echo(text, nl=False)
        return
    for line in text.splitlines():
        print_line(line)


class TerminalRows(io.StringIO):
    """A stream that prints each row as one safe line on the terminal."""

    def write(self, row: str) -> int:
        print_line(row.removesuffix("\n").removesuffix("\r"))
        return len(row)
