"""Many services and long notices on the wall: each name, wait and notice is whole, on every screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.boards import LONG, a_board, a_call, a_service
from tests.browser.stage import JSON, Stage
from tests.browser.tv import OVERFLOWING, SCREENS, TWO_FRAMES, turn_on

NAME = {"id": "Pelayanan Administrasi Kependudukan dan Pencatatan Sipil", "en": "Civil registry and civil records"}
# Text that its own box cuts off, and text under something else.
CUT = """() => [...document.querySelectorAll('.wall *')].filter((each) => {
    if (each.closest('.unseen, .service--blank, .icon') || !each.textContent.trim()) return false;
    const clips = getComputedStyle(each).overflow !== 'visible';
    return clips && (each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1);
}).map((each) => `${each.className}: ${each.textContent}`)"""
# Pages turn when the test says so.
TURNS = """
const [every, turns] = [window.setInterval, {}];
window.setInterval = (what, ms, ...more) =>
    ms === 8000 || ms === 9000 ? (turns[ms] = what, 0) : every(what, ms, ...more);
window.turn = (ms) => turns[ms]?.();
"""
SHOWN = """() => [...document.querySelectorAll('.service:not(.service--blank)')].map((service) => ({
    code: service.querySelector('.service__code').innerText,
    names: [...service.querySelectorAll('.service__name')].map((name) => name.innerText),
    count: service.querySelector('.service__count').innerText,
    size: Math.min(...[...service.querySelectorAll('.service__name .fit__text')]
        .map((name) => parseFloat(getComputedStyle(name).fontSize) / Math.min(innerWidth, innerHeight))),
}))"""


def some_services(count: int) -> list[JSON]:
    """Services whose names are all different, each third one as long as operators write it."""
    names = [
        {"id": f"{NAME['id'] if place % 3 == 0 else 'Layanan'} {place}", "en": f"{NAME['en']} {place}"}
        for place in range(1, count + 1)
    ]
    return [a_service(f"{chr(64 + (place + 25) // 26)}{chr(65 + place % 26)}", 100 + place, name)
            for place, name in enumerate(names, start=1)]  # fmt: skip


@pytest.mark.parametrize("count", [1, 12, 60])
def test_every_service_has_its_turn_with_its_whole_name_in_both_languages_and_its_wait(
    lobby: Stage, wall: Page, count: int
) -> None:
    wall.add_init_script(TURNS)
    services = some_services(count)
    notice = {"id": "Mohon siapkan KTP. " * 8, "en": "Please have your identity card ready. " * 8}
    calls = [a_call(f"A{place:03}", place, place, counter_name=LONG) for place in range(1, 8)]
    lobby.state = a_board(*calls, services=services, notice=notice)
    turn_on(wall, lobby)
    wall.evaluate("document.fonts.ready")
    height = wall.locator(".calls").evaluate("(calls) => calls.clientHeight")
    seen: dict[str, tuple[list[str], str]] = {}
    pages = -(-count // 6)
    for turn in range(1, pages + 1):
        if pages > 1:
            expect(wall.locator(".waiting__page")).to_have_text(f"{turn}/{pages}")
        for name in (SCREENS if count == 12 else ("1920x1080", "1080x1920")) if turn == 1 else ("1920x1080",):
            wall.set_viewport_size(SCREENS[name])
            wall.evaluate(TWO_FRAMES)
            assert wall.evaluate(OVERFLOWING) == [], name
            assert wall.evaluate(CUT) == [], name
            shown = wall.evaluate(SHOWN)
            seen |= {each["code"]: (each["names"], each["count"]) for each in shown}
            assert min(each["size"] for each in shown) > 0.009, "names are large enough to read"
        wall.set_viewport_size(SCREENS["1920x1080"])
        wall.evaluate(TWO_FRAMES)
        now = wall.locator(".calls").evaluate("(calls) => calls.clientHeight")
        assert now == pytest.approx(height, abs=1), "a turn moves nothing else"
        wall.evaluate("turn(8000)")
    assert seen == {each["code"]: ([each["name"]["id"], each["name"]["en"]], str(each["waiting"])) for each in services}


def test_a_long_notice_is_whole_in_both_languages_after_its_pages(lobby: Stage, wall: Page) -> None:
    wall.add_init_script(TURNS)
    sentence = {"id": "Kalimat ke-{} tentang jam buka dan syarat berkas.", "en": "Sentence {} about hours and papers."}
    notice = {language: " ".join(text.format(place) for place in range(10)) for language, text in sentence.items()}
    notice["id"] += " " + "x" * 90
    lobby.state = a_board(notice=notice, services=some_services(12))
    turn_on(wall, lobby)
    wall.evaluate("document.fonts.ready")
    read: dict[str, list[str]] = {"id": [], "en": []}
    page = wall.locator(".notice__page")
    while True:
        language, text = page.get_attribute("lang") or "", page.inner_text()
        if text in read[language]:
            break
        read[language].append(text)
        for name in ("1920x1080", "1080x1920"):
            wall.set_viewport_size(SCREENS[name])
            wall.evaluate(TWO_FRAMES)
            assert wall.evaluate(OVERFLOWING) == [], name
        wall.evaluate("turn(9000)")
        wall.evaluate(TWO_FRAMES)
    assert {language: " ".join(pages) for language, pages in read.items()} == notice
