"""Numbers that staff give out at the counter, and the sound of a customer who comes to an empty line."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.console.hall import Clerk, Hall, Server, build_hall

Desk = Callable[..., Clerk]


def test_a_clerk_gives_out_a_number_with_class_and_language_where_it_is_to_be_printed(
    desk: Desk, hall: Hall, accessible: Callable[[Page], None]
) -> None:
    hall.says(hall.a_printer("back"))
    rani = desk().open(2)
    rani.press("g")
    dialog = rani.page.get_by_role("dialog")
    expect(dialog.locator("[name=service]")).to_be_focused()
    accessible(rani.page)
    dialog.locator("[name=service]").select_option("B")
    dialog.locator("[name=priority]").select_option("senior")
    dialog.locator("[name=language]").select_option("id")
    dialog.locator("[name=printer]").select_option("back")
    dialog.get_by_role("button", name="Give out the number").click()
    expect(dialog.locator(".given__number")).to_have_text("B001")
    expect(dialog).to_contain_text("The ticket is being printed")
    accessible(rani.page)
    (ticket,) = hall.queue["waiting"]
    assert (ticket["priority"], ticket["language"]) == ("senior", "id")
    told = hall.ask("GET", f"/branches/{hall.slug}/print-jobs?number=B001")["print_jobs"]
    assert [each["printer"] for each in told] == ["back"]
    dialog.get_by_role("button", name="Another number").click()
    expect(dialog.locator("[name=printer]")).to_have_value("back")
    rani.page.keyboard.press("Escape")
    expect(rani.main).to_be_focused()


def test_the_dialog_says_what_is_true_of_the_paper_and_what_to_do(
    desk: Desk, hall: Hall, accessible: Callable[[Page], None]
) -> None:
    rani = desk().open(2)
    rani.press("g")
    rani.page.get_by_role("button", name="Give out the number").press("Enter")
    given = rani.page.get_by_role("dialog")
    expect(given).to_contain_text("The printer is not printing now. The number counts: please write it down")
    expect(given).to_contain_text("Printer front: its program is not connected.")
    accessible(rani.page)
    front = hall.a_printer("front")
    hall.says(front, paper="out")
    expect(given).to_contain_text("Printer front: the paper is out.")
    hall.says(front)
    expect(given).to_contain_text("The ticket is being printed.")
    hall.print_in_doubt(front)
    expect(given).to_contain_text("Please look at the printer; if no ticket is there, print the number again.")
    given.get_by_role("button", name="Another number").click()
    hall.issue("A")
    given.get_by_role("button", name="Give out the number").press("Enter")
    expect(given).to_contain_text("2 tickets wait for a printer.")
    for _ in range(2):
        hall.print(front)
    expect(given).to_contain_text("The ticket has been printed. Please hand it over.")


def test_the_counters_own_service_is_chosen_first(desk: Desk, hall: Hall) -> None:
    rani = desk().open(3)
    rani.press("g")
    rani.page.get_by_role("button", name="Give out the number").press("Enter")
    expect(rani.page.locator(".given__number")).to_have_text("B001")
    rani.page.keyboard.press("Enter")
    expect(rani.page.get_by_role("dialog")).to_have_count(0)


def test_after_hours_an_agent_is_told_whom_to_ask_and_a_supervisor_gives_one_on_purpose(
    desk: Desk, server: Server
) -> None:
    hall = build_hall(server, "shut", more="  hours: {mon-sun: closed}\n")
    rani, sari = desk(), desk("sari")
    rani.hall = sari.hall = hall
    rani.open(1)
    rani.press("g")
    give = rani.page.get_by_role("button", name="Give out the number")
    expect(rani.page.get_by_role("dialog")).to_contain_text("A supervisor may still give out a number")
    expect(give).to_have_attribute("aria-disabled", "true")
    sari.open(2)
    sari.press("g")
    give = sari.page.get_by_role("button", name="Give out the number")
    expect(give).to_have_attribute("aria-disabled", "true")
    sari.page.locator("[name=after_hours]").check()
    give.click()
    expect(sari.page.locator(".given__number")).to_have_text("A001")


def test_a_refused_number_says_why_and_keeps_what_was_chosen(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    rani.press("g")
    rani.page.locator("[name=service]").select_option("B")
    rani.page.route(
        "**/tickets", lambda route: route.fulfill(status=409, content_type="application/problem+json", body=QUOTA)
    )
    rani.page.get_by_role("button", name="Give out the number").click()
    expect(rani.page.get_by_role("dialog").get_by_role("alert")).to_contain_text(
        "All numbers of this service are taken"
    )
    expect(rani.page.locator("[name=service]")).to_have_value("B")


QUOTA = '{"code": "quota-reached", "title": "Quota reached", "status": 409, "detail": "no more"}'

FAKE_AUDIO = """
window.sounded = 0;
class Param { setValueAtTime() {} exponentialRampToValueAtTime() {} }
class Node_ { gain = new Param(); frequency = {}; connect(to) { return to; } start() { window.sounded++; } stop() {} }
window.AudioContext = class extends EventTarget {
  state = "suspended"; currentTime = 0; destination = {};
  createGain() { return new Node_(); }
  createOscillator() { return new Node_(); }
  async resume() { this.state = "running"; this.dispatchEvent(new Event("statechange")); }
};
"""


def sounds(clerk: Clerk) -> int:
    """How many tones were played; a chime has three."""
    return int(clerk.page.evaluate("window.sounded"))


def test_a_chime_sounds_when_somebody_comes_to_an_empty_line_where_it_is_wanted(desk: Desk, hall: Hall) -> None:
    rani = desk()
    rani.page.add_init_script(FAKE_AUDIO)
    rani.open(1)
    hall.issue("A")
    expect(rani.page.locator(".current__next")).to_have_text("A001")
    assert sounds(rani) == 0, "nobody has asked for it"
    rani.press("?")
    rani.page.get_by_role("switch").click()
    rani.page.wait_for_function("() => window.sounded === 3")  # heard once when it comes on
    rani.page.keyboard.press("Escape")
    hall.issue("A")
    expect(rani.page.locator(".line__title").first).to_contain_text("2")
    assert sounds(rani) == 3, "the line was not empty"
    rani.press("n", "s", "n", "s")
    rani.sees("A002", "serving")
    hall.issue("B")  # not for this counter
    hall.issue("A")
    rani.page.wait_for_function("() => window.sounded === 6")
    rani.page.reload()
    rani.sees("A002", "serving")
    expect(rani.page.locator(".line__title").first).to_contain_text("2")
    assert sounds(rani) == 0, "what was there at first is silent"
    rani.press("n", "s")
    rani.sees("A003", "serving")
    hall.issue("A")
    rani.page.wait_for_function("() => window.sounded === 3")  # the wish has outlived the reload
