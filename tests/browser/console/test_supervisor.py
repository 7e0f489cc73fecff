"""The supervisor's page: true numbers, the hall's screens and papers, the staff."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, WebSocketRoute, expect

from tests.browser.console.hall import PASSWORD, Clerk, Hall

Desk = Callable[..., Clerk]


def a_morning(hall: Hall) -> None:
    """Two counters serve, one customer does not come, some still wait."""
    hall.issue("A", "B", "A", "B", "A")
    for counter in (1, 3):
        hall.verb(counter, "open")
        hall.verb(counter, "call-next")
        hall.verb(counter, "start")
        hall.verb(counter, "finish")
    hall.verb(1, "call-next")
    hall.verb(1, "no-show")
    hall.verb(3, "call-next")


def cells(row: Locator) -> list[str]:
    return [text.strip() for text in row.locator("td").all_inner_texts()]


def clock_time(seconds: float | None) -> str:
    """As the page writes durations."""
    if seconds is None:
        return "–"
    whole = int(seconds + 0.5)
    return f"{whole // 60}:{whole % 60:02d}"


def as_shown(row: dict[str, Any], by: str) -> list[str]:
    """A row of the statistics API as the table's cells."""
    counts = [row[name] for name in ("issued", "called", "served", "no_show") if by != "counter" or name != "issued"]
    spreads = [clock_time(row[name][of]) for name in ("wait", "walk", "service_time") for of in ("mean", "p50", "p90")]
    share = row["within_target"]
    return [*map(str, counts), *spreads, "–" if share is None else f"{share * 100:.0f}%"]


@pytest.mark.parametrize("by", ["counter", "service", "hour"])
def test_the_numbers_are_those_of_the_statistics_api(desk: Desk, hall: Hall, by: str) -> None:
    a_morning(hall)
    page = desk("sari").sign_in("/console/supervisor#waits").page
    told = hall.ask("GET", f"/branches/{hall.slug}/statistics?by={by}")["rows"]
    report = page.get_by_role("region", name=f"By {by}", exact=True)
    expect(report.locator("tbody tr")).to_have_count(len(told))
    for row in told:
        assert cells(report.locator(f'tr[data-key="{row["key"]}"]')) == as_shown(row, by)
    expect(report.get_by_role("img")).to_have_accessible_name(f"Waits: By {by}")


def test_the_numbers_follow_what_happens(desk: Desk, hall: Hall) -> None:
    a_morning(hall)
    page = desk("sari").sign_in("/console/supervisor#waits").page
    served = page.locator(".figure", has_text="Served").locator("dd")
    expect(served).to_have_text("2")
    hall.verb(3, "start")
    hall.verb(3, "finish")
    expect(served).to_have_text("3")


def test_the_numbers_follow_what_happened_before_the_page_was_live(desk: Desk, hall: Hall) -> None:
    a_morning(hall)
    sari = desk("sari")
    waiting: list[WebSocketRoute] = []
    sari.page.route_web_socket("**/socket.io/**", lambda socket: waiting.append(socket))
    page = sari.sign_in("/console/supervisor#waits").page
    served = page.locator(".figure", has_text="Served").locator("dd")
    expect(served).to_have_text("2")
    hall.verb(3, "start")
    hall.verb(3, "finish")
    waiting[-1].connect_to_server()
    expect(served).to_have_text("3")


def test_a_range_of_days_is_shown_by_day_too(desk: Desk, hall: Hall) -> None:
    a_morning(hall)
    page = desk("sari").sign_in("/console/supervisor#waits").page
    page.get_by_role("button", name="7 days").click()
    expect(page.get_by_role("region", name="By day", exact=True).locator("tbody tr")).to_have_count(1)


def test_the_csv_is_the_one_that_spreadsheets_of_the_branchs_language_open(desk: Desk, hall: Hall) -> None:
    a_morning(hall)
    page = desk("sari").sign_in("/console/supervisor#waits").page
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV By counter").click()
    told = hall.ask("GET", f"/branches/{hall.slug}/statistics?by=counter", accept="text/csv; dialect=spreadsheet")
    assert download.value.path().read_bytes() == told.encode()
    assert told.startswith("\ufeffcounter;issued;")


