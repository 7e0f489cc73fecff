"""On every screen all of it is there: nothing cut off, everything large enough to touch, nothing for axe to find."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.kiosk.stand import (
    FOUR,
    HD,
    ISSUE,
    LAST_TICKET,
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

TIGHT = (SMALL_TALL, SMALL_WIDE)
SCREENS = [
    # the tightest of each shape always, the roomier ones with `make torture`
    pytest.param(size, id=f"{size['width']}x{size['height']}", marks=() if size in TIGHT else pytest.mark.torture)
    for size in (TALL, SMALL_TALL, WIDE, SMALL_WIDE, HD)
]
MIXED = a_board(
    a_service("A", remaining=8),
    closed("B", "quota", "2026-11-30T01:00:00Z"),
    a_service("C", closed_reason="no_counter", staffing="closed"),
    closed("D", "last_ticket"),
)

# Elements whose content does not fit them, and controls smaller than a finger.
CUT_OFF = """() => [...document.querySelectorAll("button, h1, h2, p, li, span, main")]
  .filter(each => each.getClientRects().length && !each.closest(".unseen"))
  .filter(each => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== "inline"
    || each.getBoundingClientRect().right > innerWidth + 1)
  .map(each => each.className + ": " + each.textContent)"""
# Choices that are not in sight as a whole: under the foot, or beyond the room that scrolls.
HIDDEN = """() => {
  const room = document.querySelector("main").getBoundingClientRect();
  return [...document.querySelectorAll(".tile")].filter(each => {
    const { top, bottom } = each.getBoundingClientRect();
    return top < room.top - 1 || bottom > room.bottom + 1;
  }).map(each => each.textContent);
}"""
# What lies on what: from top to bottom, each part begins where the one before it ends.
LAPS = """() => {
  const parts = [...document.querySelectorAll(".kiosk__head, main, .reach, .quiet, .kiosk__foot")]
    .filter(each => each.getClientRects().length).map(each => each.getBoundingClientRect());
  return parts.some((part, at) => at > 0 && part.top < parts[at - 1].bottom - 1)
    || parts[parts.length - 1].bottom > innerHeight + 1;
}"""
# Without motion a touch scrolls at once; the button's words follow a moment later.
SAID_WHERE_IT_STANDS = """() => {
  const main = document.querySelector("main");
  const more = main.scrollTop + main.clientHeight < main.scrollHeight - 2;
  return more === Boolean(document.querySelector(".more--more"));
}"""
MOTIONS = """
window.motions = [];  // how long each takes that has begun, in ms
for (const kind of ["animationstart", "transitionrun"])
  document.addEventListener(kind, (event) => {
    motions.push(...event.target.getAnimations().map((each) => each.effect.getComputedTiming().duration));
  }, true);
"""
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
    kiosk.paper("unknown")  # the longest of what is said about paper
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
    expect(page.get_by_text("Jika tidak keluar: catat nomor")).to_be_visible()
    check_both()


@pytest.mark.parametrize("screen", SCREENS)
def test_four_services_and_three_classes_are_all_in_sight_with_larger_text(kiosk: Kiosk, screen: ViewportSize) -> None:
    kiosk.page.set_viewport_size(screen)
    names = (
        ("Senior", "People with disabilities", "Expecting mothers"),
        ("Lansia", "Penyandang disabilitas", "Ibu hamil"),
    )
    classes = [
        {"code": f"class-{english}", "name": {"en": english, "id": name}, "head_start_minutes": 20}
        for english, name in zip(*names, strict=True)
    ]
    kiosk.shows(a_board(), priority_classes=classes)
    page = kiosk.open()
    page.get_by_role("button", name="Perbesar teks").click()

    def check_both() -> None:
        for language in ("English", "Bahasa Indonesia"):
            page.get_by_role("button", name=language).click()
            check(page)
            assert page.evaluate(HIDDEN) == []
            assert not page.evaluate(LAPS)
            expect(page.locator(".more")).to_have_count(0)

    check_both()
    page.locator(".service").first.click()
    expect(page.locator(".class")).to_have_count(4)
    check_both()


@pytest.mark.parametrize("screen", SCREENS)
def test_what_does_not_fit_is_said_and_led_to_by_a_button(kiosk: Kiosk, screen: ViewportSize) -> None:
    kiosk.page.emulate_media(reduced_motion="reduce")
    kiosk.page.set_viewport_size(screen)
    many = [{**service, "code": f"{service['code']}{line}"} for line in range(8) for service in FOUR]
    kiosk.shows(a_board(*many), priority_classes=[SENIOR])
    page = kiosk.open()
    page.get_by_role("button", name="Perbesar teks").click()
    more = page.get_by_role("button", name="Masih ada di bawah")
    expect(more).to_be_in_viewport(ratio=1)
    last = page.locator(".service").last
    expect(last).not_to_be_in_viewport(ratio=1)
    up = page.get_by_role("button", name="Kembali ke atas")
    for _ in range(10):
        check(page, may_scroll=True)
        assert not page.evaluate(LAPS)
        if up.is_visible():
            break
        more.click()
        page.wait_for_function(SAID_WHERE_IT_STANDS)
    expect(up).to_be_visible()
    expect(last).to_be_in_viewport(ratio=1)
    assert last.text_content() not in page.evaluate(HIDDEN)
    up.click()
    expect(page.get_by_role("heading", name="Ada yang bisa kami bantu hari ini?")).to_be_in_viewport(ratio=1)
    expect(more).to_be_visible()


def test_a_step_begins_at_its_top_however_far_the_one_before_was_scrolled(kiosk: Kiosk) -> None:
    kiosk.page.set_viewport_size({"width": 1024, "height": 768})
    many = [{**SENIOR, "code": f"class-{at}"} for at in range(9)]
    eight = [*FOUR, *({**service, "code": code} for service, code in zip(FOUR, "EFGH", strict=True))]
    kiosk.shows(a_board(*eight), priority_classes=many)
    page = kiosk.open()
    page.get_by_role("button", name="Perbesar teks").click()
    page.locator(".service").last.scroll_into_view_if_needed()
    page.locator(".service").last.click()
    expect(page.get_by_role("button", name="Masih ada di bawah")).to_be_visible()
    expect(page.get_by_role("heading", name="Apakah Anda memerlukan prioritas?")).to_be_in_viewport(ratio=1)


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


@pytest.mark.parametrize("screen", [SMALL_TALL, SMALL_WIDE], ids=["tall", "wide"])
def test_what_cannot_be_had_now_fits_too_and_says_when_it_can(kiosk: Kiosk, screen: ViewportSize) -> None:
    page = kiosk.page
    page.set_viewport_size(screen)
    kiosk.shows(LAST_TICKET)
    kiosk.open()
    for board in (LAST_TICKET, MIXED):
        kiosk.stage.push(board)
        expect(page.locator(".service").first).to_have_attribute("aria-disabled", str(board is LAST_TICKET).lower())
        for language in ("English", "Bahasa Indonesia"):
            page.get_by_role("button", name=language).click()
            check(page, may_scroll=board is MIXED)


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
    expect(page.get_by_text("Printer tidak mencetak")).to_be_visible()
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
    kiosk.page.add_init_script(MOTIONS)
    page = kiosk.take()
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    page.wait_for_function("() => motions.some((each) => each > 10)")  # where it is welcome there is some to be seen
    page.emulate_media(reduced_motion="reduce")
    page.reload()  # the number outlives it
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    page.evaluate("() => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)))")
    assert max(page.evaluate("motions"), default=0) < 1
