"""The clerk's work at a counter, with one key and with all of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.hall import Clerk, Hall, Server, build_hall

Desk = Callable[..., Clerk]


def test_the_space_bar_alone_calls_starts_and_finishes_one_after_another(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A", "A")
    expect(rani.page.locator(".current__next")).to_have_text("A001")
    rani.press("Space")
    rani.sees("A001", "called")
    rani.press("Space")
    rani.sees("A001", "serving")
    rani.press("Space")
    rani.sees("A002", "called")
    assert hall.ticket_at(1) == ("A002", "called")
    assert hall.called() == ["A001", "A002"]


def test_where_a_call_is_a_start_the_space_bar_calls_one_after_another(desk: Desk, server: Server) -> None:
    hall = build_hall(server, "on-call", start="on_call")
    hall.issue("A", "A")
    rani = desk()
    rani.hall = hall
    rani.open(1)
    rani.press("Space")
    rani.sees("A001", "serving")
    rani.press("Space")
    rani.sees("A002", "serving")
    assert hall.called() == ["A001", "A002"]


def test_next_with_a_customer_on_the_way_says_what_is_missing(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A", "A")
    rani.press("n")
    rani.sees("A001", "called")
    rani.press("n")
    expect(rani.said).to_contain_text("Start when the customer is here")
    assert hall.ticket_at(1) == ("A001", "called")


def test_the_second_half_of_a_double_press_does_nothing(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A", "A")
    expect(rani.page.locator(".current__next")).to_have_text("A001")
    rani.main.dblclick()
    rani.sees("A001", "called")
    expect(rani.main).not_to_have_attribute("aria-disabled", "true")
    assert hall.ticket_at(1) == ("A001", "called")


def test_a_key_that_is_held_down_does_its_action_once(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A")
    rani.press("n")
    rani.sees("A001", "called")
    for _ in range(5):
        rani.page.keyboard.down("r")
    expect(rani.said).to_contain_text("called again")
    assert rani.hall.ask("GET", f"/branches/{hall.slug}/board")["calls"][0]["recalls"] == 1


def test_keys_mean_nothing_while_one_types_or_is_asked(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A")
    rani.press("c")
    rani.page.locator("[name=reason]").type("next onz")
    rani.page.get_by_role("dialog").get_by_role("button", name="Cancel").focus()
    rani.page.keyboard.press("n")
    expect(rani.page.locator("[name=reason]")).to_have_value("next onz")
    rani.page.keyboard.press("Escape")
    assert hall.at(1)["state"] == "open"
    assert hall.called() == []


def test_single_letters_can_be_switched_off_and_stay_off(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A")
    rani.press("?")
    rani.page.get_by_role("checkbox").uncheck()
    rani.page.keyboard.press("Escape")
    rani.page.reload()
    expect(rani.main).to_be_focused()
    expect(rani.main.locator("kbd")).to_have_count(1)
    rani.page.keyboard.press("n")
    rani.press("Space")
    rani.sees("A001", "called")
    assert hall.called() == ["A001"]


def test_every_action_can_be_done_from_the_keyboard(desk: Desk, hall: Hall) -> None:
    hall.issue("A", "B", "A")
    rani = desk()
    page = rani.sign_in().page
    expect(page.locator(".counter").first).to_be_focused()
    page.keyboard.press("2")
    rani.press("n")
    rani.sees("A001", "called")
    rani.press("r")
    expect(rani.said).to_contain_text("A001 is called again")
    rani.press("s")
    rani.sees("A001", "serving")
    rani.press("p")
    page.keyboard.type("Makes a copy")
    page.keyboard.press("Enter")
    rani.sees_nobody()
    expect(page.locator(".aside")).to_contain_text("set aside 0:0")
    expect(page.locator(".aside")).to_contain_text("Makes a copy")
    rani.press("n")
    rani.sees("B001", "called")
    rani.press("x")
    expect(page.locator(".handled")).to_contain_text("B001")
    rani.press("n")
    rani.sees("A002", "called")
    rani.press("b")
    rani.sees_nobody()
    rani.press("c")
    page.keyboard.type("a001")  # was set aside: no reason is asked
    page.keyboard.press("Enter")
    rani.sees("A001", "called")
    rani.press("s", "f")
    rani.sees_nobody()
    rani.press("z")
    page.keyboard.type("Prayer")
    page.keyboard.press("Enter")
    expect(page.locator(".current--empty")).to_contain_text("paused")
    assert hall.at(2)["reason"] == "Prayer"
    rani.press("o")
    expect(page.locator(".current__next")).to_have_text("A002")
    rani.press("q", "q")  # somebody waits: it asks, and the same key says yes
    expect(page.get_by_role("heading", name="Which counter is yours?")).to_be_visible()
    assert hall.at(2)["state"] == "closed"
    assert hall.called() == ["A001", "B001", "A002", "A001"]


def test_a_counter_with_people_is_not_closed_without_asking(desk: Desk, hall: Hall) -> None:
    hall.issue("A", "B", "B")
    hall.verb(3, "open")
    rani = desk().open(2)
    page = rani.page
    question = page.get_by_role("dialog", name="Close Counter 2?")
    rani.press("n")
    rani.sees("A001", "called")
    rani.press("q")
    expect(rani.said).to_contain_text("Customer A001 is still at your counter")
    rani.press("b")
    rani.sees_nobody()
    rani.press("q")
    expect(question).to_contain_text("3 people are waiting for this counter. No other open counter takes 1 of them")
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Space")  # what a clerk presses next, who did not mean Q
    expect(question).to_have_count(0)
    expect(rani.main).to_be_focused()
    assert hall.at(2)["state"] == "open"
    hall.verb(1, "open")
    rani.press("q")
    expect(question).to_contain_text("Other open counters call them")
    question.get_by_role("button", name="Close counter").click()
    expect(page.get_by_role("heading", name="Which counter is yours?")).to_be_visible()
    assert hall.at(2)["state"] == "closed"


def test_next_with_nobody_waiting_finishes_the_customer_and_says_so(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A")
    rani.press("n", "s")
    rani.sees("A001", "serving")
    rani.press("n")
    rani.sees_nobody()
    expect(rani.said).to_contain_text("A001 is done. Nobody else is waiting")
    assert hall.ticket_at(1) is None
    rani.press("n")
    expect(rani.said).to_contain_text("Nobody is waiting for this counter")


def test_a_transfer_takes_its_note_to_the_colleague(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A")
    rani.press("n", "s", "t")
    rani.page.locator("[name=service]").select_option("B")
    rani.page.locator("[name=note]").fill("Photo is missing")
    rani.page.keyboard.press("Enter")
    rani.sees_nobody()
    expect(rani.said).to_have_text("A001 is sent on to Passports.")
    expect(rani.main).to_be_focused()
    budi = desk("budi").open(3)
    budi.press("n")
    budi.sees("A001", "called")
    expect(budi.page.locator(".note")).to_contain_text("Photo is missing")
    expect(budi.page.locator(".legs")).to_contain_text("Population records, Counter 1: sent on")


def test_a_transfer_to_one_counter_waits_for_that_counter_alone(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A")
    rani.press("n", "t")
    rani.page.locator("[name=counter]").select_option("2")
    rani.page.keyboard.press("Tab")
    rani.page.get_by_role("dialog").get_by_role("button", name="Transfer").click()
    rani.sees_nobody()
    expect(rani.page.locator(".current--empty")).to_be_visible()
    expect(rani.said).to_have_text("A001 is sent on to Counter 2.")
    assert hall.at(2)["next"] == {"number": "A001", "why": "moved_here"}


@pytest.mark.parametrize(
    ("keys", "undone"),
    [
        (["n"], None),
        (["n", "s"], ("A001", "called")),
        (["n", "s", "f"], ("A001", "serving")),
        (["n", "x"], ("A001", "called")),
    ],
)
def test_the_last_action_can_be_undone(desk: Desk, hall: Hall, keys: list[str], undone: tuple[str, str] | None) -> None:
    rani = desk().open(1)
    hall.issue("A")
    rani.press(*keys)
    expect(rani.action_button("undo")).to_contain_text(" s")
    rani.press("u")
    expect(rani.said).to_contain_text("Undone: A001")
    if undone:
        rani.sees(*undone)
    else:
        rani.sees_nobody()
    assert hall.ticket_at(1) == undone


def test_a_next_that_finished_and_called_is_undone_step_by_step(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A", "A")
    rani.press("n", "s", "n")
    rani.sees("A002", "called")
    rani.press("u")
    rani.sees_nobody()
    expect(rani.action_button("undo")).to_contain_text("Undo the finish of A001")
    rani.press("u")
    rani.sees("A001", "serving")
    assert hall.line == ["A002"]


@pytest.mark.parametrize(
    ("action", "truth"),
    [
        ("t", "A transfer cannot be undone. Call A001 back under “Call a number” (C)."),
        ("p", "Setting aside cannot be undone. Call A001 back from the list “Set aside”."),
        ("b", "Putting back in line cannot be undone. Call A001 again under “Call a number” (C)."),
    ],
)
def test_what_cannot_be_undone_is_said_with_the_other_way_back(desk: Desk, hall: Hall, action: str, truth: str) -> None:
    rani = desk().open(1)
    rani.press("u")
    expect(rani.said).to_have_text("There is nothing that can be undone now.")
    hall.issue("A")
    rani.press("n", action)
    if action == "t":
        rani.page.locator("[name=counter]").select_option("2")
        rani.page.locator("[name=note]").focus()
    if action != "b":
        rani.page.keyboard.press("Enter")
    rani.sees_nobody()
    rani.press("u")
    expect(rani.said).to_have_text(truth)
    expect(rani.said.locator(".banner--warning")).to_be_visible()


ACTIONS_OF_ROWS = """[...document.querySelectorAll('.aside li')].map((row) =>
    [...row.querySelectorAll('button')].map((action) => action.getBoundingClientRect().toJSON()))"""


def test_a_customer_set_aside_comes_back_to_the_counter_or_to_the_line(desk: Desk, hall: Hall) -> None:
    rani = desk(locale="id").open(1)  # the longer words
    hall.issue("A", "A")
    for number in ("A001", "A002"):
        rani.press("n")
        rani.sees(number, "called")
        rani.press("p")
        rani.page.keyboard.press("Enter")
        rani.sees_nobody()
    for width in (1024, 1440):
        rani.page.set_viewport_size({"width": width, "height": 900})
        rows = rani.page.evaluate(ACTIONS_OF_ROWS)
        assert [len({action["top"] for action in row}) for row in rows] == [1, 1], f"on one line, at {width}"
        assert len({row[-1]["right"] for row in rows}) == 1, f"below each other, at {width}"
    rani.page.get_by_role("button", name="Kembalikan ke antrean A002").click()
    expect(rani.page.locator(".aside li")).to_have_count(1)
    assert hall.line == ["A002"]
    rani.page.get_by_role("button", name="Panggil kembali A001").click()
    rani.sees("A001", "called")
    expect(rani.page.locator(".aside")).to_have_count(0)
    expect(rani.action_button("undo")).to_be_visible()
    for width, height in ((1024, 768), (1280, 720)):
        rani.page.set_viewport_size({"width": width, "height": height})
        room = rani.page.locator(".work__here").evaluate("(here) => here.clientHeight - here.scrollHeight")
        assert room >= 0, f"every action and the way back are in sight at {width} × {height}"


def test_the_first_counter_that_is_free_has_the_focus(desk: Desk, hall: Hall) -> None:
    desk("budi").open(1)
    rani = desk().sign_in()
    expect(rani.page.locator(".counter").nth(1)).to_be_focused()
    rani.page.keyboard.press("Enter")
    expect(rani.main).to_be_visible()
    assert hall.at(2)["agent"] == hall.name("rani")


def test_a_no_show_who_comes_after_all_waits_again(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A")
    rani.press("n", "x")
    rani.page.get_by_role("button", name="Let wait again A001").click()
    expect(rani.page.locator(".current__next")).to_have_text("A001")
    expect(rani.page.locator(".handled")).to_have_count(0)
    assert hall.line == ["A001"]


def test_a_lost_paper_is_printed_again(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A")
    rani.press("c")
    rani.page.locator("[name=number]").fill("A001")
    rani.page.get_by_role("button", name="Print again").click()
    expect(rani.said).to_contain_text("A001 is being printed again")
    assert hall.line == ["A001"]


def test_a_customer_who_leaves_at_the_desk_is_taken_out_and_may_come_back(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A", "A")
    rani.press("c")
    rani.page.locator("[name=number]").fill("a001")
    rani.page.get_by_role("button", name="Take out of the line").click()
    expect(rani.said).to_contain_text("A001 has left the line")
    assert hall.line == ["A002"]
    rani.page.get_by_role("button", name="Let wait again A001").click()
    expect(rani.page.locator(".handled")).to_have_count(0)
    assert sorted(hall.line) == ["A001", "A002"]


def test_the_next_customer_comes_with_the_reason(desk: Desk, hall: Hall) -> None:
    hall.issue("A")
    hall.issue("A", priority="senior")
    rani = desk().open(1)
    expect(rani.page.locator(".current__next")).to_have_text("A002")
    expect(rani.page.locator(".current--next")).to_contain_text("Senior goes ahead by its head start")


def test_a_printer_that_needs_a_hand_is_told_in_a_quiet_line_and_that_paper_runs_low_is_not(
    desk: Desk, hall: Hall
) -> None:
    rani = desk().open(1)
    line = rani.page.locator(".work__line")
    expect(line.get_by_role("status")).to_have_text("Printer front: its program is not connected")
    printer = hall.a_printer()
    hall.says(printer, paper="out")
    expect(line.get_by_role("status")).to_have_text("Printer front: the paper is out")
    hall.says(printer, paper="near_end")
    expect(line.get_by_role("status")).to_be_empty()


def test_staff_settle_the_papers_in_doubt(desk: Desk, hall: Hall) -> None:
    printer = hall.a_printer()
    hall.issue("A", "A")
    for _ in range(2):
        hall.print_in_doubt(printer)
    rani = desk().open(1)
    doubts = rani.page.locator(".doubts .waiting__number")
    expect(doubts).to_have_text(["A001", "A002"])
    rani.page.get_by_role("button", name="It came out A001").click()
    expect(doubts).to_have_text(["A002"])
    rani.page.get_by_role("button", name="Print again A002").click()
    expect(doubts).to_have_count(0)
    expect(rani.main).to_be_focused()
    assert hall.papers("A001") == [("unknown", False)]
    assert hall.papers("A002") == [("queued", True), ("unknown", False)]


def test_the_work_fits_a_clerks_screen_without_scrolling(desk: Desk, hall: Hall) -> None:
    hall.issue(*"AB" * 15)
    rani = desk().open(2)
    rani.press("n")
    rani.sees("A001", "called")
    assert rani.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    for name in ("recall", "no_show", "park", "put_back", "transfer", "undo"):
        expect(rani.action_button(name)).to_be_in_viewport(ratio=1)


def test_a_phone_shows_everything_within_its_width(desk: Desk, hall: Hall) -> None:
    hall.issue(*"AB" * 3)
    rani = desk(viewport={"width": 360, "height": 640}).open(2)
    rani.main.click()
    rani.sees("A001", "called")
    assert rani.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("language", "theme"), [("en", "light"), pytest.param("id", "dark", marks=pytest.mark.torture)]
)
def test_the_counter_is_accessible_in_every_state(
    desk: Desk, hall: Hall, accessible: Callable[[Page], None], language: str, theme: str
) -> None:
    rani = desk(locale=language, color_scheme=theme)
    page = rani.sign_in().page
    expect(page.locator(".counter").first).to_be_visible()
    accessible(page)
    page.locator(".counter").nth(1).click()
    expect(rani.main).to_be_visible()
    hall.issue("A", "A", "B")
    page.locator("summary").first.click()
    accessible(page)
    rani.press("n", "s", "p")
    accessible(page)
    page.keyboard.press("Enter")
    rani.sees_nobody()
    rani.press("n")
    rani.sees("A002", "called")
    accessible(page)
    for key in ("t", "?"):
        rani.press(key)
        expect(page.get_by_role("dialog")).to_be_visible()
        accessible(page)
        page.keyboard.press("Escape")
    rani.press("x", "c")
    accessible(page)
    page.keyboard.press("Escape")
    rani.press("z")
    page.keyboard.type("X")
    page.keyboard.press("Enter")
    expect(page.locator(".current--empty")).to_be_visible()
    accessible(page)
