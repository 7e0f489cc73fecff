"""A browser that keeps nothing shows every page in words, and goes on where that is possible."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from deploy import pages
from tests.browser.stage import Stage
from tests.browser.storage import REFUSED, WAYS

ADDRESSES = {
    "home": "/",
    "setup": "/setup",
    "console": "/console",
    "supervisor": "/console/supervisor",
    "ticket": "/t/t0k3n",
    "kiosk": "/kiosk/central#k1osk",
    "display": "/display/central#d1splay",
}


@pytest.fixture
def served(staged: Callable[..., Stage]) -> Stage:
    """Every page as it is built, before a server that knows nobody."""
    pages.build()
    set_up = staged(pages.STATIC)
    for page, address in ADDRESSES.items():
        set_up.pages[address.partition("#")[0]] = {
            "page": page, "build": "one", "language": "en", "languages": ["en", "id"], "branch": "central",
            "branches": [], "token": "t0k3n",
        }  # fmt: skip
    set_up.turned_away = "unauthenticated"
    nobody = (401, {"code": "unauthenticated", "title": "Nobody", "detail": None, "status": 401})
    for path in ("/session", "/branches/central", "/kiosk", "/tickets/t0k3n", "/branches"):
        set_up.answer(f"GET {path}", nobody)
    return set_up


def test_there_is_a_test_for_every_page() -> None:
    assert ADDRESSES.keys() == pages.PAGES.keys()


@pytest.mark.parametrize("way", WAYS)
def test_every_page_shows_words_in_a_browser_that_keeps_nothing(served: Stage, page: Page, way: str) -> None:
    page.add_init_script(WAYS[way])
    for address in ADDRESSES.values():
        page.goto(served.url + address)
        expect(page.locator("#app")).not_to_have_text("")


@pytest.mark.parametrize("screen", ["kiosk", "display"])
@pytest.mark.parametrize(
    ("language", "words"), [("en", "This browser keeps nothing"), ("id", "Peramban ini tidak menyimpan apa pun")]
)
def test_a_device_without_a_token_says_that_its_browser_keeps_nothing(
    served: Stage, page: Page, screen: str, language: str, words: str
) -> None:
    page.add_init_script(REFUSED)
    served.pages[f"/{screen}/central"] |= {"language": language, "languages": [language]}
    page.goto(f"{served.url}/{screen}/central")
    expect(page.get_by_text(words)).to_be_visible()


def test_a_device_whose_browser_keeps_things_says_nothing_of_it(served: Stage, page: Page) -> None:
    page.goto(f"{served.url}/kiosk/central")
    expect(page.get_by_label("Token")).to_be_visible()
    expect(page.get_by_text("keeps nothing")).to_have_count(0)
