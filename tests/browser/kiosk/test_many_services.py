"""From one service to sixty: every tile is in sight or led to, large enough to touch, and none has an empty line."""

from __future__ import annotations

import re
from itertools import product

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.kiosk.stand import Kiosk, a_board, a_service, closed
from tests.browser.kiosk.test_layout import HIDDEN, LAPS, SAID_WHERE_IT_STANDS, check
from tests.browser.stage import JSON

SCREENS = [
    pytest.param({"width": width, "height": height}, id=f"{width}x{height}", marks=marks)
    for width, height, marks in (
        (1280, 800, ()),
        (1080, 1920, ()),
        (800, 480, ()),
        (1024, 768, pytest.mark.torture),
        (820, 1180, pytest.mark.torture),
    )
]
COUNTS = (1, 2, 3, 6, 12, 24, 60)
SHORT = ("Paspor", "Passports")
USUAL = ("Administrasi Kependudukan", "Population Administration")
LONG = (
    "Pelayanan Administrasi Kependudukan dan Pencatatan Sipil",
    "Civil Registration and Population Administration Services",
)
HEIGHTS = "(tiles) => tiles.map((tile) => Math.round(tile.getBoundingClientRect().height))"


def services(count: int, names: tuple[str, str] = USUAL) -> list[JSON]:
    """So many services with codes of their own, A to Z and then AA onwards."""
    codes = [first + second for first, second in product(["", "A", "B"], "ABCDEFGHIJKLMNOPQRSTUVWXYZ")]
    indonesian, english = names
    return [
        {**a_service("A"), "code": code, "name": {"id": f"{indonesian} {code}", "en": f"{english} {code}"}}
        for code in codes[:count]
    ]


def show(kiosk: Kiosk, offered: list[JSON]) -> Page:
    """The kiosk shows these services from the top on, by a push, as when a branch changes."""
    kiosk.page.locator("main").evaluate("(main) => main.scrollTo(0, 0)")
    kiosk.stage.push(a_board(*offered))
    expect(kiosk.page.locator(".service")).to_have_count(len(offered))
    expect(kiosk.page.locator(".service").last).to_contain_text(offered[-1]["name"]["id"])
    return kiosk.page


def walk_down(page: Page) -> set[str]:
    """The codes of all tiles that are wholly in sight on the way down by the button."""
    more = page.get_by_role("button", name="Masih ada di bawah")
    seen: set[str] = set()
    for _ in range(40):
        hidden = set(page.evaluate(HIDDEN))
        seen |= set(page.locator(".tile").all_text_contents()) - hidden
        if not more.is_visible():
            return seen
        more.click()
        page.wait_for_function(SAID_WHERE_IT_STANDS)
    raise AssertionError("the button never came to the end")


@pytest.mark.parametrize("screen", SCREENS)
def test_all_tiles_are_in_sight_or_led_to_by_a_button_and_none_is_smaller_than_a_finger(
    kiosk: Kiosk, screen: ViewportSize
) -> None:
    kiosk.page.emulate_media(reduced_motion="reduce")
    kiosk.page.set_viewport_size(screen)
    kiosk.open()
    for names, count in [*product([USUAL], COUNTS), (LONG, 12), (SHORT, 24)]:
        page = show(kiosk, services(count, names))
        check(page, may_scroll=True)
        assert not page.evaluate(LAPS)
        if page.locator(".reach").count() == 0:
            assert page.evaluate(HIDDEN) == [], f"{count} services"
        else:
            assert len(walk_down(page)) == count


@pytest.mark.parametrize("screen", SCREENS)
def test_twelve_services_are_all_in_sight_in_both_languages(kiosk: Kiosk, screen: ViewportSize) -> None:
    kiosk.page.set_viewport_size(screen)
    kiosk.shows(a_board(*services(12)))
    page = kiosk.open()
    expect(page.locator(".service")).to_have_count(12)
    for language in ("Bahasa Indonesia", "English"):
        page.get_by_role("button", name=language).click()
        expect(page.locator(".service").first).to_contain_text(USUAL[language == "English"])
        assert page.evaluate(HIDDEN) == []
        expect(page.locator(".reach")).to_have_count(0)
        check(page)


def test_twelve_long_names_are_whole_and_in_sight(kiosk: Kiosk) -> None:
    kiosk.shows(a_board(*services(12, LONG)))
    page = kiosk.open()
    expect(page.locator(".service")).to_have_count(12)
    assert page.evaluate(HIDDEN) == []
    check(page)


