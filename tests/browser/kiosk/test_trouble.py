"""When something is wrong the kiosk says what is certain, and never issues twice."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, ViewportSize, expect

from tests.browser.kiosk.stand import ISSUE, SENIOR, TALL, WIDE, Kiosk, a_board, an_issued_ticket
from tests.browser.stage import JSON
from tests.browser.storage import WAYS


def a_problem(code: str, status: int, detail: str | None = None, **more: str) -> tuple[int, JSON]:
    return status, {"code": code, "title": code, "detail": detail, "status": status, **more}


ONE_STORM = """{
    const wait = window.setTimeout;
    window.setTimeout = (work, delay, ...rest) => wait(work, delay === 500 ? 5000 : delay, ...rest);
}"""
"""To the page the taps of a storm follow one another at once, however long this machine takes from one to the next."""


def storm(page: Page, selector: str, taps: int, at: tuple[float, float] = (0.5, 0.5)) -> None:
    """Taps one spot of the glass again and again, as fast as it goes. `at`: where on the element, in parts of it."""
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    for _ in range(taps):
        page.touchscreen.tap(box["x"] + box["width"] * at[0], box["y"] + box["height"] * at[1])


@pytest.mark.parametrize("screen", [TALL, WIDE], ids=["tall", "wide"])
def test_a_storm_of_touches_is_one_order(kiosk: Kiosk, screen: ViewportSize) -> None:
    kiosk.page.set_viewport_size(screen)
    kiosk.page.add_init_script(ONE_STORM)
    page = kiosk.open()
    expect(page.locator(".service")).to_have_count(4)
    storm(page, ".service", 60)
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    assert len(kiosk.orders()) == 1


def test_a_storm_where_the_next_step_has_its_button_does_not_start_anew(kiosk: Kiosk) -> None:
    kiosk.page.add_init_script(ONE_STORM)
    page = kiosk.open()
    expect(page.locator(".service")).to_have_count(4)
    storm(page, "li:last-child .service", 100, at=(0.95, 0.9))
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    assert len(kiosk.orders()) == 1


def test_two_taps_in_one_instant_are_one_order(kiosk: Kiosk) -> None:
    page = kiosk.open()
    page.locator(".service").first.evaluate("tile => { tile.click(); tile.click(); }")
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    assert len(kiosk.orders()) == 1


def test_the_second_half_of_a_double_tap_does_not_answer_the_question_about_priority(kiosk: Kiosk) -> None:
    kiosk.shows(a_board(), priority_classes=[SENIOR])
    kiosk.page.add_init_script(ONE_STORM)
    page = kiosk.open()
    expect(page.locator(".service").first).to_be_visible()
    storm(page, ".service", 2)
    expect(page.get_by_role("heading", name="Apakah Anda memerlukan prioritas?")).to_be_visible()
    assert kiosk.orders() == []


def dropping(times: float) -> Callable[[Route], None]:
    """Lets the server do what was asked and loses its answer, so many times."""
    left = [times]

    def lose(route: Route) -> None:
        answer = route.fetch()
        if left[0]:
            left[0] -= 1
            route.abort()
        else:
            route.fulfill(response=answer)

    return lose


def test_a_lost_answer_is_asked_for_again_with_the_same_key(kiosk: Kiosk) -> None:
    kiosk.page.route("**/tickets", dropping(math.inf))
    page = kiosk.take()
    expect(page.get_by_text("server tidak menjawab")).to_be_visible()
    page.unroute("**/tickets")
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    keys = [key for key, _ in kiosk.orders()]
    assert len(keys) > 1
    assert len(set(keys)) == 1


def test_a_server_in_trouble_is_asked_again_since_nothing_is_certain(kiosk: Kiosk) -> None:
    kiosk.stage.answer(ISSUE, a_problem("http-500", 500), a_problem("unavailable", 503), (201, an_issued_ticket()))
    page = kiosk.take()
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    assert len({key for key, _ in kiosk.orders()}) == 1


def test_who_stops_trying_is_not_told_that_no_number_was_issued(kiosk: Kiosk) -> None:
    kiosk.stage.answer(ISSUE, a_problem("unavailable", 503))
    page = kiosk.take()
    expect(page.get_by_text("Nomor Anda mungkin sudah dibuat")).to_be_visible()
    expect(page.get_by_text("Nomor tidak diterbitkan")).to_have_count(0)
    page.get_by_role("button", name="Berhenti mencoba").click()
    expect(page.get_by_role("heading", name="Ada yang bisa kami bantu hari ini?")).to_be_visible()
    asked = len(kiosk.orders())
    kiosk.stage.answer(ISSUE, (201, an_issued_ticket()))
    page.get_by_role("button", name="Pajak dan Retribusi").click()
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    keys = [key for key, _ in kiosk.orders()]
    assert keys[-1] not in keys[:asked]


def test_a_refusal_says_that_no_number_was_issued_and_why(kiosk: Kiosk) -> None:
    page = kiosk.open()
    for code, words in [
        ("service-closed", "baru saja ditutup"),
        ("quota-reached", "nomor hari ini untuk Administrasi Kependudukan sudah habis"),
        ("numbers-exhausted", "tidak ada lagi nomor"),
        ("validation", "Silakan coba lagi"),
    ]:
        kiosk.stage.answer(ISSUE, a_problem(code, 409))
        page.get_by_role("button", name="Administrasi Kependudukan").click()
        expect(page.get_by_role("heading", name="Nomor tidak diterbitkan")).to_be_visible()
        expect(page.get_by_text(words)).to_be_visible()
        page.get_by_role("button", name="Pilih layanan lain").click()
    assert len({key for key, _ in kiosk.orders()}) == len(kiosk.orders()) == 4


def test_who_touches_a_second_too_late_is_told_so_kindly_and_when_to_come_back(kiosk: Kiosk) -> None:
    """The branch closes between what the kiosk showed and the touch: the server's answer is the truth."""
    page = kiosk.open()
    monday, three = "2026-11-30T01:00:00Z", "2026-11-23T08:00:00Z"
    for problem, words, back in [
        (a_problem("service-closed", 409, opens_at="2026-11-24T01:00:00Z"), "baru saja ditutup", "besok pukul 08.00"),
        (
            a_problem("service-closed", 409, opens_at="2026-11-27T01:00:00Z", closes_at=three),
            "tidak ada lagi nomor baru untuk Administrasi Kependudukan hari ini. Kami tutup pukul 15.00.",
            "Jumat pukul 08.00",
        ),
        (a_problem("quota-reached", 409, opens_at=monday), "sudah habis", "Senin, 30 November pukul 08.00"),
    ]:
        kiosk.stage.answer(ISSUE, problem)
        page.get_by_role("button", name="Administrasi Kependudukan").click()
        expect(page.get_by_role("heading", name="Nomor tidak diterbitkan")).to_be_visible()
        expect(page.get_by_text(words)).to_be_visible()
        expect(page.get_by_text(f"Silakan datang kembali {back}.")).to_be_visible()
        page.get_by_role("button", name="Pilih layanan lain").click()


