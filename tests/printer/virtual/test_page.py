"""The virtual printer's page in a real browser."""

import re
from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Route, expect
from playwright.sync_api import Page as Tab

from printer.layout import draw
from printer.link import Outcome, Paper
from printer.virtual import Answers, Cutter, Faults, VirtualPrinter
from printer.virtual.page import Page
from printer.virtual.page.server import texts
from tests.combinations import combinations
from tests.printer.builders import a_content, a_delivery_to

STRICT = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def printer() -> Iterator[VirtualPrinter]:
    with VirtualPrinter(pace=None) as printer:
        yield printer


@pytest.fixture
def page_of(printer: VirtualPrinter) -> Iterator[Page]:
    with Page(printer, "127.0.0.1", 0) as page:
        yield page


def test_a_ticket_comes_out_on_the_page_the_moment_it_is_printed(
    printer: VirtualPrinter, page_of: Page, page: Tab
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(page_of.url)
    expect(page.get_by_text("No ticket yet")).to_be_visible()
    for number in ("A001", "A002"):
        assert a_delivery_to(printer, a_content(number=number)).outcome is Outcome.PRINTED
    newest = page.locator("#newest img")
    expect(newest).to_have_attribute("alt", re.compile("Ticket 2, printed at"))
    expect(page.locator("#tray img")).to_have_count(1)
    page.wait_for_function("() => document.querySelector('#newest img').complete")
    shown = page.evaluate("() => document.querySelector('#newest img').naturalHeight")
    assert shown == draw(a_content(number="A002"), 80).height
    assert complaints == []


def test_every_fault_can_be_switched_and_put_right_by_keyboard_too(
    printer: VirtualPrinter, page_of: Page, page: Tab
) -> None:
    page.goto(page_of.url)
    expect(page.locator("#state")).to_have_text("Ready")
    page.get_by_label("Cover open").focus()
    page.keyboard.press("Space")
    expect(page.locator("#state")).to_have_text("Cover open")
    for label in ("Print slowly", "Answer, but print nothing", "Stop reading and answering", "Refuse connections"):
        page.get_by_label(label).check()
    page.locator("[name=cutter]").select_option("stuck")
    page.locator("[name=answers]").select_option("in_order")
    page.get_by_label("Break the connection").select_option("2000")
    page.get_by_label("Out", exact=True).check(force=True)
    # each switch is a request of its own; they need not arrive in order
    wanted = Faults(
        paper=Paper.OUT,
        cover_open=True,
        cutter=Cutter.STUCK,
        answers=Answers.IN_ORDER,
        slow=True,
        busy=True,
        stall=True,
        refuse=True,
        drop_after=2000,
    )
    assert printer.wait_for(lambda p: p.faults == wanted), printer.faults
    for label, words in (("Pull out the cable", "Cable pulled out"), ("Switch off", "Printer is switched off")):
        page.get_by_label(label).check()
        expect(page.locator("#state")).to_have_text(words)
    page.get_by_role("button", name="Put everything right").click()
    expect(page.locator("#state")).to_have_text("Ready")
    assert printer.faults == Faults()


def test_a_switch_stays_where_it_was_put_whatever_is_told_before_its_answer(
    printer: VirtualPrinter, page_of: Page, page: Tab
) -> None:
    held: list[Route] = []
    page.route("**/faults", lambda route: held.append(route))
    page.goto(page_of.url)
    expect(page.locator("#state")).to_have_text("Ready")
    page.get_by_label("Switch off").click()
    printer.set_faults(cover_open=True)  # told to the page while its own switch is on its way
    expect(page.locator("#state")).to_have_text("Cover open")
    expect(page.get_by_label("Switch off")).to_be_checked()
    held[0].continue_()
    expect(page.locator("#state")).to_have_text("Printer is switched off")
    expect(page.get_by_label("Cover open")).to_be_checked()


def test_a_page_that_hears_nothing_says_that_the_printer_is_off(printer: VirtualPrinter, page: Tab) -> None:
    page.clock.install()
    with Page(printer, "127.0.0.1", 0) as page_of:
        page.goto(page_of.url)
        expect(page.locator("#state")).to_have_text("Ready")
    page.clock.run_for(20_000)
    expect(page.locator("#state")).to_contain_text("switched off")


@pytest.mark.parametrize(("language", "scheme", "width"), combinations(["en", "id"], ["light", "dark"], [390, 1280]))
def test_axe_finds_nothing(
    printer: VirtualPrinter, page_of: Page, browser: Browser, language: str, scheme: str, width: int
) -> None:
    for _ in range(2):
        a_delivery_to(printer)
    printer.set_faults(cover_open=True)
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    tab = context.new_page()
    tab.goto(f"{page_of.url}?language={language}")
    expect(tab.locator("#tray img")).to_have_count(1)
    found = Axe().run(tab, options=STRICT)
    assert [violation["id"] for violation in found.response["violations"]] == []
    small = tab.evaluate(
        """() => [...document.querySelectorAll("a, button, select, label")]
            .filter((e) => e.getBoundingClientRect().height < 44).map((e) => e.outerHTML)"""
    )
    assert small == []
    assert tab.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_both_languages_have_every_word_and_the_same_blanks() -> None:
    english, indonesian = texts()["en"], texts()["id"]
    assert english.keys() == indonesian.keys()
    for key, words in english.items():
        assert words.strip()
        assert indonesian[key].strip()
        assert set(re.findall(r"\{\w+\}", words)) == set(re.findall(r"\{\w+\}", indonesian[key]))


def test_no_blank_is_left_in_the_document(page_of: Page) -> None:
    for language in ("en", "id", "xx"):
        assert "{{" not in page_of.document(language)


def test_answers_carry_a_strict_policy_and_strangers_change_nothing(printer: VirtualPrinter, page_of: Page) -> None:
    with httpx.Client(base_url=page_of.url, trust_env=False, timeout=60) as visitor:
        policy = visitor.get("/").headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert visitor.get("/fonts/../texts.json").status_code == 404
        assert visitor.get("/tickets/1.png").status_code == 404
        foreign = visitor.post("/faults", json={"stall": True}, headers={"Origin": "http://elsewhere"})
        form = visitor.post("/faults", content=b"stall=true", headers={"Content-Type": "text/plain"})
        wrong = visitor.post("/faults", json={"stall": "perhaps"})
        assert [answer.status_code for answer in (foreign, form, wrong)] == [403, 404, 400]
        assert printer.faults.stall is False
        assert visitor.post("/faults", json={"stall": True}).json()["faults"]["stall"] is True