def test_the_csv_is_named_by_the_days_that_the_page_shows(desk: Desk, hall: Hall) -> None:
    a_morning(hall)
    sari = desk("sari")
    sari.page.clock.set_fixed_time("2020-01-01T12:00:00Z")  # the screen's own clock is no source of dates
    page = sari.sign_in("/console/supervisor#waits").page
    expect(page.locator(".live")).to_contain_text("Live")
    for button in ("Today", "7 days"):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_label("From", exact=True)).not_to_have_value("2020-01-01")
        days = [page.get_by_label(each, exact=True).input_value() for each in ("From", "To")]
        with page.expect_download() as download:
            page.get_by_role("button", name="Download CSV By counter").click()
        named = "-".join(dict.fromkeys([hall.slug, "counter", *days]))
        assert download.value.suggested_filename == f"{named}.csv"


MIDDLES = """(parts) => parts.map((part) => {
    const text = document.createRange();
    text.selectNodeContents(part);
    const box = text.getBoundingClientRect();
    return (box.top + box.bottom) / 2;
})"""


def test_the_hall_is_shown_as_it_is_now(desk: Desk, hall: Hall) -> None:
    page = desk("sari").sign_in("/console/supervisor").page
    waiting = page.locator(".figure", has_text="Waiting").locator("dd")
    expect(waiting).to_have_text("0")
    a_morning(hall)
    expect(waiting).to_have_text("1")
    expect(page.locator(".figure", has_text="Called").locator("dd")).to_have_text("1")
    row = page.get_by_role("row", name="Counter 3")
    expect(row).to_contain_text("B002")
    expect(row).to_contain_text("Open")
    middles = row.locator("th, .state, .number, .table__number").evaluate_all(MIDDLES)
    assert len(middles) == 6
    assert max(middles) - min(middles) <= 2, "all of a row stands at one height"
    expect(page.get_by_role("row", name="A Population records")).to_contain_text("within 15 min")
    page.set_viewport_size({"width": 320, "height": 800})
    spilling = page.locator(".figure").evaluate_all(
        "(all) => all.filter((one) => one.scrollWidth > one.clientWidth).length"
    )
    assert spilling == 0, "the number of who waits longest stays within its card"


def test_a_notice_reaches_the_displays_and_is_taken_down(desk: Desk, hall: Hall) -> None:
    page = desk("sari").sign_in("/console/supervisor#hall").page
    page.get_by_label("Bahasa Indonesia", exact=True).fill("Tutup pukul 15.00")
    page.get_by_label("English", exact=True).fill("We close at 15:00")
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_text("The displays show it now.")).to_be_visible()
    board = f"/branches/{hall.slug}/board"
    assert hall.ask("GET", board)["notice"] == {"id": "Tutup pukul 15.00", "en": "We close at 15:00"}
    page.get_by_role("button", name="Take it down").click()
    expect(page.get_by_text("The displays show no notice now.")).to_be_visible()
    assert hall.ask("GET", board)["notice"] is None


def test_a_supervisor_sees_printers_live_holds_one_sends_its_tickets_on_and_prints_again(
    desk: Desk, hall: Hall, accessible: Callable[[Page], None]
) -> None:
    front, back = hall.a_printer("front"), hall.a_printer("back")
    page = desk("sari").sign_in("/console/supervisor#hall").page
    row = page.get_by_role("listitem", name="Printer front")
    expect(row).to_contain_text("its program is not connected")
    hall.says(front, paper="near_end")
    expect(row).to_contain_text("the paper is nearly out")

    row.get_by_role("button", name="Hold").click()
    expect(row).to_contain_text("Held, and no other printer prints")
    hall.says(back)
    expect(row).to_contain_text("Held: another printer prints its tickets")
    hall.issue("A")
    assert hall.claim(front) is None
    hall.print_in_doubt(back)
    row.get_by_role("button", name="Release").click()
    expect(row.get_by_role("button", name="Hold")).to_be_visible()

    row.get_by_label("Its tickets are printed by").select_option("back")
    expect(row).to_contain_text("Its tickets are printed by back")
    other = page.get_by_role("listitem", name="Printer back")
    expect(other.get_by_label("Its tickets are printed by")).to_have_count(0)  # round in a circle is not offered
    expect(other).to_contain_text("1 not confirmed")
    accessible(page)

    page.get_by_label("Number", exact=True).fill("a001")
    page.get_by_role("button", name="Print", exact=True).click()
    expect(page.get_by_text("A001 is on its way; the paper says REPRINT.")).to_be_visible()
    expect(page.locator(".doubts")).to_have_count(0)
    assert hall.papers("A001") == [("queued", True), ("unknown", False)]
    row.get_by_label("Its tickets are printed by").select_option("itself")
    expect(row).to_contain_text("the paper is nearly out")


