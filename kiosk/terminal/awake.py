"""Keeps the screen from going dark: in X11 by its own settings, everywhere by the page's wake lock."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping

EVERY = 60.0
"""Seconds after which X11 is told again: a desktop that begins later brings settings of its own."""
XSET = ("s", "off", "s", "noblank", "-dpms")
HELD = "on"
"""What a page says that holds a wake lock (`server/pages/shared/screen.ts`)."""


class Awake:
    """Keeps the screen on, and says once where it cannot."""

    def __init__(self, environment: Mapping[str, str], say: Callable[[str], None]) -> None:
        self._environment, self._say = environment, say
        self._next = 0.0
        self._x11: str | None = "there is no X11 here"
        """Why X11 does not keep the screen on; None where it does."""
        self._said = False

    def tend(self, now: float) -> None:
        """Tell X11, where it is the one that shows the screen."""
        if now < self._next:
            return
        self._next = now + EVERY
        if "DISPLAY" in self._environment and "WAYLAND_DISPLAY" not in self._environment:
            self._x11 = self._set()

    def page_says(self, screen: str) -> None:
        """Take in what a page that is well says of its wake lock: HELD, or why there is none."""
        if screen == HELD or self._x11 is None:
            self._said = False
        elif not self._said:
            self._said = True
            why = screen or "the page says nothing of it"
            self._say(
                f"the screen may go dark: the browser does not keep it on ({why}), and {self._x11}. Switch "
                "blanking off in the system's own settings: see docs/operations.md, The screen stays on"
            )

    def _set(self) -> str | None:
        program = shutil.which("xset", path=self._environment.get("PATH"))
        if program is None:
            return "there is no xset (Debian: sudo apt install x11-xserver-utils)"
        try:
            done = subprocess.run(
                [program, *XSET], env=self._environment, capture_output=True, text=True, timeout=5, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"xset cannot be run: {error}"
        return None if done.returncode == 0 else f"xset says: {' '.join(done.stderr.split())}"
