"""The wall display in Chromium, against a real Socket.IO server: what a lobby sees and hears."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.boards import NOW, a_board, a_call, a_crowded_board, a_service
from tests.browser.stage import Stage
from tests.browser.tv import (
    COVERED,
    NUMBER,
    ONE_CALL,
    OVERFLOWING,
    PLAYER,
    SCREENS,
    SIZE,
    TRIED_OUT,
    TWO_FRAMES,
    Voice,
    call,
    tried_out,
    turn_on,
    wait_until_said,
)
from tests.combinations import combinations


def test_a_call_is_shown_and_said_once_in_each_language(lobby: Stage, wall: Page, voice: Voice) -> None:
    turn_on(wall, lobby)
    tried_out(wall)
    call(lobby, a_call("A001", 2, 5))
    expect(wall.locator(NUMBER)).to_have_text("A001")
    expect(wall.locator(".main-call")).to_contain_text("Menuju loket")
    expect(wall.locator(".main-call")).to_contain_text("Please go to")
    expect(wall.locator(".main-call__counter-name")).to_have_text("Loket 2")
    expect(wall.locator(".main-call__counter-other")).to_have_text("Counter 2")
    lobby.push(lobby.state)
    wait_until_said(wall, TRIED_OUT + ONE_CALL)
    assert voice.asked == [(5, "id", "Bearer t0k3n"), (5, "en", "Bearer t0k3n")]


def test_two_calls_of_one_instant_are_said_in_order_and_never_over_each_other(
    lobby: Stage, wall: Page, voice: Voice
) -> None:
    wall.clock.install()
    turn_on(wall, lobby)
    tried_out(wall)
    call(lobby, a_call("A001", 2, 5), a_call("B007", 1, 6))
    expect(wall.locator(NUMBER)).to_have_text("A001")
    # The list is complete at once, before the second is said.
    expect(wall.locator(".row")).to_contain_text("B007")
    wait_until_said(wall, TRIED_OUT + 2)
    wall.clock.fast_forward(2_000)
    expect(wall.locator(NUMBER)).to_have_text("B007")
    wait_until_said(wall, TRIED_OUT + 3)
    wall.clock.fast_forward(2_000)
    wait_until_said(wall, TRIED_OUT + 5)
    assert voice.calls == [(5, "id"), (6, "id"), (5, "en"), (6, "en")]
    heard = wall.evaluate("heard")
    assert heard == ["begins", "ends"] * (len(heard) // 2)


def test_a_reload_is_complete_and_silent(lobby: Stage, wall: Page, voice: Voice) -> None:
    lobby.state = a_board(a_call("A001", 2, 5), a_call("B007", 1, 4, "serving"))
    turn_on(wall, lobby)
    wall.goto(f"{lobby.url}/display/mal")
    expect(wall.locator(NUMBER)).to_have_text("A001")
    expect(wall.locator(".row")).to_contain_text("B007")
    tried_out(wall)
    call(lobby, a_call("C003", 3, 8))
    wait_until_said(wall, TRIED_OUT + ONE_CALL)
    assert voice.calls == [(8, "id"), (8, "en")]


def test_a_lost_server_is_said_and_what_was_missed_is_announced_when_it_is_back(
    lobby: Stage, wall: Page, voice: Voice
) -> None:
    lobby.state = a_board(a_call("A001", 2, 5, "serving"))
    turn_on(wall, lobby)
    tried_out(wall)
    lobby.turned_away = "unavailable"
    lobby.drop_connections()
    since = wall.locator(".not-live")
    expect(since).to_contain_text(re.compile(r"tidak diperbarui sejak pukul \d\d\.\d\d"))
    expect(since).to_contain_text(re.compile(r"not live since \d\d:\d\d"))
    expect(wall.locator(NUMBER)).to_have_count(0)
    lobby.state = a_board(a_call("A001", 2, 5, "serving"), a_call("A002", 3, 9))
    lobby.seq = 9
    lobby.turned_away = None
    expect(wall.locator(NUMBER)).to_have_text("A002")
    expect(since).to_have_count(0)
    wait_until_said(wall, TRIED_OUT + ONE_CALL)
    assert voice.calls == [(9, "id"), (9, "en")]


def test_a_server_without_a_voice_still_chimes_and_shows(lobby: Stage, wall: Page, voice: Voice) -> None:
    voice.silent = True
    turn_on(wall, lobby)
    tried_out(wall)
    call(lobby, a_call("A001", 2, 5), a_call("A002", 3, 6))
    wait_until_said(wall, TRIED_OUT + 1)
    expect(wall.locator(NUMBER)).to_have_text("A002")


def test_a_muted_screen_asks_for_a_touch_and_keeps_calling(lobby: Stage, wall: Page, voice: Voice) -> None:
    wall.add_init_script("window.mute = true")
    turn_on(wall, lobby)
    asking = wall.get_by_role("button", name="Sentuh layar untuk menyalakan suara")
    expect(asking).to_be_visible()
    expect(asking).to_contain_text("Touch the screen to turn the sound on")
    call(lobby, a_call("A001", 2, 5))
    expect(wall.locator(NUMBER)).to_have_text("A001")
    wall.evaluate("window.mute = false")
    wall.mouse.click(300, 300)
    expect(asking).to_have_count(0)
    call(lobby, a_call("A002", 3, 6))
    wait_until_said(wall, TRIED_OUT + ONE_CALL)


def test_the_request_for_a_touch_becomes_a_small_mark(lobby: Stage, wall: Page) -> None:
    wall.add_init_script("window.mute = true")
    wall.clock.install()
    turn_on(wall, lobby)
    expect(wall.locator(".muted--asking")).to_be_visible()
    wall.clock.fast_forward(31_000)
    expect(wall.get_by_role("button", name="Tanpa suara")).to_be_visible()
    expect(wall.locator(".muted--asking")).to_have_count(0)


def test_a_real_sound_is_played_by_the_browser_after_a_touch(lobby: Stage, page: Page, voice: Voice) -> None:
    page.route("**/api/v1/speech/**", voice)
    page.add_init_script("""
        window.ended = [];
        window.Audio = class { constructor() {
            const audio = document.createElement('audio');
            audio.addEventListener('ended', () => ended.push(audio.duration));
            return audio;
        } };
    """)
    turn_on(page, lobby)
    page.mouse.click(10, 10)
    page.wait_for_function("() => ended.length === 1")
    call(lobby, a_call("A001", 2, 5))
    page.wait_for_function("() => ended.length === 4")
    silence, chime, *spoken = page.evaluate("ended")
    assert silence < 0.1
    assert chime > 1
    assert spoken == pytest.approx([0.1, 0.1], abs=0.01)


def test_the_empty_wall_welcomes_in_both_languages(lobby: Stage, wall: Page) -> None:
    turn_on(wall, lobby)
    expect(wall.locator(".welcome")).to_contain_text("Selamat datang")
    expect(wall.locator(".welcome [lang=en]").first).to_have_text("Welcome")
    expect(wall.locator(".service")).to_contain_text("12")


def test_a_closed_branch_says_when_it_opens_in_every_language(lobby: Stage, wall: Page) -> None:
    lobby.state = a_board(open=False, opens_at="2026-11-22T01:00:00Z")
    turn_on(wall, lobby)
    closed = wall.locator(".welcome")
    expect(closed).to_contain_text("Kami sedang tutup")
    expect(closed).to_contain_text("Buka besok pukul 08.00")
    expect(closed.locator("[lang=en]", has_text="Opens tomorrow at 08:00")).to_be_visible()
    lobby.push(a_board(open=False, opens_at="2026-11-22T17:00:00Z"))  # the first minute of Monday in Jakarta
    expect(closed).to_contain_text(re.compile("Buka hari Senin(?! pukul)"))
    lobby.push(a_board(open=False, opens_at=None))
    expect(closed.locator(".welcome__opens")).to_have_count(0)
    expect(closed).to_contain_text("Sampai jumpa kembali")


def test_a_branch_with_one_language_shows_that_alone(lobby: Stage, wall: Page) -> None:
    lobby.state = a_board(a_call("A001", 2, 5), languages=["en"])
    turn_on(wall, lobby)
    expect(wall.locator(".main-call__counter-name")).to_have_text("Counter 2")
    expect(wall.locator("html")).to_have_attribute("lang", "en")
    expect(wall.locator("body")).not_to_contain_text("Loket")


def test_the_clock_shows_the_time_of_the_branch_and_the_date_in_its_language(lobby: Stage, wall: Page) -> None:
    wall.clock.install(time="2026-11-25T20:00:00Z")  # as wrong as the clock of a TV box is
    lobby.state = a_board(now=NOW, timezone="Asia/Makassar")
    turn_on(wall, lobby)
    expect(wall.locator(".clock__time")).to_have_text("11.12")
    expect(wall.locator(".clock__date")).to_have_text("Sabtu, 21 November 2026")


def test_a_notice_stands_still_and_turns_its_pages_in_both_languages(lobby: Stage, wall: Page) -> None:
    wall.clock.install()
    notice = {"id": "Kami tutup pada hari Jumat.", "en": "We are closed on Fridays."}
    lobby.state = a_board(notice=notice)
    turn_on(wall, lobby)
    expect(wall.locator(".notice")).to_have_text(notice["id"])
    wall.clock.fast_forward(9_000)
    expect(wall.locator(".notice")).to_have_text(notice["en"])
    assert wall.locator(".notice").evaluate(
        "(notice) => notice.getAnimations({ subtree: true }).every((each) => each.effect.getTiming().iterations === 1)"
    )


def test_a_new_notice_begins_at_its_beginning(lobby: Stage, wall: Page) -> None:
    wall.clock.install()
    lobby.state = a_board(notice={"id": "Satu. " + "Kalimat panjang tentang jam buka. " * 6, "en": "One."})
    turn_on(wall, lobby)
    wall.clock.fast_forward(19_000)
    expect(wall.locator(".notice")).not_to_contain_text("Satu.")
    lobby.push(a_board(notice={"id": "Mulai. " + "Kalimat lain tentang jam tutup. " * 6, "en": "Start."}))
    expect(wall.locator(".notice")).to_contain_text("Mulai.")


def test_nothing_flashes_and_without_motion_nothing_moves(lobby: Stage, browser: Browser, voice: Voice) -> None:
    still = browser.new_page(reduced_motion="reduce")
    still.add_init_script(PLAYER)
    still.route("**/api/v1/speech/**", voice)
    turn_on(still, lobby)
    call(lobby, a_call("A001", 2, 5))
    expect(still.locator(NUMBER)).to_have_text("A001")
    assert still.evaluate("document.getAnimations().every((each) => each.effect.getComputedTiming().duration <= 1)")
    still.close()


ROOMIER = ("muted", "ordinary", "empty", "closed")
"""States of the wall with less on it than `crowded`: looked at in `make torture`."""


@pytest.mark.parametrize("state", ["crowded", "lost", *(pytest.param(s, marks=pytest.mark.torture) for s in ROOMIER)])
def test_everything_fits_every_screen_and_lies_over_nothing_however_long_the_names(
    lobby: Stage, wall: Page, state: str
) -> None:
    services = [a_service(code, place) for place, code in enumerate("ABCD")]
    ordinary = a_board(*(a_call(f"A{seq:03}", seq, seq) for seq in range(1, 8)), services=services)
    closed = a_crowded_board(open=False, opens_at="2026-12-14T01:00:00Z")
    closed["calls"] = [{**each, "state": "served"} for each in closed["calls"]]
    crowded = a_crowded_board()
    states = {"crowded": crowded, "muted": crowded, "empty": a_board(), "closed": closed}
    lobby.state = states.get(state, ordinary)
    if state == "muted":
        wall.add_init_script("window.mute = true")
    wall.goto(f"{lobby.url}/display/mal#t0k3n")
    expect(wall.locator(".service").first).to_be_visible()
    if state == "lost":
        lobby.turned_away = "unavailable"
        lobby.drop_connections()
        expect(wall.locator(".not-live")).to_be_visible()
    expect(wall.locator(".muted")).to_have_count(1 if state == "muted" else 0)
    wall.evaluate("document.fonts.ready")
    for name, screen in SCREENS.items():
        wall.set_viewport_size(screen)
        wall.evaluate(TWO_FRAMES)
        assert wall.evaluate(OVERFLOWING) == [], name
        if state == "muted":
            assert wall.evaluate(COVERED) == [], name


def test_number_and_counter_are_as_large_as_the_back_row_needs(lobby: Stage, wall: Page) -> None:
    services = [a_service(code, place) for place, code in enumerate("ABCD")]
    lobby.state = a_board(a_call("A012", 2, 5), services=services, notice={"id": "Kami tutup pada hari Jumat."})
    turn_on(wall, lobby)
    wall.evaluate("document.fonts.ready")
    for name, screen in SCREENS.items():
        wall.set_viewport_size(screen)
        wall.evaluate(TWO_FRAMES)
        # The picture is as large as the largest 16:9 that fits.
        long, short = sorted((screen["width"], screen["height"]), reverse=True)
        short = min(short, long * 9 // 16)
        # Capitals are 0.67 of the size; on a 55-inch screen (685 mm) 20 % of the short side is 137 mm: 1/200 at 27 m.
        assert wall.locator(f"{NUMBER} .fit__text").evaluate(SIZE) * 0.67 >= 0.20 * short, name
        assert wall.locator(".main-call__counter-name .fit__text").evaluate(SIZE) * 0.67 >= 0.09 * short, name


@pytest.mark.parametrize(("state", "scheme"), combinations(["full", "empty", "lost", "no token"], ["light", "dark"]))
def test_axe_finds_nothing(lobby: Stage, browser: Browser, voice: Voice, state: str, scheme: str) -> None:
    page = browser.new_page(viewport=SCREENS["1920x1080"], color_scheme="dark" if scheme == "dark" else "light")
    page.add_init_script(PLAYER)
    page.emulate_media(reduced_motion="reduce")
    states = ("called", "called", "serving", "served", "no_show")
    calls = [a_call(f"A{place:03}", place, place, each) for place, each in enumerate(states, start=1)]
    notice = {"id": "Kami tutup pada hari Jumat.", "en": "We are closed on Fridays."}
    lobby.state = a_board() if state == "empty" else a_board(*calls, notice=notice)
    page.goto(f"{lobby.url}/display/mal{'' if state == 'no token' else '#t0k3n'}")
    expect(page.locator("h1")).not_to_be_empty()
    if state == "lost":
        lobby.turned_away = "unavailable"
        lobby.drop_connections()
        expect(page.locator(".not-live")).to_be_visible()
    elif state != "no token":
        expect(page.locator(".service")).to_be_visible()
    report = Axe().run(page)
    assert report.violations_count == 0, report.generate_report()
    page.close()


def test_without_a_token_it_says_what_to_do_and_takes_one(lobby: Stage, wall: Page) -> None:
    wall.goto(f"{lobby.url}/display/mal")
    expect(wall.locator("h1")).to_have_text("Layar ini belum memiliki token")
    expect(wall.locator("main")).to_contain_text("giliran token create --role display --branch mal")
    wall.get_by_label("Token").fill(" t0k3n ")
    wall.get_by_role("button", name="Gunakan token ini").click()
    expect(wall.locator(".welcome")).to_be_visible()
    assert lobby.auths[-1] == {"token": "t0k3n"}
    assert "#" not in wall.url


def test_a_revoked_token_is_said_at_once(lobby: Stage, wall: Page) -> None:
    turn_on(wall, lobby)
    lobby.turned_away = "unauthenticated"
    lobby.drop_connections()
    expect(wall.locator("h1")).to_have_text("Server tidak lagi menerima token layar ini")
    expect(wall.locator(".main-call")).to_have_count(0)


def test_an_upgrade_waits_until_the_calls_are_said(lobby: Stage, wall: Page, voice: Voice) -> None:
    turn_on(wall, lobby)
    wall.evaluate("window.before = true")
    lobby.build = "two"
    call(lobby, a_call("A001", 2, 5))
    expect(wall.locator(NUMBER)).to_have_text("A001")
    lobby.drop_connections()
    wall.wait_for_function("() => !window.before")
    assert voice.calls == [(5, "id"), (5, "en")]
    expect(wall.locator(NUMBER)).to_have_text("A001")
