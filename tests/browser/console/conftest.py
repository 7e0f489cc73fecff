"""One real server for the staff's pages, and a branch of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.console.hall import Clerk, Hall, Server, build_hall, running
from tests.faults.line import Line, line

DESK = {"width": 1366, "height": 768}
_slugs = (f"hall-{number}" for number in itertools.count(1))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("data")) as one:
        yield one


@pytest.fixture
def hall(server: Server) -> Hall:
    """A branch in which staff say when they start."""
    return build_hall(server, next(_slugs))


@pytest.fixture
def cord(server: Server) -> Iterator[Line]:
    """The network cable of one clerk."""
    with line(server.port) as one:
        yield one


@pytest.fixture
def desk(browser: Browser, hall: Hall) -> Iterator[Callable[..., Clerk]]:
    """Seats a member of staff at a browser of their own, or at `beside`, another tab of somebody's."""
    contexts = []

    def seat(who: str = "rani", *, url: str | None = None, beside: Page | None = None, **options: Any) -> Clerk:
        if beside:
            return Clerk(beside.context.new_page(), hall, who, url or hall.url)
        context = browser.new_context(**{"viewport": DESK, "locale": "en", **options})
        contexts.append(context)
        return Clerk(context.new_page(), hall, who, url or hall.url)

    yield seat
    for context in contexts:
        context.close()


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Fails with what axe finds wrong with a page, once the last press is done and its colours have settled."""

    def check(page: Page) -> None:
        expect(page.locator(".actions__main[aria-disabled=true]")).to_have_count(0)
        page.wait_for_function("() => document.getAnimations().every((each) => each.playState !== 'running')")
        found = Axe().run(page).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []

    return check
