"""The command `kiosk`: a terminal in one command, the full-screen page and the print agent beside it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from kiosk.terminal.browser import Browser
from kiosk.terminal.children import Child, Command, keep
from kiosk.terminal.fullscreen import browser_command, program, start_page, write_start_page
from kiosk.terminal.profile import writable
from kiosk.terminal.screen import (
    BROWSER_PATIENCE,
    REDACTED,
    environment,
    hold,
    one_line,
    only_branch,
    page_address,
    server_address,
    stop_on_signals,
)

# The paper under way is finished first.
PRINTER_PATIENCE = 35.0


@click.command(context_settings={"auto_envvar_prefix": "GILIRAN", "help_option_names": ["-h", "--help"]})
@click.option(
    "--server",
    envvar="GILIRAN_SERVER",
    show_envvar=True,
    required=True,
    help="Address of the server: http://192.168.1.10:8080.",
)
@click.option(
    "--token",
    envvar="GILIRAN_TOKEN",
    show_envvar=True,
    help="The kiosk's token; the browser keeps it, so once is enough.",
)
@click.option(
    "--branch", envvar="GILIRAN_BRANCH", show_envvar=True, help="Which branch. [default: the only one the server has]"
)
@click.option(
    "--printer-token", envvar="GILIRAN_PRINTER_TOKEN", show_envvar=True, help="The printer's token, with --device."
)
@click.option(
    "--device", envvar="GILIRAN_DEVICE", show_envvar=True, help="The terminal's printer; see `giliran printer --help`."
)
@click.option(
    "--paper",
    envvar="GILIRAN_PAPER",
    show_envvar=True,
    type=click.Choice(["58", "80"]),
    help="Width of its roll in mm.",
)
@click.option(
    "--browser",
    envvar="GILIRAN_BROWSER",
    show_envvar=True,
    help="The browser's program. [default: Chromium, else Chrome]",
)
@click.option(
    "--profile",
    envvar="GILIRAN_PROFILE",
    show_envvar=True,
    type=click.Path(path_type=Path, file_okay=False),
    # Not a hidden folder: a Chromium that came as a snap may not write into those.
    default=lambda: Path.home() / "giliran-kiosk",
    show_default="~/giliran-kiosk",
    help="Where the browser keeps what it must remember.",
)
@click.option(
    "--browser-switch",
    "switches",
    envvar="GILIRAN_BROWSER_SWITCH",
    show_envvar=True,
    multiple=True,
    help="Handed to the browser as it is, such as --browser-switch=--no-sandbox. Repeatable.",
)
@click.option("--dry-run", is_flag=True, help="Print the commands, without the tokens, and start nothing.")
def kiosk(
    server: str,
    token: str | None,
    branch: str | None,
    printer_token: str | None,
    device: str | None,
    paper: str | None,
    browser: str | None,
    profile: Path,
    switches: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Show the kiosk full screen and print its tickets, until told to end."""
    server = server_address(server)
    if (device is None) != (printer_token is None):
        raise click.UsageError("--device and --printer-token belong together: the printer is a device of its own.")
    browser = program(browser)
    printing = [sys.executable, "-P", "-m", "printer", "--server", server, "--device", device or ""]
    printing += ["--paper", paper] if paper else []

    if dry_run:
        click.echo(f"page:    {page_address(server, 'kiosk', branch or 'BRANCH', REDACTED if token else None)}")
        showing = browser_command(browser, profile, start_page(profile), server, switches)
        click.echo(f"browser: {shlex.join(showing)}")
        if device:
            click.echo(f"printer: GILIRAN_TOKEN={REDACTED} {shlex.join(printing)}")
        return

    stop = stop_on_signals()
    with writable(profile, _say) as folder, hold(folder, "kiosk"):
        branch = branch or only_branch(server, stop, _say)
        if branch is None:
            return
        write_start_page(folder, server, page_address(server, "kiosk", branch, token))
        shown_by = Browser(browser, folder, switches, server, environment(), _say)
        children = [Child("browser", shown_by, environment(), _say, BROWSER_PATIENCE)]
        if printer_token:
            children.append(
                Child("printer", Command(printing), environment(GILIRAN_TOKEN=printer_token), _say, PRINTER_PATIENCE)
            )
        keep(children, stop)


def _say(line: str) -> None:
    click.echo(f"kiosk: {one_line(line)}", err=True)
