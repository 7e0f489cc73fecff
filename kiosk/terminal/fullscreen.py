"""A browser that shows one page of the server and nothing else: where it is, and how it is started."""

from __future__ import annotations

import html
import json
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import click

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "/snap/bin/chromium")

SWITCHES = (
    "--kiosk",
    # Calls are spoken and chimes are rung without anybody having touched the screen.
    "--autoplay-policy=no-user-gesture-required",
    # Nothing of the browser's own ever covers the page.
    "--no-first-run",
    "--no-default-browser-check",
    "--noerrdialogs",
    "--hide-crash-restore-bubble",
    "--disable-session-crashed-bubble",
    "--disable-infobars",
    "--disable-features=Translate,TranslateUI",
    "--password-store=basic",
    # Fingers touch, and do no more than that.
    "--disable-pinch",
    "--overscroll-history-navigation=0",
    # It speaks to the server alone; many branches have no internet.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_browser() -> str | None:
    """Returns the path of the first of PROGRAMS that is on this machine, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def program(browser: str | None) -> str:
    """Returns `browser`, else the one that is found; raises a one-line error that says what to install."""
    found = browser or find_browser()
    if found is None:
        raise click.ClickException(
            "no browser found. Install Chromium (Debian: sudo apt install chromium), or name one with --browser."
        )
    return found


def browser_command(browser: str, profile: Path, start: Path, server: str, switches: tuple[str, ...]) -> list[str]:
    """Returns the command that shows a start page full screen, with `switches` added."""
    own = [f"--user-data-dir={profile}"]
    if server.startswith("http:"):
        # A page may keep the screen on (Screen Wake Lock) only where its address counts as safe. This page is the only
        # one that is shown, and the switch makes nothing else of it than a browser makes of http://localhost.
        own.append(f"--unsafely-treat-insecure-origin-as-secure={origin(server)}")
    return [browser, *SWITCHES, *own, *switches, start.as_uri()]


def origin(server: str) -> str:
    """Returns the part of an address that says who serves it: scheme, host and port."""
    parts = urlsplit(server)
    return f"{parts.scheme}://{parts.netloc}"


def start_page(profile: Path) -> Path:
    """Returns where the start page of a profile is kept."""
    return profile.resolve() / "start.html"


def write_start_page(profile: Path, server: str, page: str) -> None:
    """Writes the page that a browser begins with: it waits for the server, then goes to `page`.

    A terminal is often up before its server, and a browser that found none would stay on its own
    error page. The file also keeps the token in `page` off the list of processes; only its owner
    may read it.
    """
    profile.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = _START.replace("{address}", html.escape(server)).replace(
        "{places}", json.dumps([f"{server}/healthz", page]).replace("<", "\\u003c")
    )
    path = start_page(profile)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(text, encoding="utf-8")


# It has no words, since no language has been chosen yet: a wheel, and whom it waits for.
_START = """<!doctype html>
<html>
<head>
<meta charset="utf-8">
<title>Giliran</title>
<style>
body { margin: 0; height: 100vh; display: flex; flex-direction: column; align-items: center; justify-content: center;
  background: #f7f1e6; color: #5a4c3b; font: 1.25rem Verdana, sans-serif; cursor: none; }
div { width: 5rem; height: 5rem; margin-bottom: 2rem; border: .6rem solid #e3d7c2; border-top-color: #0b5a49;
  border-radius: 50%; animation: turn 1.1s linear infinite; }
@keyframes turn { to { transform: rotate(360deg); } }
@media (prefers-reduced-motion: reduce) { div { animation: none; border-style: dotted; border-color: #0b5a49; } }
</style>
</head>
<body>
<div></div>
{address}
<script>
const [health, page] = {places};
function look() {
  const later = () => setTimeout(look, 1000);
  fetch(health, { mode: "no-cors", cache: "no-store" }).then(() => location.replace(page), later);
}
look();
</script>
</body>
</html>
"""
