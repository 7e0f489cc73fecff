"""The browser as a program to keep running: what is put right before each start, and a watch on its page."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from kiosk.terminal.awake import Awake
from kiosk.terminal.devtools import DevTools
from kiosk.terminal.fullscreen import browser_command, start_page
from kiosk.terminal.page_watch import PageWatch
from kiosk.terminal.profile import clear_lock

TRIES = 3
"""Starts in a row that come to nothing, after which another profile is tried."""


class Browser:
    """Starts the browser with a page of its own profile, and again with another one where that profile stops it.

    A damaged profile, or one of a newer release, can end a browser at each start. A folder beside it is tried then, and
    the first one again after that: nothing is removed, and whatever stops both is not taken for the profile's fault.
    """

    def __init__(
        self,
        program: str,
        profile: Path,
        switches: tuple[str, ...],
        server: str,
        environment: Mapping[str, str],
        say: Callable[[str], None],
    ) -> None:
        self._program, self._profile, self._switches, self._server = program, profile, switches, server
        self._environment, self._say = environment, say
        self._awake = Awake(environment, say)
        self._spare = False
        self._said_spare = False
        self._failures = 0
        self._has_answered = False
        """In an earlier start: so it is one that can be watched."""
        self._devtools: DevTools | None = None
        self.watch: PageWatch | None = None
        """None while the browser does not run."""

    def prepare(self) -> tuple[Sequence[str], Sequence[int]]:
        if shutil.which(self._program) is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self._program)
        folder = self._profile / "spare" if self._spare else self._profile
        folder.mkdir(exist_ok=True, mode=0o700)
        clear_lock(folder, self._say)
        start = start_page(self._profile)
        command = browser_command(self._program, folder, start, self._server, self._switches)
        self._devtools = DevTools()
        self.watch = PageWatch(
            self._devtools,
            start.as_uri(),
            self._say,
            must_answer=self._has_answered,
            on_screen=self._awake.page_says,
        )
        return self._devtools.command(command), self._devtools.descriptors

    def started(self, now: float, group: int) -> None:
        if self.watch is not None:
            self.watch.started(now, group)

    def look(self, now: float) -> str | None:
        self._awake.tend(now)
        if self.watch is None:
            return None
        trouble = self.watch.look(now)
        if self.watch.answered:
            self._failures = 0
            if self._spare and not self._said_spare:
                self._said_spare = True
                self._say(
                    f"the browser does not start with what is in {self._profile}, but does with a new folder, "
                    f"{self._profile / 'spare'}. To begin anew, end this and move {self._profile} away"
                )
        return trouble

    def ended(self, now: float) -> None:
        if self.watch is not None:
            self._has_answered |= self.watch.answered
            self._failures += not self.watch.answered
        if self._devtools is not None:
            self._devtools.close()
        self._devtools = self.watch = None
        if self._failures >= TRIES:
            self._failures = 0
            self._spare = not self._spare
            for cause in self._causes():
                self._say(cause)

    def _causes(self) -> list[str]:
        """What else, besides the profile, is known to end a browser at each start."""
        found = []
        if not {"DISPLAY", "WAYLAND_DISPLAY"} & self._environment.keys() and not self._has("--headless", "--ozone"):
            found.append("there is no screen to show a browser on: neither DISPLAY nor WAYLAND_DISPLAY is set")
        if os.geteuid() == 0 and not self._has("--no-sandbox"):
            found.append("Chromium does not start as root: let another user run this")
        return found

    def _has(self, *switches: str) -> bool:
        return any(given.startswith(switches) for given in self._switches)
