"""A kiosk and whatever happens to its line, its page and its glass: one touch is one number, or none and an apology."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, Request, expect

from server.domain.people.principal import Role
from tests.browser.chromium import LAUNCH_ARGUMENTS, chromium
from tests.browser.kiosk.test_trouble import ONE_STORM
from tests.browser.screens.branch import Branch
from tests.browser.screens.conftest import at_the_start
from tests.browser.screens.growth import CUSTOMERS, held_by

SORRY = "server tidak menjawab"

pytestmark = pytest.mark.timeout(300)
"""Seconds; a machine that does much else takes long to start a server and a browser."""


def touch(page: Page, code: str) -> None:
    page.locator(".service", has=page.locator(".service__code", has_text=code)).tap()


def shows(page: Page, branch: Branch, code: str, before: list[str]) -> str:
    """The one number that was issued since: that is what the customer reads."""
    expect(page.locator(".slip__number")).to_be_visible()
    (number,) = branch.issued(code)[len(before) :]
    expect(page.locator(".slip__number")).to_have_text(number)
    return number


def leave(page: Page) -> None:
    page.get_by_role("button", name="Selesai").click()
    expect(page.locator(".services")).to_be_visible()


def touch_as_time_stops(page: Page, code: str) -> None:
    """From the touch on, the page's time is what the test says, and not what this machine takes."""
    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 5"))
    touch(page, code)
    page.clock.run_for(100)  # what waits for the next frame


def test_a_slow_server_is_waited_for_and_a_slower_one_apologised_for(branch: Branch, terminal: Page) -> None:
    before = branch.issued("A")
    branch.cord.stall()
    touch_as_time_stops(terminal, "A")
    expect(terminal.get_by_text("Nomor antrean Anda untuk Layanan A sedang dibuat")).to_be_visible()
    terminal.clock.run_for(5_000)
    expect(terminal.get_by_text("Proses ini lebih lama dari biasanya")).to_be_visible()
    expect(terminal.get_by_text(SORRY)).to_have_count(0)
    terminal.clock.run_for(2_000)
    expect(terminal.get_by_text(SORRY)).to_be_visible()
    terminal.clock.resume()
    branch.cord.mend()  # the first request arrives now, long after the page has given it up
    shows(terminal, branch, "A", before)


def test_a_server_that_always_takes_ten_seconds_is_given_them(branch: Branch, terminal: Page) -> None:
    before = branch.issued("A")
    given_up: list[Request] = []
    terminal.on("requestfailed", lambda request: given_up.append(request) if request.method == "POST" else None)
    branch.cord.stall()
    touch_as_time_stops(terminal, "A")
    expect(terminal.get_by_text("sedang dibuat")).to_be_visible()
    terminal.clock.run_for(6_100)
    expect(terminal.get_by_text(SORRY)).to_be_visible()
    with terminal.expect_request("**/tickets"):
        terminal.clock.run_for(1_000)
    terminal.clock.run_for(10_000)
    branch.cord.mend()
    shows(terminal, branch, "A", before)
    assert len(given_up) == 1, "the second attempt waited long enough"


@pytest.mark.parametrize("bytes_of_the_answer", [0, 150])
def test_an_answer_that_is_cut_off_is_asked_for_again(branch: Branch, terminal: Page, bytes_of_the_answer: int) -> None:
    before = branch.issued("B")
    branch.cord.lose_answers(bytes_of_the_answer)
    touch(terminal, "B")
    expect(terminal.get_by_text(SORRY)).to_be_visible()
    assert len(branch.issued("B")) == len(before) + 1, "it was issued, and nobody heard of it"
    branch.cord.mend()
    shows(terminal, branch, "B", before)


def test_taps_all_over_the_glass_are_one_number(branch: Branch, terminal: Page) -> None:
    before = {code: branch.issued(code) for code in "ABCD"}
    boxes = [tile.bounding_box() for tile in terminal.locator(".service").all()]
    spots = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes if box]
    terminal.evaluate(f"{ONE_STORM}; 0")
    for tap in range(100):
        terminal.touchscreen.tap(*spots[tap % len(spots)])
    expect(terminal.locator(".slip__number")).to_be_visible()
    issued = [number for code in "ABCD" for number in branch.issued(code)[len(before[code]) :]]
    assert [terminal.locator(".slip__number").inner_text()] == issued


