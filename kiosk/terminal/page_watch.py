"""Whether the page that a browser shows is well: asked every few seconds, and mended where it is not.

A page whose process was killed stays a grey error page, and one whose process hangs a picture: the browser itself goes
on, so nobody starts it again. The order that a customer has begun is kept in the browser's storage, which is not the
page's process's; the page finds it when it is loaded again.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk.terminal.devtools import DevTools

ASK_EVERY = 5.0
HANGS_AFTER = 20.0
"""Seconds without an answer after which a page, or a browser, is taken to hang."""
UNWELL_AFTER = 30.0
"""Seconds of showing nothing, or somebody else's error page, after which the page is opened anew."""
STARTS_WITHIN = 60.0
"""Seconds within which a browser that can be watched has answered."""
MENDED_AT_MOST = 6
WITHIN = 120.0
"""A page that has to be mended more often within so many seconds is the browser's trouble."""

WELL, WAITING = "", "waiting for the server"
# `boot` is in every page of the server, and in none of a proxy that does not reach it; `starting` are the words for
# browsers that are too old, which a page that comes up takes away.
_LOOK = f"""(() => {{
  const app = document.getElementById("app");
  const page = location.protocol === "file:" ? "{WAITING}"
    : location.protocol === "chrome-error:" ? "an error of the browser"
    : !document.getElementById("boot") ? "a page that is not the server's"
    : !app || !app.firstElementChild || app.firstElementChild.className === "starting" ? "nothing"
    : "{WELL}";
  return {{ page, screen: document.documentElement.dataset.screen || "" }};
}})()"""


