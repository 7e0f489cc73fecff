"""Breaks, and customers who do not come: what the branch says of them, as the clerk meets it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.hall import Clerk, Hall, Server, build_hall

Desk = Callable[..., Clerk]
RULES = """\
  pause_reasons: [{code: lunch, name: {en: Lunch, id: Makan siang}}, {code: prayer, name: {en: Prayer, id: Salat}}]
  no_show_after: {recalls: 1, seconds: 0}
"""


@pytest.fixture(scope="module")
def ruled(server: Server) -> Hall:
    """A branch with reasons of its own; each test works at another counter."""
    return build_hall(server, "ruled", more=RULES)


def clerk_of(ruled: Hall, clerk: Clerk) -> Clerk:
    clerk.hall = ruled
    return clerk


def test_enter_takes_the_first_reason_of_the_branch_and_each_reads_it_in_their_language(
    desk: Desk, ruled: Hall
) -> None:
    rani = clerk_of(ruled, desk(locale="id")).open(1)
    rani.press("z")
    dialog = rani.page.get_by_role("dialog")
    expect(dialog.locator(".cluster .button")).to_have_text(["Makan siangEnter", "Salat"])
    rani.page.keyboard.press("Enter")
    expect(rani.page.locator(".work__title")).to_contain_text("Makan siang")
    assert ruled.at(1)["reason"] == "lunch"
    sari = clerk_of(ruled, desk("sari")).enter("/console/supervisor")
    expect(sari.page.get_by_role("row", name="Counter 1")).to_contain_text("Lunch")
    rani.press("o")
    expect(rani.page.locator(".state--open")).to_be_visible()
    rani.press("q")


def test_a_pause_after_this_customer_comes_with_the_finish_and_undo_takes_both_back(desk: Desk, ruled: Hall) -> None:
    ruled.issue("A", "A")
    rani = clerk_of(ruled, desk()).open(1)
    rani.press("n", "s", "z")
    expect(rani.page.get_by_role("dialog")).to_contain_text("Then the counter pauses by itself")
    rani.page.get_by_role("button", name="Prayer").click()
    expect(rani.page.locator(".work__title")).to_contain_text("Pauses after this customer: Prayer")
    expect(rani.main).to_contain_text("Finish, then pause")
    rani.press("Space")
    expect(rani.page.locator(".current--empty")).to_contain_text("paused")
    assert (ruled.at(1)["state"], ruled.at(1)["reason"], ruled.called()[-1]) == ("paused", "prayer", "A001")
    rani.press("u")
    rani.sees("A001", "serving")
    expect(rani.main).to_contain_text("Finish, then pause")
    rani.action_button("resume").click()
    expect(rani.main).to_contain_text("Finish, call next")
    rani.press("n")
    rani.sees("A002", "called")
    rani.press("b")
    rani.sees_nobody()
    expect(rani.page.locator(".current__next")).to_have_text("A002")
    rani.press("q", "q")  # closing asks, and the same key confirms


def test_recalls_are_counted_and_a_no_show_waits_for_them(desk: Desk, ruled: Hall) -> None:
    ruled.issue("B")
    rani = clerk_of(ruled, desk()).open(3)
    rani.press("n")
    rani.sees("B001", "called")
    expect(rani.action_button("no_show")).to_contain_text("after 1 more call")
    expect(rani.action_button("no_show")).to_have_attribute("aria-disabled", "true")
    rani.press("x")
    expect(rani.said).to_contain_text("Too early to say that B001 did not come: after 1 more call")
    assert ruled.ticket_at(3) == ("B001", "called")
    rani.press("r")
    expect(rani.page.locator(".current__badges")).to_contain_text("Called again 1 time")
    expect(rani.action_button("no_show")).not_to_contain_text("more call")
    rani.press("x")
    rani.sees_nobody()
    expect(rani.page.locator(".handled")).to_contain_text("B001")


def test_the_clock_of_who_is_set_aside_runs_from_then(desk: Desk, hall: Hall) -> None:
    hall.issue("A")
    rani = desk().open(1)
    expect(rani.page.locator(".service__wait").first).to_have_text(re.compile(r"0:0[2-9]|0:[1-9]|[1-9]:"))
    rani.press("n", "p")
    rani.page.keyboard.press("Enter")
    shown = rani.page.locator(".aside .time").inner_text()
    queue = hall.queue
    parked, now = queue["parked"][0], datetime.fromisoformat(queue["now"])
    minutes, seconds = shown.split(":")
    age = timedelta(minutes=int(minutes), seconds=int(seconds))
    assert age <= now - datetime.fromisoformat(parked["parked_at"]) + timedelta(seconds=1)
    assert age < now - datetime.fromisoformat(parked["queued_at"]) - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        (["r"], "Nobody is at this counter. First press “Call next customer” (N)."),
        (["o"], "This counter is open already."),
        (["n", "f"], "A001 is called. Start when the customer is here"),
        (["n", "s", "r"], "A001 is being served already."),
        (["n", "q"], "Customer A001 is still at your counter."),
    ],
)
def test_a_key_that_cannot_act_says_why(desk: Desk, hall: Hall, keys: list[str], why: str) -> None:
    hall.issue("A")
    rani = desk().open(1)
    rani.press(*keys)
    expect(rani.said).to_contain_text(why)


def test_on_a_break_a_key_says_how_to_go_on_and_the_words_go_with_the_break(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    rani.press("z")
    rani.page.keyboard.press("Enter")
    rani.press("n")
    expect(rani.said).to_contain_text("This counter is not open. First press “Open counter” (O).")
    hall.verb(1, "open")  # another program of the branch
    expect(rani.said).to_be_empty()


def test_words_about_a_ticket_go_when_it_has_moved_on(desk: Desk, hall: Hall) -> None:
    hall.issue("A")
    rani = desk().open(1)
    rani.press("n", "t")
    rani.page.locator("[name=service]").select_option("B")
    rani.page.locator("[name=note]").press("Enter")
    expect(rani.said).to_have_text("A001 is sent on to Passports.")
    hall.issue("A")  # the branch goes on: the words are still true
    expect(rani.page.locator(".current__next")).to_have_text("A002")
    expect(rani.said).to_have_text("A001 is sent on to Passports.")
    hall.verb(3, "open")
    hall.verb(3, "call-next")
    expect(rani.said).to_be_empty()
    rani.press("u")
    expect(rani.said).to_have_text("There is nothing that can be undone now.")


def test_services_with_nobody_waiting_fold_away(desk: Desk, hall: Hall) -> None:
    hall.issue("B")
    rani = desk().open(2)
    line = rani.page.locator(".line")
    expect(line.locator(".service__code:visible")).to_have_text(["B"])
    folded = line.get_by_text("1 service with nobody waiting")
    folded.click()
    expect(line.locator(".service__code:visible")).to_have_text(["B", "A"])
    hall.issue("A")
    expect(folded).to_have_count(0)


def test_the_pause_dialogs_are_accessible(desk: Desk, ruled: Hall, accessible: Callable[[Page], None]) -> None:
    ruled.issue("B")
    rani = clerk_of(ruled, desk()).open(3)
    rani.press("n", "z")
    expect(rani.page.get_by_role("dialog")).to_be_visible()
    accessible(rani.page)
    rani.page.keyboard.press("Enter")
    expect(rani.page.locator(".work__title")).to_contain_text("Pauses after")
    accessible(rani.page)
