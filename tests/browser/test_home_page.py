"""The first page: a map of the screens that tells a stranger nothing secret."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.stage import JSON, Stage
from tests.combinations import combinations

MALL = {"slug": "mal", "name": {"en": "Mutiara", "id": "Mal Mutiara"}, "languages": ["id", "en"]}
WEST = {"slug": "barat", "name": {"id": "Cabang Barat"}, "languages": ["id"]}
DEMO = {
    "accounts": [{"name": "rani", "password": "rani-demo", "role": "agent"}],
    "links": [
        {"kind": "kiosk", "href": "/kiosk/mal#k10sk", "label": "Lobby"},
        {"kind": "kiosk", "href": "/kiosk/mal#t4ll", "label": "Entrance"},
        {"kind": "printer", "href": "http://127.0.0.1:9101/", "label": "front"},
    ],
}


@pytest.fixture
def hall(staged: Callable[..., Stage], built: Path) -> Stage:
    return staged(built)


def open_home(hall: Stage, page: Page, **boot: object) -> None:
    plain: JSON = {
        "page": "home", "build": "one", "language": "en", "languages": ["en", "id"],
        "branch": None, "branches": [MALL], "demo": None, "user": None,
    }  # fmt: skip
    hall.pages["/"] = {**plain, **boot}
    page.goto(hall.url)


def links(page: Page) -> list[str | None]:
    return [link.get_attribute("href") for link in page.locator("main a").all()]


def test_whoever_comes_by_a_wrong_address_is_told_so_and_shown_all_screens(hall: Stage, page: Page) -> None:
    open_home(hall, page, missing=True)
    expect(page.get_by_role("alert")).to_contain_text("There is no page at this address.")
    assert "/kiosk/mal" in links(page)


def test_the_demo_links_open_each_screen_with_what_it_needs(hall: Stage, page: Page) -> None:
    open_home(hall, page, demo=DEMO)
    assert links(page) == [
        "/kiosk/mal#k10sk",
        "/kiosk/mal#t4ll",
        "http://127.0.0.1:9101/",
        "/console",
        "/display/mal",
        "/console/supervisor",
        "/api/docs",
    ]
    expect(page.get_by_role("link", name="Entrance")).to_be_visible()
    expect(page.get_by_role("row", name="rani rani-demo serve at a counter")).to_be_visible()


def test_outside_of_a_demo_links_are_bare_and_no_account_is_told(hall: Stage, page: Page) -> None:
    open_home(hall, page)
    assert links(page) == ["/kiosk/mal", "/console", "/display/mal", "/console/supervisor", "/api/docs"]
    expect(page.get_by_role("table")).to_have_count(0)


def test_of_several_branches_one_is_chosen_and_the_links_follow(hall: Stage, page: Page) -> None:
    open_home(hall, page, branches=[MALL, WEST], user="sari")
    expect(page.get_by_text("Signed in as sari")).to_be_visible()
    page.get_by_label("Branch").select_option("barat")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cabang Barat")
    assert "/kiosk/barat" in links(page)


def test_a_place_without_a_branch_leads_to_its_set_up(hall: Stage, page: Page) -> None:
    open_home(hall, page, branches=[])
    assert links(page) == ["/console"]


@pytest.mark.parametrize(("language", "theme"), combinations(["en", "id"], ["light", "dark"]))
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_and_nothing_runs_off_the_screen(
    hall: Stage, page: Page, language: str, theme: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    open_home(hall, page, language=language, demo=DEMO, branches=[MALL, WEST])
    expect(page.get_by_role("table")).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
