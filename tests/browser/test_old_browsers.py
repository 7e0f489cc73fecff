"""The pages in browsers that know less: what came after Chrome 76 is taken away, and older ones are told in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from deploy import pages
from tests.browser.boards import a_board, a_call
from tests.browser.conftest import bundle
from tests.browser.stage import JSON, Stage
from tests.browser.test_ticket_page import a_ticket
from tests.browser.tv import NUMBER, TRIED_OUT, Voice, call, turn_on, wait_until_said
from tests.conftest import COMPLAINTS

# Owner and name; what is not there is passed over.
LATER = [
    "Array.prototype.at", "Array.prototype.findLast", "Array.prototype.findLastIndex",
    "Array.prototype.toSorted", "Array.prototype.with", "Array.prototype.toReversed", "String.prototype.at",
    "String.prototype.replaceAll", "Object.hasOwn", "Object.groupBy", "Promise.any", "Promise.withResolvers",
    "window.structuredClone", "window.WeakRef", "window.FinalizationRegistry", "window.reportError",
    "window.scheduler", "window.requestIdleCallback", "window.EyeDropper", "window.CompressionStream",
    "window.WebTransport", "Element.prototype.replaceChildren", "Document.prototype.replaceChildren",
    "Element.prototype.getAnimations", "Document.prototype.getAnimations", "Element.prototype.checkVisibility",
    "HTMLFormElement.prototype.requestSubmit", "AbortSignal.timeout", "AbortSignal.any",
    "AbortSignal.prototype.throwIfAborted", "Crypto.prototype.randomUUID", "Intl.ListFormat",
    "Intl.DisplayNames", "Intl.Segmenter", "Intl.DurationFormat", "Intl.supportedValuesOf", "Intl.Locale",
    "Navigator.prototype.wakeLock", "Navigator.prototype.userAgentData", "Navigator.prototype.vibrate",
    "window.speechSynthesis", "Navigator.prototype.share", "Navigator.prototype.virtualKeyboard",
    "window.documentPictureInPicture", "window.showOpenFilePicker", "Blob.prototype.arrayBuffer",
    "Blob.prototype.text", "Blob.prototype.stream",
]  # fmt: skip
WITHOUT = """
for (const path of %s) {
    const name = path.split(".").pop();
    const parts = path.split(".").slice(0, -1).filter((part) => part !== "window");
    const owner = parts.reduce((at, part) => at && at[part], window);
    if (owner) delete owner[name];
}
"""


def without(page: Page, *names: str) -> None:
    page.add_init_script(WITHOUT % str(list(names)))


@pytest.fixture(scope="session")
def every_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pages")
    return bundle(out, *(f"{page}={pages.ROOT / path}" for page, path in pages.entries() if path.endswith(".tsx")))


@pytest.fixture
def house(staged: Callable[..., Stage], every_page: Path) -> Stage:
    """A stage of all pages, each at `/its-name`; what they ask for, they get no answer to."""
    set_up = staged(every_page)
    for name in pages.PAGES:
        boot: JSON = {"page": name, "build": "one", "language": "id", "languages": ["id", "en"], "branch": "mal"}
        set_up.pages[f"/{name}"] = {**boot, "branches": [], "demo": False, "token": "t0k3n"}
    return set_up


@pytest.mark.parametrize("name", pages.PAGES)
def test_every_page_begins_in_a_browser_that_knows_no_more_than_chrome_76(house: Stage, page: Page, name: str) -> None:
    without(page, *LATER)
    page.goto(f"{house.url}/{name}")
    expect(page.locator(".starting")).to_have_count(0)
    expect(page.locator("#app")).to_contain_text(" ")
    gone = "(names) => names.every((name) => !name.startsWith('Array.') || !(name.split('.')[2] in Array.prototype))"
    assert page.evaluate(gone, LATER)


def test_the_wall_calls_and_speaks_in_such_a_browser(lobby: Stage, wall: Page, voice: Voice) -> None:
    without(wall, *LATER)
    lobby.state = a_board(notice={"id": "Kami tutup pada hari Jumat."})
    turn_on(wall, lobby)
    wait_until_said(wall, TRIED_OUT)
    call(lobby, a_call("A001", 1, 5), a_call("A002", 2, 6))
    expect(wall.locator(NUMBER)).to_have_text("A002")
    wait_until_said(wall, TRIED_OUT + 5)
    assert sorted(voice.calls) == [(5, "en"), (5, "id"), (6, "en"), (6, "id")]


def test_the_phone_follows_its_ticket_in_such_a_browser(staged: Callable[..., Stage], built: Path, page: Page) -> None:
    stage = staged(built)
    stage.view, stage.state = "ticket", a_ticket()
    stage.pages["/t/t0k3n"] = {
        "page": "ticket", "build": "one", "language": "id", "languages": ["id", "en"], "branch": None, "token": "t0k3n",
    }  # fmt: skip
    stage.answer("GET /tickets/t0k3n", (200, stage.state))
    without(page, *LATER)
    page.goto(f"{stage.url}/t/t0k3n")
    expect(page.locator("main")).to_contain_text("A012")
    stage.push(a_ticket(ahead=27))
    expect(page.locator("main")).to_contain_text("27")


@pytest.mark.torture  # one by one; all at once: above
@pytest.mark.parametrize("feature", LATER)
def test_no_single_feature_that_came_later_is_needed(house: Stage, page: Page, feature: str) -> None:
    without(page, feature)
    for name in pages.PAGES:
        page.goto(f"{house.url}/{name}")
        expect(page.locator(".starting")).to_have_count(0)


def test_where_the_script_does_not_run_the_document_says_so_in_both_languages(house: Stage, page: Page) -> None:
    page.route("**/static/*.js", lambda route: route.fulfill(body="let a = b ||= #c;", content_type="text/javascript"))
    page.goto(f"{house.url}/home")
    expect(page.locator(".starting")).to_be_visible()
    assert [told for told in COMPLAINTS if "/home" in told]
    COMPLAINTS.clear()


def test_where_the_page_cannot_be_drawn_the_words_stay(house: Stage, page: Page) -> None:
    without(page, "window.Intl")
    page.goto(f"{house.url}/home")
    page.wait_for_function("() => document.readyState === 'complete'")
    expect(page.locator(".starting")).to_be_visible()
    assert [told for told in COMPLAINTS if "Intl" in told]
    COMPLAINTS.clear()


def test_the_served_document_has_the_words_in_both_languages_where_the_page_will_be() -> None:
    template = (pages.ROOT / "server" / "web" / "templates" / "page.html").read_text(encoding="utf-8")
    words = template[template.index('<div id="app">') : template.index("<noscript>")]
    assert "Chrome 76 atau yang lebih baru" in words
    assert "use Chrome 76 or newer" in words
    assert "<script" not in words and "style=" not in words  # which the policy would refuse
