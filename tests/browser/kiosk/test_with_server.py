"""The kiosk and the real server: one touch is one ticket, whatever happens to the line between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from kiosk.terminal.fullscreen import start_page, write_start_page
from tests.browser.kiosk.test_trouble import ONE_STORM, dropping, storm
from tests.journeys.branches import a_document, a_service
from tests.journeys.giliran import Giliran

START = "Ada yang bisa kami bantu hari ini?"

# Each test takes its number from a service of its own.
MALL = a_document("mall", services=[a_service(code) for code in "ABCD"], priority_classes=[])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Giliran]:
    """A running server with one branch; tests may stop it, and start it again."""
    giliran = Giliran(tmp_path_factory.mktemp("server") / "data")
    giliran.apply(MALL)
    giliran.start()
    yield giliran
    giliran.stop()


@pytest.fixture(scope="module")
def address(server: Giliran) -> str:
    """The kiosk's page with its token."""
    token = server.done("token", "create", "--role", "kiosk", "--branch", "mall", "--name", "Lobby")
    return f"{server.url}/kiosk/mall#{token}"


@pytest.fixture
def terminal(address: str, page: Page) -> Page:
    """The kiosk at its start."""
    page.goto(address)
    expect(page.get_by_role("heading", name=START)).to_be_visible()
    return page


def tile(page: Page, code: str) -> Locator:
    return page.locator(".service", has_text=f"Service {code}")


def issued(server: Giliran, code: str) -> int:
    """How many wait for a service: all that were issued, as nobody calls."""
    answer = httpx.get(f"{server.url}/api/v1/branches/mall", trust_env=False, timeout=60).json()
    waiting: dict[str, int] = {service["code"]: service["waiting"] for service in answer["services"]}
    return waiting[code]


def test_a_storm_of_touches_is_one_ticket_and_its_wait_is_on_the_tile_at_once(server: Giliran, terminal: Page) -> None:
    terminal.add_init_script(ONE_STORM)
    terminal.reload()
    expect(terminal.locator(".service")).to_have_count(4)
    storm(terminal, ".service", 60)
    expect(terminal.locator(".slip__number")).to_have_text("A001")
    terminal.get_by_role("button", name="Selesai").click()
    expect(tile(terminal, "A")).to_contain_text("1 orang di depan Anda")
    assert issued(server, "A") == 1


def test_a_lost_answer_gives_the_ticket_that_was_issued(server: Giliran, terminal: Page) -> None:
    terminal.route("**/tickets", dropping(1))
    tile(terminal, "B").click()
    expect(terminal.locator(".slip__number")).to_have_text("B001")
    assert issued(server, "B") == 1


def test_without_its_server_the_kiosk_says_so_and_comes_back_by_itself(server: Giliran, terminal: Page) -> None:
    server.kill()
    expect(terminal.get_by_role("heading", name="Mesin ini tidak dapat menghubungi server")).to_be_visible()
    server.start()
    expect(terminal.get_by_role("heading", name=START)).to_be_visible()
    tile(terminal, "C").click()
    expect(terminal.locator(".slip__number")).to_have_text("C001")


def test_an_order_outlives_the_server_and_is_one_ticket(server: Giliran, terminal: Page) -> None:
    def power_cut(route: Route) -> None:
        route.fetch()  # the server has issued it, and nobody hears of it
        server.kill()
        route.abort()

    terminal.route("**/tickets", power_cut, times=1)
    tile(terminal, "D").click()
    expect(terminal.get_by_text("server tidak menjawab")).to_be_visible()
    server.start()
    expect(terminal.locator(".slip__number")).to_have_text("D001")
    assert issued(server, "D") == 1


def test_a_terminal_that_is_up_before_its_server_goes_to_the_kiosk_when_it_comes(
    server: Giliran, address: str, page: Page, tmp_path: Path
) -> None:
    write_start_page(tmp_path, server.url, address)
    server.stop()
    page.goto(start_page(tmp_path).as_uri())
    expect(page.get_by_text(server.url)).to_be_visible()
    server.start()
    expect(page.get_by_role("heading", name=START)).to_be_visible()