@pytest.mark.parametrize(("who", "path"), [("sari", "/console/supervisor#hall"), ("rani", None)])
def test_a_paper_that_was_never_cut_off_says_so_and_is_printed_again_with_one_touch(
    desk: Desk, hall: Hall, accessible: Callable[[Page], None], who: str, path: str | None
) -> None:
    printer = hall.a_printer()
    hall.says(printer)
    hall.issue("A", "A", "A")
    for reason in ("broken", "not_cut", "no_proof"):
        hall.print_in_doubt(printer, reason)
    clerk = desk(who)
    page = (clerk.sign_in(path) if path else clerk.open(1)).page
    doubts = page.locator(".doubts li")
    expect(doubts).to_have_count(3)
    said = "Not cut off: at most a torn piece came out."
    expect(doubts.filter(has_text=said)).to_have_count(1)
    expect(doubts.filter(has_text="A002")).to_contain_text(said)
    accessible(page)
    page.get_by_role("button", name="Print again A002").click()
    expect(doubts).to_have_count(2)
    assert hall.papers("A002") == [("queued", True), ("unknown", False)]


def test_an_admin_makes_a_screens_token_and_takes_it_away(desk: Desk, hall: Hall) -> None:
    tuti = desk("tuti").sign_in("/console/supervisor#hall")
    page = tuti.page
    page.get_by_role("button", name="Add a device").click()
    page.get_by_label("Role").select_option("display")
    page.get_by_label("Name", exact=True).fill("Hall")
    page.keyboard.press("Enter")
    address = page.get_by_label("Token", exact=True).input_value()
    assert address.startswith(f"{tuti.url}/display/{hall.slug}#gl_display_")
    page.get_by_role("button", name="I have it").click()
    page.get_by_role("button", name="Revoke Hall").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("button", name="Make a token Hall")).to_be_visible()


def test_a_new_screens_address_is_copied_and_shown_as_a_code_over_plain_http(desk: Desk, hall: Hall) -> None:
    # As on a branch's own network: there, browsers give no page the clipboard.
    insecure = "Object.defineProperty(window, 'isSecureContext', { value: false })"
    tuti = desk("tuti", permissions=["clipboard-read", "clipboard-write"])
    tuti.page.add_init_script(insecure)

    def in_a_network(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"address": "http://192.168.1.10:8080"})

    tuti.page.route(f"**/branches/{hall.slug}/devices", in_a_network)
    page = tuti.enter("/console/supervisor#hall").page
    page.get_by_role("button", name="Add a device").click()
    page.get_by_label("Name", exact=True).fill("Lobby")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="Code with the address of the new device")).to_be_visible()
    address = page.get_by_label("Token", exact=True).input_value()
    assert address.startswith(f"http://192.168.1.10:8080/kiosk/{hall.slug}#gl_kiosk_")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == address
    assert not [url for url in asked if "gl_kiosk_" in url], "no request carries the token"


def test_an_admin_removes_a_device_from_the_list_after_a_question(desk: Desk, hall: Hall) -> None:
    hall.a_printer("back")
    page = desk("tuti").enter("/console/supervisor#hall").page
    remove = page.get_by_role("button", name="Remove back")
    remove.click()
    question = page.get_by_role("dialog", name="Remove back from the list?")
    question.get_by_role("button", name="Cancel").click()
    expect(remove).to_be_visible()
    remove.click()
    question.get_by_role("button", name="Remove").click()
    expect(remove).to_have_count(0)
    listed = hall.ask("GET", f"/branches/{hall.slug}/devices")["devices"]
    assert [each["name"] for each in listed] == ["front"]


