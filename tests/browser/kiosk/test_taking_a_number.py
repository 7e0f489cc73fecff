"""A customer's way: choose, take a number, read what comes next, and leave the screen to the next one."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.kiosk.stand import ISSUE, LAST_TICKET, SENIOR, Kiosk, a_board, a_service, an_issued_ticket, closed


def tile(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name)


def test_a_tile_tells_who_waits_and_how_long_as_a_range(kiosk: Kiosk) -> None:
    kiosk.shows(
        a_board(a_service("A", waiting=9, ahead=12), a_service("B", waiting=1, ahead=0, estimate=None, remaining=8))
    )
    page = kiosk.open()
    expect(tile(page, "Administrasi Kependudukan")).to_contain_text("12 orang di depan Anda")
    expect(tile(page, "Administrasi Kependudukan")).to_contain_text(re.compile("sekitar 10\u2060–\u206020 menit"))
    expect(tile(page, "Pajak dan Retribusi")).to_contain_text("Tidak ada orang di depan Anda")
    expect(tile(page, "Pajak dan Retribusi")).not_to_contain_text("Tunggu")
    expect(tile(page, "Pajak dan Retribusi")).to_contain_text("Sisa 8 nomor hari ini")
    page.get_by_role("button", name="English").click()
    expect(tile(page, "Population Administration")).to_contain_text("12 people before you")


def test_the_counts_follow_the_branch_live(kiosk: Kiosk) -> None:
    page = kiosk.open()
    expect(tile(page, "Administrasi Kependudukan")).to_contain_text("3 orang di depan Anda")
    kiosk.stage.push(a_board(a_service("A", ahead=4)))
    expect(tile(page, "Administrasi Kependudukan")).to_contain_text("4 orang di depan Anda")


def test_a_closed_service_says_why_and_gives_no_number(kiosk: Kiosk) -> None:
    kiosk.shows(a_board(a_service("A"), closed("B", "quota"), closed("C", "numbers"), closed("D", "hours")))
    page = kiosk.open()
    for name, why in [
        ("Pajak dan Retribusi", "Nomor untuk hari ini sudah habisNomor baru besok pukul 08.00"),
        ("Perizinan Usaha", "Nomor untuk hari ini sudah habisNomor baru besok pukul 08.00"),
        ("Jaminan Kesehatan", "Sedang tutupBuka besok pukul 08.00"),
    ]:
        expect(tile(page, name)).to_contain_text(why)
        expect(tile(page, name)).to_be_disabled()
        tile(page, name).dispatch_event("click")
    tile(page, "Administrasi Kependudukan").click()
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    assert [body["service"] for _, body in kiosk.orders()] == ["A"]


def test_a_service_without_an_open_counter_warns_and_still_gives_a_number(kiosk: Kiosk) -> None:
    kiosk.shows(a_board(a_service("A", closed_reason="no_counter", staffing="closed", estimate=None)))
    page = kiosk.open()
    expect(tile(page, "Administrasi Kependudukan")).to_contain_text("Belum ada loket yang buka")
    tile(page, "Administrasi Kependudukan").click()
    expect(page.get_by_role("heading", name="A012")).to_be_visible()


@pytest.mark.parametrize(
    ("opens_at", "said", "spoken"),
    [
        ("2026-11-23T06:00:00Z", "Buka pukul 13.00", "Opens at 13:00"),
        ("2026-11-24T01:00:00Z", "Buka besok pukul 08.00", "Opens tomorrow at 08:00"),
        ("2026-11-27T01:00:00Z", "Buka Jumat pukul 08.00", "Opens on Friday at 08:00"),
        (
            "2026-11-30T01:00:00Z",
            "Buka Senin, 30 November pukul 08.00",
            "Opens on Monday 30 November at 08:00",
        ),
        # closed for a special day alone: it is open from midnight on, which is no hour to come at
        ("2026-11-23T17:00:00Z", "Buka besok", "Opens tomorrow"),
        ("2026-11-26T17:00:00Z", "Buka hari Jumat", "Opens on Friday"),
    ],
)
def test_a_closed_branch_says_when_it_opens(kiosk: Kiosk, opens_at: str, said: str, spoken: str) -> None:
    kiosk.shows(a_board(closed("A", "hours", opens_at), open=False, opens_at=opens_at))
    page = kiosk.open()
    expect(page.get_by_role("heading", name="Kami sedang tutup")).to_have_text(f"Kami sedang tutup{said}")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="We are closed now")).to_have_text(f"We are closed now{spoken}")


def test_the_last_number_has_been_given_says_the_kiosk_by_itself_and_when_to_come_back(kiosk: Kiosk) -> None:
    page = kiosk.open()
    expect(page.get_by_role("heading", name="Ada yang bisa kami bantu")).to_be_visible()
    kiosk.stage.push(LAST_TICKET)
    expect(page.get_by_role("heading", name="Tidak ada lagi nomor baru hari ini")).to_contain_text(
        "Silakan datang kembali besok pukul 08.00"
    )
    expect(
        page.get_by_text("Kami tutup pukul 15.00. Jika sudah memegang nomor, Anda tetap kami layani.")
    ).to_be_visible()
    expect(tile(page, "Perizinan Usaha")).to_be_disabled()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_text("If you already hold a number, you will still be served.")).to_be_visible()
    kiosk.stage.push(a_board())  # the next morning
    expect(page.get_by_role("heading", name="What brings you here today?")).to_be_visible()


def test_when_all_numbers_are_taken_the_kiosk_asks_nobody_to_touch_a_service(kiosk: Kiosk) -> None:
    kiosk.shows(a_board(closed("A", "quota"), closed("B", "numbers")))
    page = kiosk.open()
    heading = page.get_by_role("heading", name="Nomor untuk hari ini sudah habis")
    expect(heading).to_contain_text("Silakan datang kembali besok pukul 08.00.")
    midnight = "2026-11-23T17:00:00Z"  # a branch without hours: with the day come the numbers
    kiosk.stage.push(a_board(closed("A", "quota", midnight), closed("B", "numbers", midnight)))
    expect(heading).to_contain_text("Silakan datang kembali besok.")
    expect(page.get_by_text("Sentuh layanan")).to_have_count(0)


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
    expect(choices.nth(1)).to_contain_text("Giliran Anda didahulukan 20 menit.")
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
    expect(page.get_by_text(re.compile(r"Kembali ke awal dalam \d+ detik"))).to_be_visible()
    page.clock.fast_forward(15_000)
    expect(page.get_by_role("heading", name="Ada yang bisa kami bantu hari ini?")).to_be_visible()
    expect(page.locator(".quiet")).to_be_hidden()


@pytest.mark.parametrize("job", [None, "j1"], ids=["no printer", "a printer that fails"])
def test_where_nothing_is_printed_there_is_time_to_note_the_number(kiosk: Kiosk, job: str | None) -> None:
    kiosk.page.clock.install()
    kiosk.stage.answer(ISSUE, (201, an_issued_ticket(print_job=job)))
    kiosk.paper("not_sent")
    page = kiosk.take()
    expect(page.get_by_text(re.compile("catat nomor"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"Kembali ke awal dalam \d+ detik"))).to_be_visible()
    page.clock.fast_forward(40_000)
    expect(page.get_by_role("heading", name="A012")).to_be_visible()
    page.clock.fast_forward(10_000)
    expect(page.get_by_role("heading", name="Ada yang bisa kami bantu hari ini?")).to_be_visible()


def test_everybody_sees_that_a_touch_keeps_the_screen(kiosk: Kiosk) -> None:
    kiosk.page.clock.install()
    page = kiosk.take()
    expect(page.get_by_text("Sentuh layar untuk tetap di sini.")).to_be_visible()
    for _ in range(3):
        page.clock.fast_forward(10_000)
        page.locator(".slip").click()
    expect(page.get_by_role("heading", name="A012")).to_be_visible()


def test_while_the_number_is_made_it_is_said_that_one_touch_is_enough(kiosk: Kiosk) -> None:
    kiosk.stage.answer(ISSUE, (503, {"code": "unavailable", "title": "", "detail": None, "status": 503}))
    page = kiosk.take()
    expect(page.get_by_text("Anda tidak perlu menyentuh lagi.")).to_be_visible()


def test_one_touch_gives_more_time(kiosk: Kiosk) -> None:
    kiosk.page.clock.install()
    page = kiosk.take()
    page.get_by_role("button", name="Saya butuh waktu lebih").click()
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


def test_without_an_address_for_phones_nothing_is_said_of_a_code(kiosk: Kiosk) -> None:
    kiosk.stage.answer(ISSUE, (201, an_issued_ticket(qr_url=None, url="http://127.0.0.1:8080/t/t0k3n")))
    kiosk.paper("not_sent")
    kiosk.prints(False, codes=False)
    page = kiosk.open()
    expect(page.get_by_text("mohon catat nomornya")).to_be_visible()
    tile(page, "Administrasi Kependudukan").click()
    expect(page.get_by_text("Printer tidak mencetak. Mohon catat nomor Anda.", exact=True)).to_be_visible()
    expect(page.locator(".qr")).to_have_count(0)
    expect(page.get_by_text(re.compile("pindai|kode", re.IGNORECASE))).to_have_count(0)


@pytest.mark.parametrize(
    ("staffing", "place", "why"),
    [
        ("open", "Giliran Anda berikutnya", None),
        ("helping", "Anda di urutan pertama", "Loket yang buka mendahulukan antreannya sendiri."),
        ("paused", "Anda di urutan pertama", "Loket sedang jeda. Panggilan dilanjutkan setelah jeda."),
        ("closed", "Anda di urutan pertama", "Saat ini belum ada loket yang buka untuk layanan ini."),
    ],
)
def test_the_first_in_line_is_next_only_where_a_counter_calls_now(
    kiosk: Kiosk, staffing: str, place: str, why: str | None
) -> None:
    kiosk.stage.answer(ISSUE, (201, an_issued_ticket(ahead=0, estimate=None, staffing=staffing)))
    page = kiosk.take()
    expect(page.get_by_text(place)).to_be_visible()
    if why is None:
        expect(page.get_by_text("Anda di urutan pertama")).to_have_count(0)
    else:
        expect(page.get_by_text(why)).to_be_visible()
        expect(page.get_by_text("Giliran Anda berikutnya")).to_have_count(0)