class PageWatch:
    """Watches one browser from its start to its end. Times are seconds of one monotonic clock, handed in."""

    def __init__(
        self,
        devtools: DevTools,
        start: str,
        say: Callable[[str], None],
        *,
        must_answer: bool,
        on_screen: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Watch the browser at the other end of `devtools`.

        `start`: address of the page that leads to the server. `must_answer`: this browser has answered before, so it
        hangs if it does not now. `on_screen`: takes what the page says of keeping the screen on.
        """
        self._devtools, self._start, self._say = devtools, start, say
        self._must_answer, self._on_screen = must_answer, on_screen
        self.answered = False
        self.well = False
        """Whether the page was well when it was last asked."""
        self._group = 0
        self._since = 0.0
        """When the browser was started, or its page was lost."""
        self._said = ""
        self._target: str | None = None
        self._session: str | None = None
        self._attaching: int | None = None
        self._asked: dict[str, tuple[int, float]] = {}
        """"page" and "browser" → the question that is not answered yet, and when it was asked."""
        self._ask_at = 0.0
        self._unwell_since: float | None = None
        self._hung = False
        """The page hung, and has not been well since."""
        self._mended: deque[float] = deque()
        """When the page had to be mended."""

    @property
    def unanswered(self) -> set[str]:
        """Who was asked and has not answered yet: "browser", "page"."""
        return set(self._asked)

    @property
    def unwell(self) -> bool:
        """Whether it shows something that is not the server's page, or nothing."""
        return self._unwell_since is not None

    def started(self, now: float, group: int) -> None:
        """The browser was started, as this group of processes."""
        self._since, self._group = now, group
        self._devtools.hand_over()
        self._devtools.send("Target.setDiscoverTargets", discover=True)

    def look(self, now: float) -> str | None:
        """Take in what the browser says and mend its page; returns why the browser itself must be started again."""
        trouble = None
        for message in self._devtools.receive():
            self.answered = True
            trouble = self._take(message, now) or trouble
        if trouble:
            return trouble
        if not self.answered:
            return self._not_answered(now)
        if not self._devtools.open:
            return None  # it is ending
        if self._session is None:
            return "shows no page" if now - self._since > HANGS_AFTER else None
        hanging = [who for who, (_, asked) in self._asked.items() if now - asked > HANGS_AFTER]
        if "browser" in hanging:
            return "does not answer any more"
        if "page" in hanging:
            return self._end_hanging_page(now)
        if now >= self._ask_at:
            self._ask(now)
        return None

    def _not_answered(self, now: float) -> str | None:
        if now - self._since <= STARTS_WITHIN:
            return None
        if self._must_answer:
            return "did not come up"
        self._say_once("cannot be watched, so a page that hangs stays: only Chromium and Chrome can")
        return None

    def _say_once(self, what: str) -> None:
        if what != self._said:
            self._say(f"the browser {what}")
        self._said = what

    def _ask(self, now: float) -> None:
        self._ask_at = now + ASK_EVERY
        if "browser" not in self._asked:
            self._asked["browser"] = self._devtools.send("Browser.getVersion"), now
        if "page" not in self._asked:
            look = self._devtools.send("Runtime.evaluate", self._session, expression=_LOOK, returnByValue=True)
            self._asked["page"] = look, now

    def _take(self, message: dict[str, Any], now: float) -> str | None:
        match message:
            case {"id": number}:
                self._take_answer(number, message, now)
            case {"method": "Target.targetCreated" | "Target.targetInfoChanged", "params": {"targetInfo": target}}:
                if self._target is None and target["type"] == "page" and target["url"].startswith(("file:", "http")):
                    self._target = target["targetId"]
                    self._attaching = self._devtools.send("Target.attachToTarget", targetId=self._target, flatten=True)
            case {"method": "Target.targetCrashed", "params": {"targetId": crashed, "status": how}}:
                if crashed == self._target:
                    return self._load_again(now, f"the page's process ended ({how})")
            case {"method": "Target.targetDestroyed", "params": {"targetId": gone}}:
                if gone == self._target:
                    self._target = self._session = None
                    self._asked.pop("page", None)
                    self._since = now
        return None

    def _take_answer(self, number: int, message: dict[str, Any], now: float) -> None:
        who = next((who for who, (asked, _) in self._asked.items() if asked == number), None)
        if number == self._attaching:
            self._session = message.get("result", {}).get("sessionId")
            if self._session is None:  # it was gone already
                self._target = None
        elif who is not None:
            del self._asked[who]
            if who == "page":
                # no value: the page is just changing, or cannot run anything
                nothing = {"page": "nothing", "screen": ""}
                self._take_state(message.get("result", {}).get("result", {}).get("value", nothing), now)

    def _take_state(self, state: dict[str, str], now: float) -> None:
        page = state["page"]
        self.well = page == WELL
        if self.well:
            self._said, self._hung = "", False
            self._on_screen(state["screen"])
        if page in (WELL, WAITING):
            self._unwell_since = None
            return
        if self._unwell_since is None:
            self._unwell_since = now
        if now - self._unwell_since >= UNWELL_AFTER:
            self._say_once(f"shows {page}; the page is opened anew until it comes")
            self._unwell_since = None
            self._devtools.send("Page.navigate", self._session, url=self._start)

    def _end_hanging_page(self, now: float) -> str | None:
        renderers = page_processes(self._group)
        for process in renderers:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue  # it has just ended by itself
        if self._hung or not renderers:
            return "does not answer for its page"
        self._hung = True
        # The browser tells that it ended, and then it is loaded again.
        del self._asked["page"]
        self._ask_at = now + ASK_EVERY
        return self._count(now, "the page does not answer; its process is ended")

    def _load_again(self, now: float, why: str) -> str | None:
        self._asked.pop("page", None)
        self._ask_at = now + 1.0
        self.well = False
        self._devtools.send("Page.reload", self._session)
        return self._count(now, f"{why}; it is loaded again")

    def _count(self, now: float, what: str) -> str | None:
        self._say(what)
        self._mended.append(now)
        while now - self._mended[0] > WITHIN:
            self._mended.popleft()
        return "cannot keep its page" if len(self._mended) > MENDED_AT_MOST else None


def page_processes(group: int) -> list[int]:
    """The processes of a group of Chromium's that run pages."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            # the second field is the program's name in brackets, and may hold anything
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if b"--type=renderer" in command and int(fields[2]) == group:
            found.append(int(folder.name))
    return found
