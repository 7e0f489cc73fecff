"""What browsers do to a page between us and its reader: what it says stays true."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.boards import a_board, a_call, a_service
from tests.browser.stage import JSON, Stage
from tests.browser.test_ticket_page import a_ticket
from tests.browser.tv import NUMBER, OVERFLOWING, call, turn_on

# As Chrome's translator does it: two <font> elements in the place of each text, the text itself taken out.
TRANSLATE = """() => {
    const walker = document.createTreeWalker(document.getElementById("app"), NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    for (const text of texts.filter((each) => each.data.trim())) {
        const [outer, inner] = [document.createElement("font"), document.createElement("font")];
        inner.textContent = `<${text.data}>`;
        outer.append(inner);
        text.parentNode.insertBefore(outer, text);
        text.parentNode.removeChild(text);
    }
    return document.querySelectorAll("font").length;
}"""
NO_FONTS = "() => !document.querySelector('font')"


@pytest.fixture
def phone(staged: Callable[..., Stage], built: Path) -> Stage:
    """A stage with one ticket, at /t/t0k3n."""
    set_up = staged(built)
    set_up.view = "ticket"
    set_up.pages["/t/t0k3n"] = {
        "page": "ticket", "build": "one", "language": "id", "languages": ["id", "en"], "branch": None, "token": "t0k3n",
    }  # fmt: skip
    set_up.state = a_ticket()
    set_up.answer("GET /tickets/t0k3n", (200, set_up.state))
    return set_up


def a_waiting_board(waiting: int) -> JSON:
    return a_board(a_call("A001", 1, 5), services=[a_service("A", waiting)])


def test_a_translated_wall_shows_what_the_server_says_and_its_own_words(lobby: Stage, wall: Page) -> None:
    lobby.state = a_waiting_board(12)
    turn_on(wall, lobby)
    assert wall.locator("html").get_attribute("translate") == "no"
    assert wall.evaluate(TRANSLATE) > 10
    lobby.push(a_waiting_board(13))
    expect(wall.locator(".service__count")).to_have_text("13")
    call(lobby, a_call("A002", 2, 9))
    expect(wall.locator(NUMBER)).to_have_text("A002")
    wall.wait_for_function(NO_FONTS)
    expect(wall.locator(".row__number")).to_have_text(["A001"])


def test_a_translator_that_does_not_give_up_never_wins(lobby: Stage, wall: Page) -> None:
    lobby.state = a_waiting_board(12)
    turn_on(wall, lobby)
    for waiting in (13, 14, 15):
        wall.evaluate(TRANSLATE)
        lobby.push(a_waiting_board(waiting))
        wall.wait_for_function(NO_FONTS)
        expect(wall.locator(".service__count")).to_have_text(str(waiting))


def test_a_translated_phone_page_shows_the_place_in_the_line_as_it_is(phone: Stage, page: Page) -> None:
    page.goto(f"{phone.url}/t/t0k3n")
    ahead = page.locator("main")
    expect(ahead).to_contain_text("3")
    page.evaluate(TRANSLATE)
    phone.push(a_ticket(ahead=27))
    expect(ahead).to_contain_text("27")
    page.wait_for_function(NO_FONTS)
    expect(ahead).not_to_contain_text("<")


def test_a_page_that_comes_back_by_the_back_button_is_loaded_anew(phone: Stage, page: Page) -> None:
    page.goto(f"{phone.url}/t/t0k3n")
    expect(page.locator("main")).to_contain_text("A012")
    page.evaluate("window.before = true")
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }))")
    assert page.evaluate("window.before")
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    page.wait_for_function("() => !window.before")
    expect(page.locator("main")).to_contain_text("A012")


def test_a_page_whose_tab_was_frozen_asks_anew_when_it_is_resumed(phone: Stage, page: Page) -> None:
    page.add_init_script("window.jump = 0; const now = Date.now; Date.now = () => now() + window.jump;")
    page.goto(f"{phone.url}/t/t0k3n")
    expect(page.locator("main")).to_contain_text("A012")
    # Nothing ran for an hour, not even what watches the silence: both happen in one step.
    with page.expect_websocket():
        page.evaluate("() => { window.jump = 3_600_000; document.dispatchEvent(new Event('resume')); }")
    expect(page.locator("main")).to_contain_text("A012")


def test_text_of_twice_the_size_is_whole_on_a_phone(phone: Stage, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(f"{phone.url}/t/t0k3n")
    expect(page.locator("main")).to_contain_text("A012")
    page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cut = """() => [...document.querySelectorAll('main *')].filter((each) => each.textContent.trim()
        && getComputedStyle(each).overflow !== 'visible' && !each.closest('.unseen')
        && (each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1))
        .map((each) => each.className)"""
    assert page.evaluate(cut) == []


def test_in_the_readers_own_colours_a_call_and_a_choice_still_stand_out(
    lobby: Stage, phone: Stage, browser: Browser
) -> None:
    page = browser.new_page(forced_colors="active")
    lobby.state = a_board(a_call("A001", 1, 5), a_call("A002", 2, 6), services=[a_service("A", 3)])
    turn_on(page, lobby)
    outline = "(each) => getComputedStyle(each).outlineStyle"
    assert page.locator(".main-call--calling").evaluate(outline) == "solid"
    assert page.locator(".row--called").first.evaluate(outline) == "solid"
    assert page.evaluate(OVERFLOWING) == []
    page.goto(f"{phone.url}/t/t0k3n")
    chosen, other = (page.locator(f".languages [aria-pressed={pressed}]") for pressed in ("true", "false"))
    assert (chosen.evaluate(outline), other.evaluate(outline)) == ("solid", "none")
    page.close()