def test_a_notice_has_the_length_that_the_file_allows(desk: Desk, hall: Hall) -> None:
    page = desk("sari").enter("/console/supervisor#hall").page
    field = page.get_by_label("English", exact=True)
    field.fill("🎉" * 501)
    expect(page.get_by_text("501 characters; at most 500 can be shown")).to_be_visible()
    page.get_by_role("button", name="Show it").dispatch_event("click")
    expect(page.get_by_text("The displays show it now.")).to_have_count(0)
    field.fill("🎉" * 500)
    expect(page.get_by_text("500 of 500 characters")).to_be_visible()
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_text("The displays show it now.")).to_be_visible()
    assert hall.ask("GET", f"/branches/{hall.slug}/board")["notice"] == {"en": "🎉" * 500}


def test_the_report_has_sections_to_go_to_and_prints_as_numbers_alone(desk: Desk, hall: Hall) -> None:
    a_morning(hall)
    page = desk("sari", color_scheme="dark").enter("/console/supervisor#waits").page
    page.get_by_role("navigation", name="Sections of the report").get_by_role("button", name="By hour").click()
    expect(page.get_by_role("heading", name="By hour")).to_be_focused()
    expect(page.get_by_role("heading", name="By hour")).to_be_in_viewport()
    page.set_viewport_size({"width": 1040, "height": 700})  # A4 on its side, without its margins
    page.emulate_media(media="print")
    expect(page.locator(".printed")).to_contain_text("Mutiara Service Mall")
    expect(page.locator("button:visible, nav:visible, input:visible, .head:visible")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator(".table-scroll").evaluate_all("(all) => all.every((one) => one.scrollWidth <= one.clientWidth)")
    dark_on_light = "getComputedStyle(document.documentElement).color"
    assert page.evaluate(dark_on_light) == "rgb(35, 27, 18)", "dark on light, whatever the screen"


def test_an_admin_adds_a_colleague_who_then_works_and_then_may_not(desk: Desk, hall: Hall) -> None:
    page = desk("tuti").sign_in("/console/supervisor#staff").page
    page.get_by_role("button", name="Add staff").click()
    page.get_by_label("Name", exact=False).first.fill(hall.name("dewi"))
    page.get_by_label("Password", exact=False).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".row", has_text=hall.name("dewi"))).to_contain_text("Counter staff")
    dewi = desk("dewi").open(1)
    page.get_by_role("button", name=f"Disable {hall.name('dewi')}").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(page.locator(".row", has_text=hall.name("dewi"))).to_have_count(0)
    expect(dewi.page.get_by_text("Your session has ended")).to_be_visible()


def test_what_one_sees_depends_on_the_role(desk: Desk) -> None:
    agent = desk("rani").sign_in("/console/supervisor").page
    expect(agent.get_by_role("heading", name="This page is for supervisors")).to_be_visible()
    supervisor = desk("sari").sign_in("/console/supervisor#hall").page
    expect(supervisor.get_by_role("heading", name="Devices")).to_be_visible()
    expect(supervisor.get_by_role("button", name="Add a device")).to_have_count(0)
    expect(supervisor.get_by_role("link", name="Staff")).to_have_count(0)


@pytest.mark.parametrize(
    ("language", "theme"), [pytest.param("en", "dark", marks=pytest.mark.torture), ("id", "light")]
)
def test_every_part_is_accessible_and_within_a_phones_width(
    desk: Desk, hall: Hall, accessible: Callable[[Page], None], language: str, theme: str
) -> None:
    a_morning(hall)
    tuti = desk("tuti", locale=language, color_scheme=theme, viewport={"width": 390, "height": 800})
    page = tuti.sign_in("/console/supervisor").page
    for part, shown in (("now", ".figures"), ("waits", ".report svg"), ("hall", ".row"), ("staff", ".row")):
        page.locator(f'a[href="#{part}"]').click()
        expect(page.locator(shown).first).to_be_visible()
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
