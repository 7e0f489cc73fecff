"""The wall on the real server: calls at real counters, with real speech, and the server killed in between."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.tv import NUMBER, ONE_CALL, PLAYER, SCREENS, TRIED_OUT, wait_until_said
from tests.journeys.branches import a_counter, a_document, a_service
from tests.journeys.giliran import Giliran

HALL = a_document("hall", services=[a_service("A")], counters=[a_counter(1), a_counter(2)])


@pytest.fixture
def giliran(tmp_path: Path) -> Iterator[Giliran]:
    server = Giliran(tmp_path / "data")
    server.apply(HALL)
    server.start()
    yield server
    server.stop()


def post(server: Giliran, token: str, path: str, **body: object) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    httpx.post(f"{server.url}/api/v1{path}", json=body, headers=headers, trust_env=False, timeout=60).raise_for_status()


@pytest.mark.torture  # its short forms: screens/test_screens, test_display_announcer
def test_calls_are_shown_and_spoken_and_a_killed_server_is_said_and_survived(giliran: Giliran, page: Page) -> None:
    screen, kiosk, staff = (
        giliran.done("token", "create", "--role", role, "--branch", "hall") for role in ("display", "kiosk", "agent")
    )
    for _ in range(3):
        post(giliran, kiosk, "/branches/hall/tickets", service="A")
    for counter in (1, 2):
        post(giliran, staff, f"/counters/hall/{counter}/open")
    heard: list[Response] = []
    page.on("response", lambda response: heard.append(response) if "/speech/" in response.url else None)
    page.add_init_script(PLAYER)
    page.set_viewport_size(SCREENS["1920x1080"])

    page.goto(f"{giliran.url}/display/hall#{screen}")
    expect(page.locator(".welcome")).to_contain_text("Selamat datang")
    for counter in (1, 2):
        post(giliran, staff, f"/counters/hall/{counter}/call-next")
    expect(page.locator(NUMBER)).to_have_text("A001")
    expect(page.locator(".row")).to_contain_text("A002")
    expect(page.locator(NUMBER)).to_have_text("A002")
    wait_until_said(page, TRIED_OUT + 2 * ONE_CALL - 1)  # whether whole or short, one chime is enough where both wait
    assert [response.status for response in heard] == [200] * 4
    sizes = []
    for response in heard:
        with wave.open(BytesIO(response.body())) as sound:
            sizes.append(sound.getnframes() / sound.getframerate())
    assert all(2 < seconds < 10 for seconds in sizes)

    giliran.kill()
    expect(page.locator(".not-live")).to_be_visible()
    giliran.start()
    expect(page.locator(".not-live")).to_have_count(0)
    post(giliran, staff, "/counters/hall/1/recall")
    wait_until_said(page, TRIED_OUT + 3 * ONE_CALL)
    assert len(heard) == 6
