"""The commands. Exit 0: done; 1: failed, with one clear line on stderr; 2: wrong usage."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from server import logs
from server.cli import clock, declaring, keeping, serving
from server.cli.doctor import doctor
from server.cli.export import export
from server.cli.simulating import simulate


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="giliran")
def giliran() -> None:
    """Giliran: numbers, counters, boards and waits for places where people take a number."""
    logs.configure()


for _command in (
    serving.run,
    serving.demo,
    declaring.apply,
    declaring.token,
    declaring.user,
    keeping.migrate,
    keeping.backup,
    keeping.restore,
    doctor,
    export,
    clock.clock,
    simulate,
):
    giliran.add_command(_command)


def _program(name: str, text: str) -> None:
    """A command that is a program of its own: it shares no Python with the server, so it is executed, not imported."""

    @giliran.command(name, help=text, add_help_option=False, context_settings={"ignore_unknown_options": True})
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def execute(arguments: tuple[str, ...]) -> NoReturn:
        os.execv(sys.executable, [sys.executable, "-m", name, *arguments])


_program("printer", "Run the print agent of one printer.")
_program("kiosk", "Run a kiosk terminal: full-screen browser and its print agent.")
_program("display", "Run a wall display: full-screen browser.")
