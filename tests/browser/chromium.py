"""Finds the Chromium that the browser tests drive, and installs it where that is allowed."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

PROGRAMS = (
    # The same browser without windows of its own: a page costs it less than half the processor.
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
PACKAGES = ("chromium-headless-shell", "chromium")
"""Debian's, the first that there is."""

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


WHAT_TO_INSTALL = (
    "The browser tests need Chromium or Google Chrome. One of these gets it:\n"
    "  sudo apt-get install chromium         on Debian\n"
    "  sudo snap install chromium            on Ubuntu\n"
    "  .venv/bin/playwright install chromium for you alone, on either\n"
    "One that is elsewhere: make test GILIRAN_CHROMIUM=/path/to/chromium"
)


@cache
def chromium() -> Path:
    """Returns the Chromium (or Chrome) to test with: GILIRAN_CHROMIUM, else the first found.

    Where there is none, root on Debian gets it by apt. Raises NoChromium.
    """
    named = os.environ.get("GILIRAN_CHROMIUM")
    if named:
        return Path(named)
    found = find()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        install()
        found = find()
    if found is None:
        raise NoChromium(WHAT_TO_INSTALL)
    return found


def find() -> Path | None:
    """Returns the first of PROGRAMS on the PATH, else Playwright's own download, else None."""
    installed = [Path(path) for path in map(shutil.which, PROGRAMS) if path]
    downloads = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright"
    downloaded = sorted(Path(downloads).glob("chromium*-*/chrom*-linux*/chrom*"), reverse=True)
    programs = [each for each in downloaded if each.name in ("chrome", "chrome-headless-shell", "headless_shell")]
    return next(iter([*installed, *programs]), None)


def install() -> None:
    """Installs Debian's Chromium; raises NoChromium with apt's words when that fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    words = ""
    for command in ([*APT, "update"], *([*APT, "install", package] for package in PACKAGES)):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode == 0 and "install" in command:
            return
        words += f"`{' '.join(command)}`:\n{done.stderr.strip()}\n"
    raise NoChromium(f"{words}{WHAT_TO_INSTALL}")