@pytest.mark.parametrize("screen", SCREENS)
def test_one_service_fills_the_screen(kiosk: Kiosk, screen: ViewportSize) -> None:
    kiosk.page.set_viewport_size(screen)
    kiosk.shows(a_board(*services(1)))
    page = kiosk.open()
    tile, title, foot = (page.locator(each).bounding_box() for each in (".service", ".title", ".kiosk__foot"))
    assert tile and title and foot
    room = foot["y"] - (title["y"] + title["height"])
    assert tile["height"] > 0.75 * room
    assert tile["width"] > 0.85 * screen["width"]
    assert page.evaluate(HIDDEN) == []


def test_what_is_not_known_takes_no_line(kiosk: Kiosk) -> None:
    unknown = [{**each, "estimate": None} for each in services(12)]
    kiosk.shows(a_board(*unknown))
    page = kiosk.open()
    expect(page.locator(".service")).to_have_count(12)
    expect(page.locator(".service__fact--wait")).to_have_count(0)
    expect(page.get_by_text(re.compile("—"))).to_have_count(0)


def test_tiles_that_stand_closely_say_who_waits_and_how_long_in_few_words(kiosk: Kiosk) -> None:
    first, second, third, *others = services(12)
    short = {"low": 20, "likely": 200, "high": 400, "as_of": first["estimate"]["as_of"]}
    hours = {**short, "low": 3600, "high": 9000}
    kiosk.shows(
        a_board(first, {**second, "ahead": 0, "estimate": short, "remaining": 8}, {**third, "estimate": hours}, *others)
    )
    page = kiosk.open()
    tiles = page.locator(".service")
    expect(tiles.nth(0).get_by_text("3 orang", exact=True)).to_be_visible()
    expect(tiles.nth(0).get_by_text(re.compile("^10\u2060–\u206020 mnt$"))).to_be_visible()
    for words in ("tanpa antrean", "maks. 7 mnt", "sisa 8"):
        expect(tiles.nth(1).get_by_text(words, exact=True)).to_be_visible()
    expect(tiles.nth(2).get_by_text(re.compile("^1\u2060–\u20603 jam$"))).to_be_visible()


def test_tiles_keep_their_place_while_the_numbers_in_them_change(kiosk: Kiosk) -> None:
    kiosk.shows(a_board(*services(12)))
    page = kiosk.open()
    tiles = page.locator(".service")
    expect(tiles).to_have_count(12)
    before = tiles.evaluate_all(HEIGHTS)
    kiosk.stage.push(a_board(*({**each, "ahead": 99} for each in services(12))))
    expect(tiles.first).to_contain_text("99 orang")
    assert tiles.evaluate_all(HEIGHTS) == before


def test_closed_services_among_many_say_why_and_stay_in_sight(kiosk: Kiosk) -> None:
    many = services(12)
    for at, why in ((1, "quota"), (4, "hours"), (7, "last_ticket")):
        many[at] = {**closed("A", why), "code": many[at]["code"], "name": many[at]["name"]}
    many[9] = {**many[9], "closed_reason": "no_counter", "staffing": "closed", "estimate": None}
    kiosk.shows(a_board(*many))
    page = kiosk.open()
    expect(page.locator(".service[aria-disabled=true]")).to_have_count(3)
    for words in ("Nomor untuk hari ini sudah habis", "Sedang tutup", "Belum ada loket yang buka"):
        expect(page.get_by_text(words)).to_be_visible()
    assert page.evaluate(HIDDEN) == []
    check(page)


def test_from_the_middle_of_many_a_button_leads_back_up_too(kiosk: Kiosk) -> None:
    kiosk.page.emulate_media(reduced_motion="reduce")
    kiosk.page.set_viewport_size({"width": 800, "height": 480})
    kiosk.shows(a_board(*services(60)))
    page = kiosk.open()
    up = page.get_by_role("button", name="Lebih ke atas")
    expect(page.get_by_role("button", name="Masih ada di bawah")).to_be_visible()
    expect(up).to_have_count(0)
    page.get_by_role("button", name="Masih ada di bawah").click()
    up.click()
    expect(page.locator(".service").first).to_be_in_viewport(ratio=1)
    expect(up).to_have_count(0)
