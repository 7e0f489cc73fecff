"""The command `display`: a wall screen in one command, the full-screen page kept on it."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from kiosk.terminal.browser import Browser
from kiosk.terminal.children import Child, keep
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
    help="The display's token; the browser keeps it, so once is enough.",
)
@click.option(
    "--branch", envvar="GILIRAN_BRANCH", show_envvar=True, help="Which branch. [default: the only one the server has]"
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
    default=lambda: Path.home() / "giliran-display",
    show_default="~/giliran-display",
    help="Where the browser keeps what it must remember; each screen of a machine needs its own.",
)
@click.option(
    "--browser-switch",
    "switches",
    envvar="GILIRAN_BROWSER_SWITCH",
    show_envvar=True,
    multiple=True,
    help="Handed to the browser as it is, such as --browser-switch=--window-position=1920,0 for a second screen."
    " Repeatable.",
)
@click.option("--dry-run", is_flag=True, help="Print the command, without the token, and start nothing.")
def display(
    server: str,
    token: str | None,
    branch: str | None,
    browser: str | None,
    profile: Path,
    dry_run: bool,
    switches: tuple[str, ...],
) -> None:
    """Show the wall display full screen, until told to end."""
    server = server_address(server)
    browser = program(browser)

    if dry_run:
        click.echo(f"page:    {page_address(server, 'display', branch or 'BRANCH', REDACTED if token else None)}")
        showing = browser_command(browser, profile, start_page(profile), server, switches)
        click.echo(f"browser: {shlex.join(showing)}")
        return

    stop = stop_on_signals()
    with writable(profile, _say) as folder, hold(folder, "display"):
        branch = branch or only_branch(server, stop, _say)
        if branch is None:
            return
        write_start_page(folder, server, page_address(server, "display", branch, token))
        shown_by = Browser(browser, folder, switches, server, environment(), _say)
        keep([Child("browser", shown_by, environment(), _say, BROWSER_PATIENCE)], stop)


def _say(line: str) -> None:
    click.echo(f"display: {one_line(line)}", err=True)
