"""Larger text enlarges every word of every step, and nothing of it is cut off."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.kiosk.stand import (
    ISSUE,
    SENIOR,
    SMALL_TALL,
    SMALL_WIDE,
    TALL,
    WIDE,
    Kiosk,
    a_board,
    an_issued_ticket,
)
from tests.browser.kiosk.test_layout import LAPS, check
from tests.browser.kiosk.test_many_services import services
from tests.browser.kiosk.test_trouble import a_problem

SCREENS = [
    pytest.param(size, id=f"{size['width']}x{size['height']}", marks=marks)
    for size, marks in (
        (SMALL_WIDE, ()),
        (SMALL_TALL, ()),
        ({"width": 800, "height": 480}, pytest.mark.torture),
        (WIDE, pytest.mark.torture),
        (TALL, pytest.mark.torture),
    )
]
# The size of every visible word, by where it stands. A number that fills its slip, and a code's letter, are signs.
SIZES = """() => {
  const walker = document.createTreeWalker(document.getElementById("app"), NodeFilter.SHOW_TEXT);
  const sizes = {};
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), parent = walker.currentNode.parentElement;
    if (!text || !parent.getClientRects().length || parent.closest(".unseen")) continue;
    const sign = parent.matches(".slip__number, .service__code") ? "sign " : "";
    const named = `${sign}${parent.className || parent.tagName}`;
    sizes[named] = Math.min(sizes[named] || Infinity, parseFloat(getComputedStyle(parent).fontSize));
  }
  return sizes;
}"""


def grows(page: Page) -> None:
    """Everything that is on the screen now is larger with larger text, and whole."""
    toggle = page.get_by_role("button", name="Perbesar teks")
    # With the quiet time on: its bar takes room in both ways of reading.
    toggle.click()
    expect(page.locator("html[data-larger]")).to_be_attached()
    large = page.evaluate(SIZES)
    check(page, may_scroll=True)
    assert not page.evaluate(LAPS)
    toggle.click()
    expect(page.locator("html:not([data-larger])")).to_be_attached()
    plain = page.evaluate(SIZES)
    assert len(plain) > 5
    ratios = {name: round(large[name] / size, 2) for name, size in plain.items() if name in large}
    assert [name for name, ratio in ratios.items() if ratio < (1 if name.startswith("sign ") else 1.25)] == [], ratios


@pytest.mark.parametrize("screen", SCREENS)
def test_larger_text_enlarges_every_word_of_every_step(kiosk: Kiosk, screen: ViewportSize) -> None:
    kiosk.page.emulate_media(reduced_motion="reduce")
    kiosk.page.set_viewport_size(screen)
    kiosk.shows(a_board(), priority_classes=[SENIOR])
    kiosk.paper("not_sent")
    page = kiosk.open()
    expect(page.locator(".service")).to_have_count(4)
    grows(page)
    page.locator(".service").first.click()
    expect(page.locator(".class")).to_have_count(2)
    grows(page)
    kiosk.stage.answer(ISSUE, a_problem("unavailable", 503))
    page.locator(".class").first.click()
    expect(page.get_by_text("server tidak menjawab")).to_be_visible()
    grows(page)
    kiosk.stage.answer(ISSUE, a_problem("quota-reached", 409, opens_at="2026-11-30T01:00:00Z"))
    expect(page.get_by_role("heading", name="Nomor tidak diterbitkan")).to_be_visible()
    grows(page)
    kiosk.stage.answer(ISSUE, (201, an_issued_ticket()))
    page.get_by_role("button", name="Pilih layanan lain").click()
    page.locator(".service").first.click()
    page.locator(".class").first.click()
    expect(page.get_by_text("Printer tidak mencetak")).to_be_visible()
    grows(page)


@pytest.mark.parametrize("count", [1, 6, 12, 60])
def test_larger_text_enlarges_however_many_services_there_are(kiosk: Kiosk, count: int) -> None:
    kiosk.page.emulate_media(reduced_motion="reduce")
    kiosk.shows(a_board(*services(count)))
    page = kiosk.open()
    expect(page.locator(".service")).to_have_count(count)
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Bahasa Indonesia").click()
    grows(page)
