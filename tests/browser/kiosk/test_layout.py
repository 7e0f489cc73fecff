"""On every screen all of it is there: nothing cut off, everything large enough to touch, nothing for axe to find."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.kiosk.stand import (
    HD,
    ISSUE,
    SENIOR,
    SMALL_TALL,
    SMALL_WIDE,
    TALL,
    WIDE,
    Kiosk,
    a_board,
    a_service,
    an_issued_ticket,
    closed,
)

SCREENS = [
    pytest.param(size, id=f"{size['width']}x{size['height']}") for size in (TALL, SMALL_TALL, WIDE, SMALL_WIDE, HD)
]
MIXED = a_board(
    a_service("A", remaining=8), closed("B", "quota"), a_service("C", closed_reason="no_counter"), closed("D", "hours")
)

# Elements whose content does not fit them, and controls smaller than a finger.
CUT_OFF = """() => [...document.querySelectorAll("button, h1, h2, p, li, span, main")]
  .filter(each => each.getClientRects().length && !each.closest(".unseen"))
  .filter(each => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== "inline"
    || each.getBoundingClientRect().right > innerWidth + 1)
  .map(each => each.className + ": " + each.textContent)"""
SCROLLS = "document.querySelector('main').scrollHeight > document.querySelector('main').clientHeight + 1"
SMALL = """() => [...document.querySelectorAll("button, input, a")]
  .filter(each => each.getClientRects().length)
  .filter(each => each.getBoundingClientRect().width < 44 || each.getBoundingClientRect().height < 44)
  .map(each => each.textContent)"""


def faults(page: Page) -> list[str]:
    """What axe finds wrong, a line each."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]


def check(page: Page, *, may_scroll: bool = False) -> None:
    # Motion ends first: a slip that is still coming out has half its colours.
    page.evaluate(
        "Promise.all(document.getAnimations().filter(a => a.effect.getTiming().iterations === 1).map(a => a.finished))"
    )
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate(SMALL) == []
    assert may_scroll or not page.evaluate(SCROLLS)


@pytest.mark.parametrize("screen", SCREENS)
def test_every_step_fits_every_screen_in_both_languages(kiosk: Kiosk, screen: ViewportSize) -> None:
    kiosk.page.set_viewport_size(screen)
    kiosk.shows(a_board(), priority_classes=[SENIOR, {**SENIOR, "code": "pregnant"}])
    kiosk.paper("not_sent")  # the longest of what is said about paper
    page = kiosk.open()

    def check_both() -> None:
        for language in ("English", "Bahasa Indonesia"):
            page.get_by_role("button", name=language).click()
            check(page)

    check_both()
    page.locator(".service").first.click()
    expect(page.locator(".class")).to_have_count(3)
    check_both()
    page.locator(".class").first.click()
    expect(page.get_by_text("Pencetak tidak mencetak")).to_be_visible()
    check_both()


@pytest.mark.parametrize("screen", [TALL, SMALL_WIDE], ids=["tall", "wide"])
def test_the_longest_number_fits_its_slip_with_large_text(kiosk: Kiosk, screen: ViewportSize) -> None:
    kiosk.page.set_viewport_size(screen)
    kiosk.stage.answer(ISSUE, (201, an_issued_ticket(number="AW9999", print_job=None)))
    page = kiosk.open()
    page.get_by_role("button", name="Perbesar teks").click()
    check(page, may_scroll=True)
    page.locator(".service").first.click()
    number = page.locator(".slip__number")
    expect(number).to_have_text("AW9999")
    expect(number).to_be_in_viewport(ratio=1)
    check(page, may_scroll=True)


@pytest.mark.parametrize("scheme", ["light", "dark", "contrast"])
def test_axe_finds_nothing_on_any_step(kiosk: Kiosk, scheme: str) -> None:
    page = kiosk.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    kiosk.shows(MIXED, priority_classes=[SENIOR])
    kiosk.paper("not_sent")
    kiosk.open()
    expect(page.locator(".service")).to_have_count(4)
    if scheme == "contrast":
        page.get_by_role("button", name="Kontras tinggi").click()
    found = faults(page)
    page.locator(".service").first.click()
    page.locator(".class").last.click(trial=True)
    found += faults(page)
    page.locator(".class").last.click()
    expect(page.get_by_text("Pencetak tidak mencetak")).to_be_visible()
    found += faults(page)
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_something_is_wrong(kiosk: Kiosk, scheme: str) -> None:
    page = kiosk.page
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    kiosk.open(token="")
    expect(page.get_by_label("Token")).to_be_visible()
    found = faults(page)
    kiosk.stage.answer(ISSUE, (503, {"code": "unavailable", "title": "", "detail": None, "status": 503}))
    kiosk.take()
    expect(page.get_by_text("server tidak menjawab")).to_be_visible()
    found += faults(page)
    kiosk.stage.answer(ISSUE, (409, {"code": "quota-reached", "title": "", "detail": None, "status": 409}))
    expect(page.get_by_role("heading", name="Nomor tidak diterbitkan")).to_be_visible()
    found += faults(page)
    assert found == []


def test_without_motion_nothing_moves(kiosk: Kiosk) -> None:
    kiosk.page.emulate_media(reduced_motion="reduce")
    page = kiosk.take()
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    moving = "document.getAnimations().filter(each => each.playState === 'running').length"
    page.wait_for_function(f"{moving} === 0")
