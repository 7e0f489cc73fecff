"""One visit through every screen, in both languages: touch → paper → call → wall → phone → finish → statistics."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from deploy import pages
from printer.virtual import VirtualPrinter
from tests.browser.console.hall import PASSWORD
from tests.journeys.branches import MIDDAY_ZONE
from tests.journeys.giliran import Giliran, plain_environment

BRANCH = {
    "branch": {
        "slug": "mall",
        "name": {"id": "Mal Pelayanan Mutiara", "en": "Mutiara Service Mall"},
        "timezone": MIDDAY_ZONE,
        "languages": ["id", "en"],
    },
    "services": [{"code": "A", "name": {"id": "Kependudukan", "en": "Population records"}}],
    "counters": [{"number": 2, "name": {"id": "Loket 2", "en": "Counter 2"}, "services": ["A"]}],
    "kiosks": [{"name": "Lobby", "printer": "front"}],
    "printers": [{"name": "front", "paper": 80}],
    "displays": [{"name": "Hall"}],
}
WORDS = {
    "id": {"service": "Kependudukan", "counter": "Loket 2", "took": "Silakan ambil tiket Anda"},
    "en": {"service": "Population records", "counter": "Counter 2", "took": "Please take your ticket"},
}


@contextmanager
def an_agent(server: Giliran, token: str, device: str, state: Path) -> Iterator[None]:
    """The print agent as a process of its own."""
    environment = plain_environment() | {"GILIRAN_TOKEN": token, "STATE_DIRECTORY": str(state)}
    command = [sys.executable, "-m", "printer", "--server", server.url, "--device", device]
    with subprocess.Popen(command, cwd=pages.ROOT, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            os.kill(process.pid, signal.SIGTERM)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Giliran, VirtualPrinter]]:
    """A server with one branch, its printer plugged in and printing."""
    pages.build()
    server = Giliran(tmp_path_factory.mktemp("visit") / "data")
    server.apply(BRANCH)
    for name, role in (("rani", "agent"), ("sari", "supervisor")):
        server.done("user", "add", name, "--role", role, "--branch", "mall", "--password-stdin", stdin=f"{PASSWORD}\n")
    token = server.done("token", "create", "--role", "printer", "--branch", "mall", "--name", "front")
    server.start()
    try:
        with VirtualPrinter(pace=None) as paper:
            device = f"network://{paper.host}:{paper.port}"
            with an_agent(server, token, device, tmp_path_factory.mktemp("state")):
                yield server, paper
    finally:
        server.stop()


@pytest.fixture
def screen(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A screen of its own: a size, a language, an address. What its content security policy stops is a fault."""
    contexts, stopped = [], []

    def listen(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            stopped.append(message.text)

    def open_page(url: str, width: int, height: int, language: str) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, locale=language)
        contexts.append(context)
        page = context.new_page()
        page.on("console", listen)
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert stopped == []


def sound(page: Page) -> None:
    """axe finds nothing on the page as it is now."""
    found = Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []


def sign_in(page: Page, name: str) -> None:
    page.locator("[name=username]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("language", ["id", pytest.param("en", marks=pytest.mark.torture)])
def test_a_visit_from_the_touch_to_the_statistics(
    house: tuple[Giliran, VirtualPrinter], screen: Callable[..., Page], language: str
) -> None:
    server, paper = house
    words, printed = WORDS[language], len(paper.tickets)
    tokens = {r: server.done("token", "create", "--role", r, "--branch", "mall") for r in ("kiosk", "display")}

    kiosk = screen(f"{server.url}/kiosk/mall#{tokens['kiosk']}", 1080, 1920, language)
    wall = screen(f"{server.url}/display/mall#{tokens['display']}", 1920, 1080, language)
    console = screen(f"{server.url}/console", 1366, 768, language)

    # a number, at once, and its paper
    kiosk.get_by_role("button", name=re.compile("English" if language == "en" else "Indonesia")).click()
    sound(kiosk)
    with kiosk.expect_response("**/tickets") as answer:
        kiosk.locator(".service", has_text=words["service"]).click()
    number = kiosk.locator(".slip__number").inner_text()
    expect(kiosk.get_by_text(words["took"])).to_be_visible()
    assert paper.wait_for(lambda p: len(p.tickets) == printed + 1)
    sound(kiosk)

    # the counter calls with one key, the wall shows it
    sound(console)
    sign_in(console, "rani")
    expect(console.locator(".counter").or_(console.locator(".actions__main")).first).to_be_visible()
    if console.locator(".counter").count():
        console.locator(".counter").first.click()
    expect(console.locator(".actions__main")).to_be_visible()
    console.keyboard.press("n")
    expect(console.locator(".current__number")).to_have_text(number)
    expect(wall.locator(".main-call__number")).to_have_text(number)
    expect(wall.locator(".main-call__counter")).to_contain_text("Loket 2")
    sound(wall)
    sound(console)

    # the customer's own page, at the address that paper and kiosk carry as a code
    phone = screen(answer.value.json()["url"], 390, 844, language)
    expect(phone.locator(".called__go")).to_contain_text(words["counter"])
    sound(phone)

    # served, and counted
    console.keyboard.press("s")
    expect(console.locator(".actions__main")).not_to_have_attribute("aria-disabled", "true")
    console.keyboard.press("f")
    expect(console.locator(".current__number")).to_have_count(0)
    supervisor = screen(f"{server.url}/console/supervisor", 1366, 768, language)
    sign_in(supervisor, "sari")
    supervisor.locator(".parts > *").nth(1).click()
    expect(supervisor.locator("table").first).to_contain_text(words["counter"])
    sound(supervisor)


def test_the_other_pages_keep_to_their_policy_too(
    house: tuple[Giliran, VirtualPrinter], screen: Callable[..., Page]
) -> None:
    server, _ = house
    for path in ("/", "/t/1-x"):  # the visit goes through the others
        page = screen(f"{server.url}{path}", 1280, 800, "en")
        expect(page.locator("#app > *").first).to_be_attached()


def test_the_policy_stops_a_script_that_is_not_ours(house: tuple[Giliran, VirtualPrinter], page: Page) -> None:
    server, _ = house
    page.goto(f"{server.url}/console")
    inline = """() => new Promise(told => {
        document.addEventListener("securitypolicyviolation", event => told(event.violatedDirective), {once: true});
        const script = document.createElement("script");
        script.textContent = "window.broken = true";
        document.body.append(script);
    })"""
    assert "script-src" in page.evaluate(inline)
    assert page.evaluate("window.broken") is None
