"""One branch and one lobby for all scenes of a file: a screen hangs for years, and must outlive every fault in turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.screens.branch import Branch, opened
from tests.browser.screens.lobby import Lobby


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Branch]:
    with opened(tmp_path_factory.mktemp("branch")) as one:
        yield one


@pytest.fixture(scope="module")
def hall(browser: Browser, branch: Branch) -> Iterator[Lobby]:
    context = browser.new_context(locale="en", viewport={"width": 1366, "height": 768})
    yield Lobby(context, branch)
    context.close()


@pytest.fixture
def lobby(hall: Lobby) -> Lobby:
    """Its screens are live and true, and nothing has been said yet."""
    hall.begin()
    return hall
