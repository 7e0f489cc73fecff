"""Finds the Chromium that the browser tests drive, and installs it where that is allowed."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

LAUNCH_ARGUMENTS = [
    # Tests may run as root in a container, where Chromium's sandbox cannot start.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # A browser under test speaks to nobody but the server under test.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

APT = ("apt-get", "--quiet", "--quiet", "--no-install-recommends", "--yes")


class NoChromium(Exception):
    """There is no Chromium and none may be installed; the text says what to install."""


@cache
def chromium() -> Path:
    """Returns the Chromium (or Chrome) to test with: GILIRAN_CHROMIUM, else the first on the PATH.

    Where there is none, root on Debian or Ubuntu gets it by apt. Raises NoChromium.
    """
    named = os.environ.get("GILIRAN_CHROMIUM")
    if named:
        return Path(named)
    found = find()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        install()
        found = find()
    if found is None:
        raise NoChromium(
            "The browser tests need Chromium or Google Chrome, and found none.\n"
            "On Debian: sudo apt-get install chromium. On Ubuntu: sudo snap install chromium.\n"
            "One that is elsewhere: make test GILIRAN_CHROMIUM=/path/to/chromium"
        )
    return found


def find() -> Path | None:
    """Returns the first browser of PROGRAMS that is on the PATH, or None."""
    found = filter(None, map(shutil.which, PROGRAMS))
    return next(map(Path, found), None)


def install() -> None:
    """Installs Debian's chromium; raises NoChromium with apt's words when that fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in ([*APT, "update"], [*APT, "install", "chromium"]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoChromium(f"`{' '.join(command)}` failed:\n{done.stderr.strip()}")