def test_back_and_forward_lead_nowhere(branch: Branch, terminal: Page) -> None:
    before = branch.issued("C")
    touch(terminal, "C")
    number = shows(terminal, branch, "C", before)
    terminal.evaluate("window.here = true")
    for steps in (-1, -1, -1, -1, 1, -2, -1, 1, 3, -3, -1, -1):
        terminal.evaluate("(steps) => history.go(steps)", steps)
    expect(terminal.locator(".slip__number")).to_have_text(number)
    leave(terminal)
    assert terminal.evaluate("window.here")
    assert len(branch.issued("C")) == len(before) + 1


def test_a_reload_before_the_answer_goes_on_with_the_same_order_in_the_same_language(
    branch: Branch, terminal: Page
) -> None:
    before = branch.issued("C")
    terminal.get_by_role("button", name="English").tap()
    branch.cord.lose_answers()
    touch(terminal, "C")
    expect(terminal.get_by_text("the server does not answer")).to_be_visible()
    branch.cord.mend()
    terminal.reload()
    shows(terminal, branch, "C", before)
    expect(terminal.get_by_text("Your number", exact=True)).to_be_visible()


def test_a_reload_before_the_request_has_left_issues_it_once(branch: Branch, terminal: Page) -> None:
    before = branch.issued("C")
    branch.cord.cut()
    touch(terminal, "C")
    expect(terminal.get_by_text(SORRY)).to_be_visible()
    assert branch.issued("C") == before
    branch.cord.mend()
    terminal.reload()
    shows(terminal, branch, "C", before)


def test_a_reload_shows_the_number_again_until_the_customer_has_gone(branch: Branch, terminal: Page) -> None:
    before = branch.issued("D")
    touch(terminal, "D")
    shows(terminal, branch, "D", before)
    for _ in range(2):
        terminal.reload()
        shows(terminal, branch, "D", before)
    leave(terminal)
    terminal.reload()
    expect(terminal.locator(".services")).to_be_visible()
    touch(terminal, "D")
    shows(terminal, branch, "D", [*before, "the first"])


def test_an_order_of_a_customer_who_has_long_gone_is_not_carried_out(branch: Branch, terminal: Page) -> None:
    before = branch.issued("D")
    branch.cord.cut()
    touch(terminal, "D")
    expect(terminal.get_by_text(SORRY)).to_be_visible()
    context = terminal.context
    terminal.close()  # the power is cut, and comes back after a while
    context.clock.install(time=terminal_time(context) + 200)
    branch.cord.mend()
    at_the_start(context.new_page(), branch)
    assert branch.issued("D") == before


def terminal_time(context: BrowserContext) -> float:
    page = context.new_page()
    seconds: float = page.evaluate("Date.now() / 1000")
    page.close()
    return seconds


def test_a_browser_that_is_killed_in_the_middle_of_an_order_comes_back_with_its_number(
    branch: Branch, playwright: Playwright, tmp_path: Path
) -> None:
    def started() -> BrowserContext:
        return playwright.chromium.launch_persistent_context(
            tmp_path / "profile", has_touch=True, executable_path=chromium(), args=LAUNCH_ARGUMENTS
        )

    before = branch.issued("D")
    context = started()
    page = at_the_start(context.new_page(), branch)
    branch.cord.lose_answers()
    touch(page, "D")
    expect(page.get_by_text(SORRY)).to_be_visible()
    (number,) = branch.issued("D")[len(before) :]
    kill_browser(tmp_path / "profile")
    branch.cord.mend()
    context = started()
    page = context.new_page()
    page.goto(f"{branch.cord.url}/kiosk/central#{branch.token(Role.KIOSK)}")
    expect(page.get_by_text(number)).to_be_visible()
    context.close()
    assert branch.issued("D")[len(before) :] == [number]


def kill_browser(profile: Path) -> None:
    """SIGKILL to the browser with this profile, and to nothing else."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        if f"--user-data-dir={profile}".encode() in command:
            os.kill(int(process.name), signal.SIGKILL)


@pytest.mark.torture
def test_hundreds_of_customers_leave_nothing_behind_in_the_page(branch: Branch, terminal: Page) -> None:
    before = [number for code in "ABCD" for number in branch.issued(code)]
    seen = terminal.evaluate(CUSTOMERS, 60)
    early = held_by(terminal)
    seen += terminal.evaluate(CUSTOMERS, 140)
    late = held_by(terminal)
    assert late.is_hardly_more_than(early), (early, late)
    issued = [number for code in "ABCD" for number in branch.issued(code)]
    assert sorted(seen) == sorted(set(issued) - set(before))
    assert len(seen) == 200
