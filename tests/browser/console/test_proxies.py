"""A proxy in front that is set up badly: the pages name what it forgets, and none says that it is live."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.console.hall import Clerk, Hall, Server, build_hall, running
from tests.faults.proxy import proxy

Desk = Callable[..., Clerk]
Behind = Callable[..., str]


@pytest.fixture
def behind(server: Server) -> Iterator[Behind]:
    """The address of a proxy before the server."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(proxy(server.port, **options)).url


def every_word_of_liveness(page: Page) -> None:
    """Keep each word that the head says of its connection, from the first drawing on."""
    page.add_init_script(
        """window.said = [];
        new MutationObserver(() => {
          const word = document.querySelector(".head .live > span")?.textContent;
          if (word && window.said[window.said.length - 1] !== word) window.said.push(word);
        }).observe(document, {childList: true, subtree: true, characterData: true});"""
    )


def test_a_forgotten_scheme_is_named_and_nothing_is_called_live(desk: Desk, behind: Behind) -> None:
    rani = desk("rani", url=behind(), ignore_https_errors=True)
    every_word_of_liveness(rani.page)
    rani.sign_in()
    expect(rani.page.get_by_text("does not pass the header X-Forwarded-Proto on")).to_be_visible()
    expect(rani.page.locator(".head .live")).to_contain_text("Not live")
    said = rani.page.evaluate("window.said")
    assert "Live" not in said and said[0] == "Connecting …", said


def test_it_is_named_in_indonesian_too(desk: Desk, behind: Behind) -> None:
    rani = desk("rani", url=behind(), ignore_https_errors=True, locale="id").sign_in()
    expect(rani.page.get_by_text("tidak meneruskan header X-Forwarded-Proto")).to_be_visible()
    expect(rani.page.locator(".head .live")).to_contain_text("Terputus")


def test_with_the_scheme_passed_on_the_page_is_live(desk: Desk, behind: Behind) -> None:
    rani = desk("rani", url=behind(sets={"X-Forwarded-Proto": "https"}), ignore_https_errors=True)
    every_word_of_liveness(rani.page)
    rani.sign_in()
    expect(rani.page.locator(".head .live")).to_contain_text("Live")
    expect(rani.page.locator(".banner--danger")).to_have_count(0)
    assert rani.page.evaluate("window.said") == ["Connecting …", "Live"]


def test_a_host_that_is_written_anew_is_named_where_staff_sign_in(desk: Desk, behind: Behind) -> None:
    sets = {"X-Forwarded-Proto": "https", "Host": "giliran"}
    rani = desk("rani", url=behind(sets=sets), ignore_https_errors=True).sign_in()
    expect(rani.page.get_by_text("does not pass the header Host on")).to_be_visible()
    expect(rani.page.locator("[name=password]")).to_be_visible()


def test_without_websockets_the_page_is_live_by_asking(desk: Desk, behind: Behind, hall: Hall) -> None:
    rani = desk("rani", url=behind(sets={"X-Forwarded-Proto": "https"}, upgrades=False), ignore_https_errors=True)
    rani.sign_in()
    expect(rani.page.locator(".head .live")).to_contain_text("Live")
    hall.issue("A")
    rani.page.get_by_role("button", name="Counter 1").click()
    expect(rani.page.locator(".current--next")).to_contain_text("A001")


@pytest.mark.parametrize(("screen", "role"), [("kiosk", "kiosk"), ("display", "display")])
def test_a_screen_in_the_hall_tells_whoever_looks_after_it(
    screen: str, role: str, desk: Desk, behind: Behind, hall: Hall
) -> None:
    token = hall.ask("POST", f"/branches/{hall.slug}/tokens", {"role": role, "name": "Hall"})["token"]
    page = desk("rani", ignore_https_errors=True).page
    page.goto(f"{behind()}/{screen}/{hall.slug}#{token}")
    expect(page.locator(".for-device")).to_contain_text("X-Forwarded-Proto")
    expect(page.get_by_role("button", name="Service")).to_have_count(0)


def test_over_https_pages_work_with_cookies_that_are_the_hosts_own(browser: Browser, tmp_path: Path) -> None:
    """Signing in, a change with its CSRF token, and the live connection, through a proxy that is trusted."""
    trusted = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.7"}
    with running(tmp_path, "--trust-proxy") as server, proxy(server.port, sets=trusted) as front:
        hall = build_hall(server, "secure")
        context = browser.new_context(ignore_https_errors=True, locale="en")
        rani = Clerk(context.new_page(), hall, "rani", front.url).sign_in()
        expect(rani.page.locator(".head .live")).to_contain_text("Live")
        hall.issue("A")
        rani.page.get_by_role("button", name="Counter 1").click()
        expect(rani.page.locator(".current--next")).to_contain_text("A001")
        cookies = {each["name"]: each for each in context.cookies() if "giliran" in each["name"]}
        assert cookies.keys() == {"__Host-giliran_session", "__Host-giliran_browser"}
        assert all(each["secure"] and each["path"] == "/" for each in cookies.values())
        context.close()


def test_the_map_of_all_screens_names_it(desk: Desk, behind: Behind) -> None:
    page = desk("rani", ignore_https_errors=True).page
    page.goto(behind())
    expect(page.get_by_text("does not pass the header X-Forwarded-Proto on")).to_be_visible()
