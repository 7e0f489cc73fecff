"""The ticket's page on a phone: my number, my place, my call, and the way out of the line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, WebSocket, expect

from tests.browser.stage import JSON, Stage
from tests.combinations import combinations

PHONE = {"width": 360, "height": 640}
ISSUED = "2026-11-21T03:00:00Z"
CALLED = "2026-11-21T03:42:00Z"


def a_leg(**more: object) -> JSON:
    times = dict.fromkeys(("called_at", "started_at", "ended_at"))
    return {"service": "A", "counter": None, "queued_at": ISSUED, "outcome": None, **times, **more}


def a_ticket(**more: object) -> JSON:
    ticket = {
        "id": "t1", "number": "A012", "branch": "mal", "service": "A", "priority": None,
        "state": "waiting", "language": "id", "issued_at": ISSUED, "called_at": None,
        "started_at": None, "ended_at": None, "counter": None, "legs": [a_leg()], "ahead": 3,
        "estimate": {"low": 600, "likely": 800, "high": 1200, "as_of": ISSUED},
        "service_name": {"en": "Passport renewal", "id": "Perpanjangan Paspor"},
        "branch_name": {"en": "Mutiara", "id": "Mutiara"}, "timezone": "Asia/Jakarta", "priority_name": None,
        "counter_name": None, "languages": ["id", "en"], "staffing": "open",
        "without_counter": False, "branch_retired": False,
    }  # fmt: skip
    return {**ticket, **more}


def at_counter_2(state: str, **more: object) -> JSON:
    name = {"en": "Counter 2", "id": "Loket 2"}
    return a_ticket(state=state, counter=2, counter_name=name, called_at=CALLED, ahead=0, **more)


def an_event(kind: str, seq: int, at: str = CALLED) -> JSON:
    return {"seq": seq, "type": kind, "number": "A012", "counter": 2, "at": at}


@pytest.fixture
def hall(staged: Callable[..., Stage], built: Path) -> Stage:
    """A stage with one ticket, at /t/t0k3n."""
    set_up = staged(built)
    set_up.view = "ticket"
    set_up.pages["/t/t0k3n"] = {
        "page": "ticket", "build": "one", "language": "id", "languages": ["id", "en"],
        "branch": None, "token": "t0k3n",
    }  # fmt: skip
    return set_up


@pytest.fixture
def phone(page: Page) -> Page:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    return page


def _is_answer(frame: str | bytes) -> bool:
    return '"build"' in str(frame)


def show(hall: Stage, phone: Page, ticket: JSON, language: str = "id") -> None:
    """Opens the page of `ticket` and waits until it is live."""
    hall.state = {**ticket, "language": language}
    hall.answer("GET /tickets/t0k3n", (200, hall.state))
    heard: list[bool] = []

    def listens(feed: WebSocket) -> bool:
        # from its first frame on: the answer may be there before the page has loaded
        feed.on("framereceived", lambda frame: heard.append(True) if _is_answer(frame) else None)
        return True

    with phone.expect_websocket(listens) as feed:
        phone.goto(hall.url + "/t/t0k3n")
    if not heard:
        feed.value.wait_for_event("framereceived", _is_answer)
    expect(phone.locator("h1")).to_be_visible()


def test_it_shows_my_number_my_place_and_the_honest_wait(hall: Stage, phone: Page) -> None:
    show(hall, phone, a_ticket())
    expect(phone.get_by_role("heading")).to_contain_text("A012")
    expect(phone.get_by_text("3 orang di depan Anda")).to_be_visible()
    expect(phone.get_by_text("sekitar 10–20 menit")).to_be_visible()
    expect(phone).to_have_title("A012 · 3 orang di depan Anda")


def test_zeros_are_plain_except_in_the_number(hall: Stage, phone: Page) -> None:
    show(hall, phone, a_ticket(issued_at="2026-11-21T03:00:00Z"))
    loaded = (
        "() => document.fonts.ready.then((all) => [...all].filter((f) => f.status === 'loaded').map((f) => f.family))"
    )
    assert "Plain Zero" in str(phone.evaluate(loaded))
    family = "(element) => getComputedStyle(element).fontFamily"
    assert "Plain Zero" in phone.locator("body").evaluate(family)
    assert "Plain Zero" not in phone.locator(".number").first.evaluate(family)


def test_my_place_moves_up_live(hall: Stage, phone: Page) -> None:
    show(hall, phone, a_ticket(), "en")
    hall.push(a_ticket(ahead=1))
    expect(phone.get_by_text("1 person before you")).to_be_visible()
    hall.push(a_ticket(ahead=0))
    expect(phone.get_by_text("You are next")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "asks", "not_said"),
    [("id", "Silakan tanyakan di loket", "Anda berikutnya"), ("en", "Please ask at a counter", "You are next")],
)
def test_whom_no_counter_calls_is_told_to_ask_and_not_that_he_is_next(
    hall: Stage, phone: Page, language: str, asks: str, not_said: str
) -> None:
    show(hall, phone, a_ticket(ahead=0, estimate=None), language)
    expect(phone.get_by_text(not_said)).to_be_visible()
    hall.push(a_ticket(ahead=0, estimate=None, without_counter=True, language=language))
    expect(phone.get_by_role("alert")).to_contain_text(asks)
    expect(phone.get_by_text(not_said)).to_have_count(0)
    expect(phone).to_have_title(f"A012 · {asks}")
    assert Axe().run(phone).violations_count == 0


def test_a_ticket_of_a_branch_that_closed_for_good_says_so(hall: Stage, phone: Page) -> None:
    show(hall, phone, a_ticket(state="expired", branch_retired=True), "en")
    expect(phone.get_by_text("This branch is closed for good")).to_be_visible()


def test_a_call_fills_the_screen_with_the_counter_to_go_to(hall: Stage, phone: Page) -> None:
    show(hall, phone, a_ticket())
    hall.push(at_counter_2("called"), event=an_event("called", 2))
    call = phone.get_by_role("alert")
    expect(call).to_contain_text("Silakan menuju ke Loket 2")
    expect(call).to_contain_text("Dipanggil pukul 10.42")
    expect(phone).to_have_title("▶ Loket 2: A012, giliran Anda")
    number = phone.locator(".called__counter-number").bounding_box()
    assert number is not None
    assert number["height"] > PHONE["height"] / 5
    page_height = phone.evaluate("document.documentElement.scrollHeight")
    assert page_height <= PHONE["height"], "all of it is seen without scrolling"


def test_a_recall_says_when_it_came_and_asks_for_attention_again(hall: Stage, phone: Page) -> None:
    phone.add_init_script("window.shakes = 0; Navigator.prototype.vibrate = (each) => each && (window.shakes += 1);")
    show(hall, phone, a_ticket())
    hall.push(at_counter_2("called"), event=an_event("called", 2))
    expect(phone.get_by_text("Dipanggil pukul 10.42")).to_be_visible()
    hall.push(at_counter_2("called"), event=an_event("recalled", 3, "2026-11-21T03:44:00Z"))
    expect(phone.get_by_text("Dipanggil lagi pukul 10.44")).to_be_visible()
    phone.wait_for_function("() => shakes === 2")


# A browser that is silent until it is asked within a touch, and counts the notes that are begun.
QUIET = """
window.notes = 0;
window.AudioContext = class extends EventTarget {
    state = "suspended";
    resume() {
        this.state = "running";
        this.dispatchEvent(new Event("statechange"));
        return Promise.resolve();
    }
    createGain() {
        return { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect() {} };
    }
    createOscillator() {
        return { frequency: {}, connect: (next) => next, start() { notes += 1; }, stop() {} };
    }
};
window.shakes = 0;
Navigator.prototype.vibrate = (each) => each && (shakes += 1);
"""


def test_sound_is_turned_on_and_off_by_its_own_switch_alone(hall: Stage, phone: Page) -> None:
    phone.add_init_script(QUIET)
    show(hall, phone, a_ticket())
    off, on = (phone.get_by_role("button", name=name) for name in ("Let me hear my call", "You will hear your call"))

    def notes_of_a_call() -> int:
        before = phone.evaluate("[notes, shakes]")
        hall.push(at_counter_2("called"), event=an_event("called", hall.seq + 1))
        phone.wait_for_function("(shakes) => window.shakes > shakes", arg=before[1])
        heard: int = phone.evaluate("notes") - before[0]
        hall.push(a_ticket())
        expect(phone.get_by_role("alert")).to_have_count(0)
        return heard

    phone.get_by_role("button", name="English").click()
    expect(off).to_be_visible()
    assert notes_of_a_call() == 0
    off.click()
    expect(on).to_be_visible()
    phone.wait_for_function("() => notes === 3")  # so that its owner knows how it sounds
    assert notes_of_a_call() == 3
    phone.reload()  # the browser asks for another touch; the person was asked already
    expect(phone.get_by_role("heading")).to_contain_text("A012")
    phone.get_by_role("button", name="English").click()
    expect(on).to_be_visible()
    on.click()
    expect(off).to_be_visible()
    phone.get_by_role("button", name="Bahasa Indonesia").click()
    assert notes_of_a_call() == 0


def test_another_state_at_the_same_counter_does_not_call_again(hall: Stage, phone: Page) -> None:
    phone.add_init_script("window.shakes = 0; Navigator.prototype.vibrate = (each) => each && (window.shakes += 1);")
    show(hall, phone, a_ticket())
    hall.push(at_counter_2("called"), event=an_event("called", 2))
    expect(phone.get_by_role("alert")).to_be_visible()
    other = {**an_event("recalled", 3), "number": "B004"}
    hall.push(at_counter_2("called", priority_name={"id": "Lansia"}), event=other)
    hall.push(at_counter_2("serving"), event=an_event("started", 4))
    expect(phone).to_have_title("A012 · Sedang dilayani")
    assert phone.evaluate("shakes") == 1


@pytest.mark.parametrize(
    ("ticket", "says"),
    [
        (at_counter_2("serving"), "Loket 2"),
        (at_counter_2("served"), "Terima kasih atas kunjungan Anda"),
        (at_counter_2("no_show"), "Silakan hubungi petugas di loket"),
        (a_ticket(state="cancelled"), "ambil nomor baru"),
        (a_ticket(state="expired"), "ambil nomor baru"),
        (at_counter_2("parked"), "akan dipanggil kembali"),
        (a_ticket(legs=[a_leg(outcome="transferred"), a_leg()]), "Nomor Anda tetap sama"),
        (a_ticket(legs=[a_leg(outcome="put_back"), a_leg()]), "kembali ke dalam antrean"),
        (a_ticket(estimate=None), "belum diketahui"),
    ],
    ids=lambda value: value if isinstance(value, str) else value["state"],
)
def test_every_state_says_what_it_means_for_me(hall: Stage, phone: Page, ticket: JSON, says: str) -> None:
    show(hall, phone, ticket)
    expect(phone.locator("main")).to_contain_text(says)
    expect(phone.locator("main")).to_contain_text("A012")


@pytest.mark.parametrize("state", ["called", "serving", "served", "no_show", "cancelled"])
def test_who_is_not_in_the_line_cannot_leave_it(hall: Stage, phone: Page, state: str) -> None:
    show(hall, phone, at_counter_2(state))
    expect(phone.get_by_text(re.compile("Keluar dari antrean$"))).to_have_count(0)


def test_leaving_the_line_is_asked_twice_and_done_once(hall: Stage, phone: Page) -> None:
    show(hall, phone, a_ticket(), "en")
    hall.answer("POST /tickets/t0k3n/cancel", (200, a_ticket(state="cancelled")))
    phone.get_by_role("button", name="Leave the line").click()
    dialog = phone.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Keep my place")).to_be_focused()
    phone.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(phone.get_by_role("button", name="Leave the line")).to_be_focused()
    phone.keyboard.press("Enter")
    dialog.get_by_role("button", name="Leave the line").click()
    expect(phone.get_by_text("This number has left the line")).to_be_visible()
    assert [seen.path for seen in hall.seen if seen.method == "POST"] == ["/tickets/t0k3n/cancel"]


def test_who_is_called_while_leaving_sees_the_call(hall: Stage, phone: Page) -> None:
    show(hall, phone, a_ticket(), "en")
    conflict = {"code": "ticket-state-conflict", "title": "Called", "detail": None, "status": 409}
    truth = at_counter_2("called")
    hall.answer("POST /tickets/t0k3n/cancel", (409, {**conflict, "ticket": truth}))
    phone.get_by_role("button", name="Leave the line").click()
    phone.get_by_role("dialog").get_by_role("button", name="Leave the line").click()
    expect(phone.get_by_role("alert")).to_contain_text("Please go to Counter 2")
    expect(phone.get_by_role("dialog")).to_have_count(0)


def test_leaving_that_fails_says_that_one_is_still_in_the_line(hall: Stage, phone: Page) -> None:
    show(hall, phone, a_ticket(), "en")
    limit = {"code": "rate-limited", "title": "Later", "detail": None, "status": 429}
    hall.answer("POST /tickets/t0k3n/cancel", (429, limit))
    phone.get_by_role("button", name="Leave the line").click()
    phone.get_by_role("dialog").get_by_role("button", name="Leave the line").click()
    expect(phone.get_by_role("dialog")).to_contain_text("You are still in the line")


def test_escape_keeps_my_place(hall: Stage, phone: Page) -> None:
    show(hall, phone, a_ticket(), "en")
    phone.get_by_role("button", name="Leave the line").click()
    phone.keyboard.press("Shift+Tab")
    phone.keyboard.press("Tab")
    expect(phone.get_by_role("dialog").get_by_role("button").first).to_be_focused()
    phone.keyboard.press("Escape")
    expect(phone.get_by_role("dialog")).to_have_count(0)


LETTERS = """(text) => {
    const range = document.createRange();
    range.selectNodeContents(text);
    return range.getBoundingClientRect();
}"""


@pytest.mark.parametrize("state", ["waiting", "called"])
def test_the_longest_number_fits_a_small_phone(hall: Stage, phone: Page, state: str) -> None:
    phone.set_viewport_size({"width": 320, "height": 640})
    show(hall, phone, a_ticket(number="AW1234", state=state))
    number = phone.get_by_text("AW1234", exact=True)
    place = number.evaluate(LETTERS)
    assert place["left"] >= 0
    assert place["right"] <= 320
    assert not phone.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_lost_connection_is_told_and_heals(hall: Stage, phone: Page) -> None:
    show(hall, phone, a_ticket())
    hall.turned_away = "unavailable"
    hall.drop_connections()
    expect(phone.get_by_role("alert")).to_contain_text("Tidak diperbarui sejak pukul")
    expect(phone.get_by_role("alert")).to_contain_text("Tempat Anda dalam antrean tidak berubah")
    expect(phone.get_by_role("heading")).to_contain_text("A012")
    hall.turned_away = None
    hall.state = a_ticket(ahead=2)
    expect(phone.get_by_text("2 orang di depan Anda")).to_be_visible()
    expect(phone.get_by_role("alert")).to_have_count(0)


def test_a_server_that_is_away_at_first_is_asked_again(hall: Stage, phone: Page) -> None:
    busy = {"code": "rate-limited", "title": "Later", "detail": None, "status": 429}
    hall.state = a_ticket()
    hall.answer("GET /tickets/t0k3n", (429, busy))
    phone.goto(hall.url + "/t/t0k3n")
    expect(phone.get_by_role("status")).to_have_text("Server tidak menjawab. Mencoba lagi …")
    hall.answer("GET /tickets/t0k3n", (200, hall.state))
    expect(phone.get_by_role("heading")).to_contain_text("A012")


def test_a_token_that_nobody_knows_says_what_to_do(hall: Stage, phone: Page) -> None:
    unknown = {"code": "not-found", "title": "Not found", "detail": None, "status": 404}
    hall.answer("GET /tickets/t0k3n", (404, unknown))
    phone.goto(hall.url + "/t/t0k3n")
    expect(phone.get_by_role("heading")).to_have_text("Nomor ini tidak dikenal di sini")


def test_the_language_changes_at_a_touch_and_so_does_the_documents(hall: Stage, phone: Page) -> None:
    show(hall, phone, a_ticket())
    phone.get_by_role("button", name="English").click()
    expect(phone.get_by_text("3 people before you")).to_be_visible()
    expect(phone.get_by_role("heading")).to_contain_text("Your number")
    assert phone.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize(
    ("language", "theme", "state"), combinations(["en", "id"], ["light", "dark"], ["waiting", "called", "no_show"])
)
def test_axe_finds_nothing_and_nothing_runs_off_a_small_phone(
    hall: Stage, phone: Page, language: str, theme: str, state: str
) -> None:
    phone.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    ticket = a_ticket(ahead=12) if state == "waiting" else at_counter_2(state)
    show(hall, phone, ticket, language)
    phone.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))")
    assert Axe().run(phone).response["violations"] == []
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = phone.evaluate(
        """[...document.querySelectorAll('button')].map((each) => each.getBoundingClientRect())
            .filter((box) => box.width < 44 || box.height < 44).length"""
    )
    assert small == 0


@pytest.mark.parametrize(
    ("staffing", "why"),
    [
        ("helping", "The open counters call their own customers first."),
        ("paused", "The counter is on a break. Calls go on after it."),
        ("closed", "No counter is open for this service now."),
    ],
)
def test_without_a_counter_that_calls_me_i_am_first_and_not_next(
    hall: Stage, phone: Page, staffing: str, why: str
) -> None:
    show(hall, phone, a_ticket(ahead=0, estimate=None, staffing=staffing), "en")
    expect(phone.get_by_text("You are first in line")).to_be_visible()
    expect(phone.get_by_text(why)).to_be_visible()
    expect(phone).to_have_title("A012 · You are first in line")
    hall.push(a_ticket(ahead=0, staffing="open"))
    expect(phone.get_by_text("You are next")).to_be_visible()
    expect(phone.get_by_text(why)).to_have_count(0)
