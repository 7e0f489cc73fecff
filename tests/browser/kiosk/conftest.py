"""A kiosk to stand in front of: its page on a stage, on a touch screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from deploy import pages
from tests.browser.conftest import bundle
from tests.browser.kiosk.stand import WIDE, Kiosk
from tests.browser.stage import Stage


@pytest.fixture(scope="session")
def kiosk_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the kiosk's page, as it is served."""
    folder = pages.ROOT / pages.PAGES["kiosk"]
    out = bundle(tmp_path_factory.mktemp("kiosk"), *(f"kiosk={folder / file}" for file in ("main.tsx", "page.css")))
    pages.copy_fonts(out / "fonts", ".woff2")
    pages.make_plain_zeros(out / "fonts")
    return out


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    return {**browser_context_args, "has_touch": True, "viewport": WIDE}


@pytest.fixture
def kiosk(staged: Callable[..., Stage], kiosk_bundle: Path, page: Page) -> Kiosk:
    """An open branch with four services and no priority classes; not opened yet."""
    return Kiosk(staged(kiosk_bundle), page)