def test_paper_that_does_not_come_asks_to_note_the_number_or_scan(kiosk: Kiosk) -> None:
    page = kiosk.open()
    for state in ("not_sent", "expired"):
        kiosk.paper("started", state)
        page.get_by_role("button", name="Administrasi Kependudukan").click()
        expect(page.get_by_text("Printer tidak mencetak")).to_be_visible()
        expect(page.get_by_role("img", name="Kode berisi alamat halaman tiket Anda")).to_be_visible()
        page.get_by_role("button", name="Selesai").click()


def test_a_printer_that_cannot_prove_the_paper_is_not_called_broken(kiosk: Kiosk) -> None:
    kiosk.page.clock.install()
    kiosk.paper("started", "unknown")
    page = kiosk.take()
    said = page.get_by_text("Jika tidak keluar: catat nomor, pindai kode, atau hubungi petugas.")
    expect(said).to_be_visible()
    expect(page.get_by_text("Printer tidak mencetak")).to_have_count(0)
    expect(page.locator(".paper--failed")).to_have_count(0)
    page.clock.fast_forward(20_000)  # longer than a proven ticket stays: noting the number takes time
    expect(said).to_be_visible()


def test_where_no_printer_prints_the_kiosk_says_so_beforehand_and_with_the_number_and_still_tells_late_paper(
    kiosk: Kiosk,
) -> None:
    kiosk.prints(False)
    kiosk.paper("queued", printable=False)
    page = kiosk.open()
    expect(page.get_by_text("Printer sedang tidak mencetak. Anda tetap dapat mengambil nomor")).to_be_visible()
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
    page.get_by_role("button", name="Administrasi Kependudukan").click()
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    expect(page.get_by_text("Printer tidak mencetak. Mohon catat nomor Anda")).to_be_visible()
    kiosk.paper("printed")
    expect(page.get_by_text("Silakan ambil tiket Anda", exact=True)).to_be_visible()
    kiosk.prints(True)
    kiosk.paper("unknown", resolution="printed")
    page.get_by_role("button", name="Selesai").click()
    expect(page.get_by_text("Sentuh layanan untuk mengambil")).to_be_visible()
    expect(page.get_by_text("Printer sedang tidak mencetak")).to_have_count(0)
    page.get_by_role("button", name="Administrasi Kependudukan").click()
    expect(page.get_by_text("Silakan ambil tiket Anda", exact=True)).to_be_visible()


def test_slow_paper_tells_at_once_what_to_do_without_it_and_still_comes(kiosk: Kiosk) -> None:
    kiosk.page.clock.install()
    kiosk.paper("started")
    page = kiosk.take()
    expect(page.get_by_text("Tiket Anda sedang dicetak …", exact=True)).to_be_visible()
    hint = page.get_by_text("Jika tidak keluar, catat nomor Anda atau pindai kodenya.")
    expect(hint).to_have_count(0)
    page.clock.fast_forward(4_000)
    expect(hint).to_contain_text("Tiket Anda sedang dicetak …")
    expect(page.get_by_text("Printer tidak mencetak")).to_have_count(0)
    kiosk.paper("printed")
    expect(page.get_by_text("Silakan ambil tiket Anda", exact=True)).to_be_visible()
    page.get_by_role("button", name="Saya butuh waktu lebih").click()
    page.clock.fast_forward(9_000)  # past the time after which paper is no longer believed in
    expect(page.get_by_text("Silakan ambil tiket Anda", exact=True)).to_be_visible()


