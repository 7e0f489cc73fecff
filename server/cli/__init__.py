"""The commands. Exit 0: done; 1: failed, with one clear line on stderr; 2: wrong usage."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from server import logs
from server.domain.one_line import one_line

COMMANDS = {
    "run": "serving",
    "demo": "serving",
    "apply": "declaring",
    "declared": "declaring",
    "branch": "branch",
    "token": "declaring",
    "user": "declaring",
    "migrate": "keeping",
    "backup": "keeping",
    "restore": "keeping",
    "recover": "keeping",
    "doctor": "doctor",
    "export": "export",
    "clock": "clock",
    "simulate": "simulating",
}
"""The module of this package for each command; the command has the same name in it."""
PROGRAMS = {
    "printer": "Run the print agent of one printer.",
    "kiosk": "Run a kiosk terminal: full-screen browser and its print agent.",
    "display": "Run a wall display: full-screen browser.",
}


class _Commands(click.Group):
    """Imports a command's module only when that command runs, so that the server starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*COMMANDS, *PROGRAMS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in PROGRAMS:
            return _program(cmd_name)
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"server.cli.{COMMANDS[cmd_name]}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, with click's messages made safe: they quote arguments, such as foreign file names."""
        try:
            return super().invoke(ctx)
        except click.ClickException as refused:
            refused.message = one_line(refused.message)  # type: ignore[misc]  # declared final, but there is no other place to change it
            raise


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="giliran")
def giliran() -> None:
    """Giliran: numbers, counters, boards and waits for places where people take a number."""
    gc.enable()  # the imports are over, see `__main__`
    logs.configure()


def _program(name: str) -> click.Command:
    """Return the command for a separate program. It shares no Python with the server, so it is executed."""

    @click.command(name, help=PROGRAMS[name], add_help_option=False, context_settings={"ignore_unknown_options": True})
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def execute(arguments: tuple[str, ...]) -> NoReturn:
        os.execv(sys.executable, [sys.executable, "-P", "-m", name, *arguments])

    return execute
