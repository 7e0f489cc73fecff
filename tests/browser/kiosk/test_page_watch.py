"""A page whose process was killed, or hangs, comes back by itself, in a real Chromium, with the order under way."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Page

from kiosk.terminal.browser import Browser
from kiosk.terminal.children import FIRST_PAUSE, Child
from kiosk.terminal.fullscreen import PROGRAMS, write_start_page
from kiosk.terminal.page_watch import ASK_EVERY, HANGS_AFTER, STARTS_WITHIN, UNWELL_AFTER, PageWatch, page_processes
from tests.browser.chromium import LAUNCH_ARGUMENTS, chromium
from tests.browser.kiosk.stand import ISSUE, Kiosk, an_issued_ticket
from tests.browser.stage import Stage
from tests.kiosk.terminal import Told

PATIENCE = 60.0
ELSEWHERE = "giliran.example"
"""A name of the stage that no browser takes for its own machine."""


@dataclass
class Screen:
    """A kiosk's browser that is kept running, by a clock that the test sets forward."""

    child: Child
    browser: Browser
    told: Told
    later: float = 0.0

    @property
    def watch(self) -> PageWatch:
        watch = self.browser.watch
        assert watch is not None
        return watch

    def tend(self) -> None:
        self.child.tend(time.monotonic() + self.later)

    def until(self, true: Callable[[], object]) -> None:
        """Keep it running until something is so; the browser brings it about."""
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end, self.told
            self.tend()
            time.sleep(0.01)

    def until_well(self) -> None:
        """Ask the page anew, and come back when it says that it is well."""
        self.watch.well = False
        self.later += ASK_EVERY
        self.until(lambda: self.browser.watch and self.browser.watch.well)

    def until_nobody_but_the_page_owes_an_answer(self) -> None:
        self.later += ASK_EVERY
        self.until(lambda: self.watch.unanswered == {"page"})

    def renderers(self) -> list[int]:
        return page_processes(self.child.pid or 0)

    def touch(self, selector: str) -> None:
        """Click on what the page shows, and come back when it is done."""
        devtools, session = self.watch._devtools, self.watch._session
        devtools.send("Runtime.evaluate", session, expression=f"document.querySelector({selector!r}).click()")
        self.until_well()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Screen]]:
    """Starts kiosks' browsers that end with the test."""
    screens: list[Screen] = []

    def started(stage: Stage, program: str = "") -> Screen:
        told, profile, server = Told(), tmp_path / "profile", stage.url
        write_start_page(profile, server, f"{server}/kiosk/central#k1osk")
        switches = (*LAUNCH_ARGUMENTS, "--headless", f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1")
        browser = Browser(program or str(chromium()), profile, switches, server, os.environ, told)
        screen = Screen(Child("browser", browser, os.environ, told, 10.0), browser, told)
        screens.append(screen)
        screen.until(lambda: browser.watch)
        screen.until_well()
        return screen

    yield started
    for each in screens:
        each.child.kill()


@pytest.fixture
def stage(staged: Callable[..., Stage], kiosk_bundle: Path) -> Stage:
    """A branch with a kiosk that gives A012."""
    set_up = staged(kiosk_bundle)
    Kiosk(set_up, cast("Page", None))  # nobody looks at it but the launcher's own browser
    return set_up


def orders(stage: Stage) -> list[str]:
    """The key of every request for a ticket."""
    return [seen.headers["Idempotency-Key"] for seen in stage.seen if seen.method == "POST"]


def test_a_page_that_hangs_is_ended_and_loaded_again_within_a_minute(
    stage: Stage, start: Callable[..., Screen]
) -> None:
    screen = start(stage)
    (page,) = screen.renderers()
    os.kill(page, signal.SIGSTOP)
    screen.until_nobody_but_the_page_owes_an_answer()
    screen.later += HANGS_AFTER + 1
    screen.until(lambda: any("is loaded again" in line for line in screen.told))
    screen.until_well()
    assert "the page does not answer; its process is ended" in screen.told
    assert ASK_EVERY + HANGS_AFTER < 60


WHOLE = next(filter(None, map(shutil.which, PROGRAMS)), None)
"""The headless shell has not the switch that counts an address as safe."""


@pytest.mark.skipif(WHOLE is None, reason="there is no Chromium but for the headless shell, if that")
def test_the_page_keeps_the_screen_on_also_over_plain_http(stage: Stage, start: Callable[..., Screen]) -> None:
    stage.url = stage.url.replace("127.0.0.1", ELSEWHERE)
    screen = start(stage, WHOLE)
    screen.until_well()
    assert screen.told == []


def test_an_order_under_way_is_neither_lost_nor_doubled_by_a_page_that_is_killed(
    stage: Stage, start: Callable[..., Screen]
) -> None:
    stage.answer(ISSUE, (503, {"code": "unavailable", "title": "", "status": 503}))
    screen = start(stage)
    screen.touch(".service")
    screen.until(lambda: orders(stage))
    browser, (page,) = screen.child.pid, screen.renderers()
    os.kill(page, signal.SIGKILL)
    screen.until(lambda: "the page's process ended (killed); it is loaded again" in screen.told)
    before = len(orders(stage))
    screen.until(lambda: len(orders(stage)) > before)
    stage.answer(ISSUE, (201, an_issued_ticket()))
    # the page that shows the number asks for its paper
    screen.until(lambda: any(seen.path == "/print-jobs/j1" for seen in stage.seen))
    assert len(set(orders(stage))) == 1
    assert screen.child.pid == browser


def test_a_browser_that_hangs_is_started_again(stage: Stage, start: Callable[..., Screen]) -> None:
    screen = start(stage)
    hung = screen.child.pid
    assert hung is not None
    os.killpg(hung, signal.SIGSTOP)
    screen.later += ASK_EVERY
    screen.until(lambda: "browser" in screen.watch.unanswered)
    screen.later += HANGS_AFTER + 1
    screen.until(lambda: any("the browser does not answer any more" in line for line in screen.told))
    screen.later += FIRST_PAUSE
    screen.until(lambda: screen.browser.watch)
    screen.until_well()
    assert screen.child.pid != hung


def test_a_page_that_shows_nothing_is_opened_anew_until_it_comes(stage: Stage, start: Callable[..., Screen]) -> None:
    screen = start(stage)
    stage.pages["/kiosk/central"] |= {"page": "lost"}
    os.kill(screen.renderers()[0], signal.SIGKILL)
    screen.until(lambda: screen.watch.unwell)
    screen.later += UNWELL_AFTER
    screen.until(lambda: "the browser shows nothing; the page is opened anew until it comes" in screen.told)
    stage.pages["/kiosk/central"] |= {"page": "kiosk"}
    screen.later += UNWELL_AFTER
    screen.until_well()


def test_a_browser_that_cannot_be_watched_is_left_alone_and_that_is_said_once(tmp_path: Path) -> None:
    told = Told()
    write_start_page(tmp_path, "http://127.0.0.1:1", "http://127.0.0.1:1/kiosk/central")
    deaf = tmp_path / "browser"
    deaf.write_text("#!/bin/sh\nexec sleep 600\n")
    deaf.chmod(0o700)
    browser = Browser(str(deaf), tmp_path, ("--headless",), "http://127.0.0.1:1", os.environ, told)
    child = Child("browser", browser, os.environ, told, 1.0)
    for now in (0.0, STARTS_WITHIN + 1, STARTS_WITHIN + 2):
        child.tend(now)
    assert child.pid is not None
    child.kill()
    assert told == ["the browser cannot be watched, so a page that hangs stays: only Chromium and Chrome can"]
