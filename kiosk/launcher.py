"""The command `kiosk`: a terminal in one command, the full-screen page and the print agent beside it."""

from __future__ import annotations

import fcntl
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from urllib.parse import quote, urlsplit

import click
import httpx

from kiosk.children import Child
from kiosk.fullscreen import browser_command, find_browser, write_start_page

REDACTED = "…"
SECRETS = ("GILIRAN_TOKEN", "GILIRAN_PRINTER_TOKEN")

BROWSER_PATIENCE = 5.0
# The paper under way is finished first.
PRINTER_PATIENCE = 35.0

ASK_EVERY = 2.0


@click.command(context_settings={"auto_envvar_prefix": "GILIRAN", "help_option_names": ["-h", "--help"]})
@click.option(
    "--server", envvar="GILIRAN_SERVER", required=True, help="Address of the server: http://192.168.1.10:8080."
)
@click.option("--token", envvar="GILIRAN_TOKEN", help="The kiosk's token; the browser keeps it, so once is enough.")
@click.option("--branch", envvar="GILIRAN_BRANCH", help="Which branch. [default: the only one the server has]")
@click.option("--printer-token", envvar="GILIRAN_PRINTER_TOKEN", help="The printer's token, with --device.")
@click.option("--device", envvar="GILIRAN_DEVICE", help="The terminal's printer; see `giliran printer --help`.")
@click.option("--paper", envvar="GILIRAN_PAPER", type=click.Choice(["58", "80"]), help="Width of its roll in mm.")
@click.option("--browser", envvar="GILIRAN_BROWSER", help="The browser's program. [default: Chromium, else Chrome]")
@click.option(
    "--profile",
    envvar="GILIRAN_PROFILE",
    type=click.Path(path_type=Path, file_okay=False),
    # Not a hidden folder: a Chromium that came as a snap may not write into those.
    default=lambda: Path.home() / "giliran-kiosk",
    show_default="~/giliran-kiosk",
    help="Where the browser keeps what it must remember.",
)
@click.option("--dry-run", is_flag=True, help="Print the commands, without the tokens, and start nothing.")
@click.argument("switches", nargs=-1)
def kiosk(
    server: str,
    token: str | None,
    branch: str | None,
    printer_token: str | None,
    device: str | None,
    paper: str | None,
    browser: str | None,
    profile: Path,
    dry_run: bool,
    switches: tuple[str, ...],
) -> None:
    """Show the kiosk full screen and print its tickets, until told to end.

    SWITCHES after `--` are handed to the browser as they are.
    """
    server = _server_address(server)
    if (device is None) != (printer_token is None):
        raise click.UsageError("--device and --printer-token belong together: the printer is a device of its own.")
    program = browser or find_browser()
    if program is None:
        raise click.ClickException(
            "no browser found. Install Chromium (Debian: sudo apt install chromium), or name one with --browser."
        )
    showing = browser_command(program, profile, switches)
    printing = [sys.executable, "-m", "printer", "--server", server, "--device", device or ""]
    printing += ["--paper", paper] if paper else []

    if dry_run:
        click.echo(f"page:    {_page(server, branch or 'BRANCH', REDACTED if token else None)}")
        click.echo(f"browser: {shlex.join(showing)}")
        if device:
            click.echo(f"printer: GILIRAN_TOKEN={REDACTED} {shlex.join(printing)}")
        return

    stop = _stop_on_signals()
    with _only_one(profile):
        branch = branch or _only_branch(server, stop)
        if branch is None:
            return
        write_start_page(profile, server, _page(server, branch, token))
        children = [Child("browser", showing, _environment(), _say, BROWSER_PATIENCE)]
        if printer_token:
            children.append(
                Child("printer", printing, _environment(GILIRAN_TOKEN=printer_token), _say, PRINTER_PATIENCE)
            )
        _keep(children, stop)


def _server_address(given: str) -> str:
    """The server's address without a slash at its end; raises a usage error for what is none."""
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.BadParameter(
            f"{given!r} is no address; write one like http://192.168.1.10:8080", param_hint="--server"
        )
    return given.rstrip("/")


def _page(server: str, branch: str, token: str | None) -> str:
    """The address of the touch page; without a token, the browser goes on with the one it kept."""
    page = f"{server}/kiosk/{quote(branch, safe='')}"
    return f"{page}#{token if token == REDACTED else quote(token, safe='')}" if token else page


def _environment(**more: str) -> Mapping[str, str]:
    """The environment without the tokens that are not the child's business."""
    return {name: value for name, value in os.environ.items() if name not in SECRETS} | more


def _say(line: str) -> None:
    click.echo(f"kiosk: {line}", err=True)


def _stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set; the second one of them ends this process at once."""
    stop = threading.Event()

    def leave(number: int, _: FrameType | None) -> None:
        if stop.is_set():
            sys.exit(128 + number)
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, leave)
    return stop


@contextmanager
def _only_one(profile: Path) -> Iterator[None]:
    """Holds the profile: a browser that is started twice with one profile only opens a tab in the first."""
    profile.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (profile / "giliran.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise click.ClickException(f"a kiosk is already running with the profile {profile}") from error
        yield


def _only_branch(server: str, stop: threading.Event) -> str | None:
    """The slug of the server's only branch, waiting for the server if it must; None when told to stop.

    Raises a one-line error when there is none, or more than one to choose from.
    """
    away = False
    while not stop.is_set():
        try:
            answer = httpx.get(f"{server}/api/v1/branches", timeout=5).raise_for_status()
        except httpx.HTTPError as error:
            if not away:
                _say(f"waiting for the server at {server} ({str(error) or type(error).__name__})")
            away = True
            stop.wait(ASK_EVERY)
            continue
        slugs = [branch["slug"] for branch in answer.json()["branches"]]
        if len(slugs) == 1:
            return str(slugs[0])
        choice = f"choose one with --branch: {', '.join(slugs)}" if slugs else "make one first"
        raise click.ClickException(f"the server at {server} has {len(slugs)} branches; {choice}")
    return None


def _keep(children: Sequence[Child], stop: threading.Event) -> None:
    """Keeps all of them running until `stop`, then ends them, all that they started included."""
    try:
        while not stop.is_set():
            for child in children:
                child.tend(time.monotonic())
            stop.wait(0.2)
        for child in children:
            child.ask_to_end()
        for child in children:
            child.end()
    finally:
        for child in children:
            child.kill()
