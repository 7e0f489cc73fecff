"""A customer's way: choose, take a number, read what comes next, and leave the screen to the next one."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.kiosk.stand import SENIOR, Kiosk, a_board, a_service, an_issued_ticket, closed


def tile(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name)


def test_a_tile_tells_who_waits_and_how_long_as_a_range(kiosk: Kiosk) -> None:
    kiosk.shows(a_board(a_service("A", waiting=12), a_service("B", waiting=0, estimate=None, remaining=8)))
    page = kiosk.open()
    expect(tile(page, "Administrasi Kependudukan")).to_contain_text("12 orang menunggu")
    expect(tile(page, "Administrasi Kependudukan")).to_contain_text(re.compile("sekitar 10\u2060–\u206020 menit"))
    expect(tile(page, "Pajak dan Retribusi")).to_contain_text("Tidak ada antrean")
    expect(tile(page, "Pajak dan Retribusi")).to_contain_text("Tunggu: —")
    expect(tile(page, "Pajak dan Retribusi")).to_contain_text("Sisa 8 nomor hari ini")


def test_the_counts_follow_the_branch_live(kiosk: Kiosk) -> None:
    page = kiosk.open()
    expect(tile(page, "Administrasi Kependudukan")).to_contain_text("3 orang menunggu")
    kiosk.stage.push(a_board(a_service("A", waiting=4)))
    expect(tile(page, "Administrasi Kependudukan")).to_contain_text("4 orang menunggu")


def test_a_closed_service_says_why_and_gives_no_number(kiosk: Kiosk) -> None:
    kiosk.shows(a_board(a_service("A"), closed("B", "quota"), closed("C", "numbers"), closed("D", "hours")))
    page = kiosk.open()
    for name, why in [
        ("Pajak dan Retribusi", "Nomor untuk hari ini sudah habis"),
        ("Perizinan Usaha", "Nomor untuk hari ini sudah habis"),
        ("Jaminan Kesehatan", "Sedang tutup"),
    ]:
        expect(tile(page, name)).to_contain_text(why)
        expect(tile(page, name)).to_be_disabled()
        tile(page, name).dispatch_event("click")
    tile(page, "Administrasi Kependudukan").click()
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    assert [body["service"] for _, body in kiosk.orders()] == ["A"]


def test_a_service_without_an_open_counter_warns_and_still_gives_a_number(kiosk: Kiosk) -> None:
    kiosk.shows(a_board(a_service("A", closed_reason="no_counter", estimate=None)))
    page = kiosk.open()
    expect(tile(page, "Administrasi Kependudukan")).to_contain_text("Belum ada loket yang buka")
    tile(page, "Administrasi Kependudukan").click()
    expect(page.get_by_role("heading", name="A012")).to_be_visible()


def test_a_closed_branch_says_when_it_opens(kiosk: Kiosk) -> None:
    kiosk.shows(a_board(closed("A", "hours"), open=False), opens_at="2026-11-24T01:00:00Z")
    page = kiosk.open()
    expect(page.get_by_role("heading", name="Kami sedang tutup")).to_contain_text(
        "Buka Selasa, 24 November 2026 pukul 08.00"
    )


def test_the_number_comes_with_what_happens_next(kiosk: Kiosk) -> None:
    page = kiosk.take()
    expect(page.get_by_role("heading", name="Nomor antrean Anda A012")).to_be_focused()
    expect(page.get_by_text("3 orang di depan Anda")).to_be_visible()
    expect(page.get_by_text("sekitar 10–20 menit")).to_be_visible()
    expect(page.get_by_role("img", name="Kode berisi alamat halaman tiket Anda")).to_be_visible()
    expect(page.get_by_text("Silakan ambil tiket Anda")).to_be_visible()


def test_the_first_language_greets_and_the_chosen_one_goes_onto_the_ticket(kiosk: Kiosk) -> None:
    page = kiosk.open()
    expect(page.get_by_role("heading", name="Ada yang bisa kami bantu hari ini?")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    tile(page, "Population Administration").click()
    expect(page.get_by_role("heading", name="Your number A012")).to_be_visible()
    assert kiosk.orders()[0][1] == {"service": "A", "language": "en"}
    page.get_by_role("button", name="Done", exact=True).click()
    expect(page.get_by_role("heading", name="Ada yang bisa kami bantu hari ini?")).to_be_visible()


def test_where_there_are_classes_the_customer_is_asked_with_no_priority_first(kiosk: Kiosk) -> None:
    kiosk.shows(a_board(), priority_classes=[SENIOR])
    kiosk.stage.answer(
        "POST /branches/central/tickets", (201, an_issued_ticket(priority="senior", priority_name=SENIOR["name"]))
    )
    page = kiosk.take()
    choices = page.locator(".classes").get_by_role("button")
    expect(choices).to_have_count(2)
    expect(choices.nth(0)).to_contain_text("Tidak, terima kasih")
    expect(choices.nth(1)).to_contain_text("Anda dipanggil seolah-olah datang 20 menit lebih awal.")
    choices.nth(1).click()
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    expect(page.locator(".slip")).to_contain_text("Lansia")
    assert kiosk.orders()[0][1]["priority"] == "senior"


def test_without_priority_none_is_asked_for(kiosk: Kiosk) -> None:
    kiosk.shows(a_board(), priority_classes=[SENIOR])
    page = kiosk.take()
    tile(page, "Tidak, terima kasih").click()
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    assert "priority" not in kiosk.orders()[0][1]


def test_a_number_called_while_its_customer_stands_here_says_where_to_go(kiosk: Kiosk) -> None:
    page = kiosk.take()
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    call = {
        "id": "t1", "seq": 7, "number": "A012", "counter": 2, "counter_name": {"en": "Counter 2", "id": "Loket 2"},
        "service": "A", "service_name": {}, "called_at": "2026-11-23T03:00:05Z", "recalls": 0, "state": "called",
    }  # fmt: skip
    kiosk.stage.push(a_board(calls=[call]))
    expect(page.get_by_role("alert")).to_contain_text("Silakan menuju ke Loket 2")


def test_after_a_quiet_time_the_number_gives_way_to_the_next_customer(kiosk: Kiosk) -> None:
    kiosk.page.clock.install()
    page = kiosk.take()
    expect(page.get_by_text(re.compile(r"Kembali ke awal dalam 1\d detik"))).to_be_visible()
    page.clock.fast_forward(15_000)
    expect(page.get_by_role("heading", name="Ada yang bisa kami bantu hari ini?")).to_be_visible()
    expect(page.locator(".quiet")).to_be_hidden()


def test_one_touch_gives_more_time(kiosk: Kiosk) -> None:
    kiosk.page.clock.install()
    page = kiosk.take()
    page.get_by_role("button", name="Saya perlu waktu lagi").click()
    page.clock.fast_forward(40_000)
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    page.clock.fast_forward(25_000)
    expect(page.get_by_role("heading", name="Ada yang bisa kami bantu hari ini?")).to_be_visible()


def test_a_language_and_a_way_of_reading_end_with_the_visit(kiosk: Kiosk) -> None:
    kiosk.page.clock.install()
    page = kiosk.open()
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Larger text").click()
    page.get_by_role("button", name="High contrast").click()
    expect(page.locator("html[data-larger][data-contrast]")).to_be_attached()
    page.clock.fast_forward(31_000)
    expect(page.get_by_role("heading", name="Ada yang bisa kami bantu hari ini?")).to_be_visible()
    expect(page.locator("html[data-larger], html[data-contrast]")).to_have_count(0)


def test_everything_can_be_done_with_the_keyboard(kiosk: Kiosk) -> None:
    kiosk.shows(a_board(), priority_classes=[SENIOR])
    page = kiosk.open()
    expect(page.get_by_role("heading", name="Ada yang bisa kami bantu hari ini?")).to_be_focused()
    page.keyboard.press("Tab")
    expect(tile(page, "Administrasi Kependudukan")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Apakah Anda memerlukan prioritas?")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="A012")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Selesai")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ada yang bisa kami bantu hari ini?")).to_be_focused()
