"""What every launcher of a full-screen page does alike: its options, its lock, its signals."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from urllib.parse import quote, urlsplit

import click
import httpx

REDACTED = "…"
SECRETS = ("GILIRAN_TOKEN", "GILIRAN_PRINTER_TOKEN")

BROWSER_PATIENCE = 5.0
ASK_EVERY = 2.0


def server_address(given: str) -> str:
    """The server's address without a slash at its end; raises a usage error for what is none."""
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.BadParameter(
            f"{given!r} is no address; write one like http://192.168.1.10:8080", param_hint="--server"
        )
    return given.rstrip("/")


def page_address(server: str, page: str, branch: str, token: str | None) -> str:
    """The address of a branch's page; without a token, the browser goes on with the one it kept."""
    address = f"{server}/{page}/{quote(branch, safe='')}"
    return f"{address}#{token if token == REDACTED else quote(token, safe='')}" if token else address


def environment(**more: str) -> Mapping[str, str]:
    """The environment without the tokens that are not the child's business."""
    return {name: value for name, value in os.environ.items() if name not in SECRETS} | more


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set; the second one of them ends this process at once."""
    stop = threading.Event()

    def leave(number: int, _: FrameType | None) -> None:
        if stop.is_set():
            sys.exit(128 + number)
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, leave)
    return stop


def one_line(text: str) -> str:
    """The text with escapes in place of what would drive the terminal: a server that is not ours may answer."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


@contextmanager
def hold(profile: Path, what: str) -> Iterator[None]:
    """Holds the profile: a browser that is started twice with one profile only opens a tab in the first."""
    profile.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (profile / "giliran.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise click.ClickException(f"a {what} is already running with the profile {profile}") from error
        yield


def only_branch(server: str, stop: threading.Event, say: Callable[[str], None]) -> str | None:
    """The slug of the server's only branch, waiting for the server if it must; None when told to stop.

    Raises a one-line error when there is none, or more than one to choose from.
    """
    away = False
    while not stop.is_set():
        try:
            answer = httpx.get(f"{server}/api/v1/branches", timeout=5).raise_for_status()
        except httpx.HTTPError as error:
            if not away:
                say(f"waiting for the server at {server} ({str(error) or type(error).__name__})")
            away = True
            stop.wait(ASK_EVERY)
            continue
        slugs = [one_line(str(branch["slug"])) for branch in answer.json()["branches"]]
        if len(slugs) == 1:
            return slugs[0]
        choice = f"choose one with --branch: {', '.join(slugs)}" if slugs else "make one first"
        raise click.ClickException(f"the server at {server} has {len(slugs)} branches; {choice}")
    return None