def test_a_printer_that_says_nothing_is_believed_for_twelve_seconds_only(kiosk: Kiosk) -> None:
    kiosk.page.clock.install()
    kiosk.paper("started")
    page = kiosk.take()
    expect(page.get_by_text("Tiket Anda sedang dicetak")).to_be_visible()
    page.clock.fast_forward(12_000)
    expect(page.get_by_text("Printer tidak mencetak")).to_be_visible()
    kiosk.paper("printed")
    expect(page.get_by_text("Silakan ambil tiket Anda")).to_be_visible()


def test_a_kiosk_without_a_printer_says_so(kiosk: Kiosk) -> None:
    kiosk.stage.answer(ISSUE, (201, an_issued_ticket(print_job=None)))
    page = kiosk.take()
    expect(page.get_by_text("Mesin ini tidak mencetak kertas")).to_be_visible()


def test_a_kiosk_without_a_token_tells_it_what_to_do_and_takes_one(kiosk: Kiosk) -> None:
    page = kiosk.open(token="")
    expect(page.get_by_role("heading", name="Mesin ini belum memiliki token")).to_be_visible()
    expect(page.get_by_text(f"{kiosk.stage.url}/console/supervisor#hall", exact=True)).to_be_visible()
    expect(page.get_by_text("giliran token create --role kiosk --branch central")).to_be_visible()
    page.get_by_label("Token").fill("k1osk")
    page.get_by_role("button", name="Gunakan token ini").click()
    expect(page.get_by_role("heading", name="Ada yang bisa kami bantu hari ini?")).to_be_visible()
    assert "k1osk" not in page.url
    assert kiosk.stage.auths[-1] == {"token": "k1osk"}


def test_a_revoked_token_leads_to_the_page_for_it_and_a_new_one_after_the_hash_mends_it(kiosk: Kiosk) -> None:
    kiosk.stage.answer(ISSUE, a_problem("unauthenticated", 401, "This token was revoked."))
    page = kiosk.take()
    expect(page.get_by_role("heading", name="Server tidak lagi menerima token mesin ini")).to_be_visible()
    expect(page.get_by_text("This token was revoked.")).to_be_visible()
    kiosk.open("new")
    expect(page.get_by_role("heading", name="Ada yang bisa kami bantu hari ini?")).to_be_visible()
    assert kiosk.stage.auths[-1] == {"token": "new"}


def test_a_feed_that_turns_the_token_away_leads_there_too(kiosk: Kiosk) -> None:
    kiosk.stage.turned_away = "unauthenticated"
    page = kiosk.open()
    expect(page.get_by_role("heading", name="Server tidak lagi menerima token mesin ini")).to_be_visible()


def test_the_back_button_and_the_menu_do_nothing(kiosk: Kiosk) -> None:
    page = kiosk.take()
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    page.evaluate("window.stillTheSame = true")
    for _ in range(4):
        page.evaluate("history.back()")
    kept = page.evaluate("!document.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true }))")
    assert kept
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    assert page.evaluate("window.stillTheSame") is True


def test_a_new_build_waits_until_the_customer_has_gone(kiosk: Kiosk) -> None:
    page = kiosk.take()
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    page.evaluate("window.stillTheSame = true")
    kiosk.stage.build = "two"
    kiosk.shows(a_board(branch_name={"id": "Mal yang Diperbarui"}))
    kiosk.stage.drop_connections()
    expect(page.get_by_text("Mal yang Diperbarui")).to_be_visible()  # so it has heard of the build too
    reloaded_for = "sessionStorage.getItem('giliran.reloaded-for')"
    assert page.evaluate(f"[window.stillTheSame, {reloaded_for}]") == [True, None]
    with page.expect_navigation():
        page.get_by_role("button", name="Selesai").click()
    assert page.evaluate(reloaded_for) == "two"


@pytest.mark.parametrize("way", WAYS)
def test_a_kiosk_whose_browser_keeps_nothing_gives_numbers_also_after_it_was_loaded_again(
    kiosk: Kiosk, way: str
) -> None:
    kiosk.page.add_init_script(WAYS[way])
    page = kiosk.open()
    expect(page.locator(".service")).to_have_count(4)
    page.reload()
    page.locator(".service").first.click()
    expect(page.get_by_role("heading", name="A012")).to_be_visible()


def test_an_order_that_was_kept_half_does_not_stop_the_kiosk(kiosk: Kiosk) -> None:
    page = kiosk.open()
    page.evaluate("localStorage.setItem('giliran.order.central', '{\"order\": {\"serv')")
    page.reload()
    expect(page.locator(".service")).to_have_count(4)
