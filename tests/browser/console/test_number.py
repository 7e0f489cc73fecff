"""The dialog about one number: it stays open and explains, and takes numbers as people say them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.hall import Clerk, Hall

Desk = Callable[..., Clerk]


def ask(clerk: Clerk, number: str, reason: str | None = "asked for me") -> None:
    """Types a number, and a reason where one is asked for."""
    if clerk.page.get_by_role("dialog").count() == 0:
        clerk.press("c")
    clerk.page.locator("[name=number]").fill(number)
    if reason is not None:
        clerk.page.locator("[name=reason]").fill(reason)
    clerk.page.keyboard.press("Enter")


def test_a_number_that_is_none_keeps_the_dialog_and_what_was_typed(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A")
    ask(rani, "a 77")
    dialog = rani.page.get_by_role("dialog")
    expect(dialog.locator(".banner")).to_contain_text("There is no number A 77 today")
    expect(rani.page.locator("[name=number]")).to_have_value("a 77")
    expect(rani.page.locator("[name=reason]")).to_have_value("asked for me")
    rani.page.locator("[name=number]").fill("a-1")
    expect(dialog.locator(".banner")).to_have_count(0)
    rani.page.locator("[name=reason]").press("Enter")
    rani.sees("A001", "called")
    expect(dialog).to_have_count(0)


def test_of_several_numbers_one_is_chosen(desk: Desk, hall: Hall) -> None:
    rani = desk().open(2)
    hall.issue("A", "B")
    rani.press("c")
    rani.page.locator("[name=number]").fill("1")
    choices = rani.page.locator(".candidates .button")
    expect(choices).to_have_text(["A001Population records, Waiting", "B001Passports, Waiting"])
    rani.page.locator("[name=reason]").fill("asked for me")
    rani.page.keyboard.press("Enter")
    expect(rani.page.locator(".dialog .banner")).to_contain_text("Several numbers fit. Nothing was done yet.")
    choices.nth(1).click()
    rani.sees("B001", "called")


@pytest.mark.parametrize(
    ("verbs", "fate"),
    [
        (["call-next", "start", "finish"], "A001 was served at "),
        (["call-next", "no-show"], "A001 was called and did not come, at "),
        (["call-next", "start"], "A001 is being served since "),
    ],
)
def test_a_number_that_cannot_be_called_says_what_became_of_it_when_and_where(
    desk: Desk, hall: Hall, verbs: list[str], fate: str
) -> None:
    hall.issue("A")
    hall.verb(2, "open")
    for verb in verbs:
        hall.verb(2, verb)
    rani = desk().open(1)
    rani.press("c")
    rani.page.locator("[name=number]").fill("1")
    dialog = rani.page.get_by_role("dialog")
    if verbs[-1] == "start":  # this page knows it already
        expect(dialog.locator(".found").first).to_contain_text("Being served, Counter 2")
    ask(rani, "1")
    expect(dialog.locator(".banner")).to_contain_text(fate)
    expect(dialog.locator(".banner")).to_contain_text("Counter 2")
    if verbs[-1] == "no-show":
        dialog.get_by_role("button", name="Let wait again").click()
        expect(dialog).to_have_count(0)
        assert hall.line == ["A001"]


def test_with_a_customer_there_a_number_can_be_printed_and_taken_out_and_not_called(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A", "A", "A")
    rani.press("n", "c")
    rani.page.locator("[name=number]").fill("2")
    dialog = rani.page.get_by_role("dialog")
    expect(dialog).to_contain_text("It cannot be called to this counter now. Customer A001 is still at your counter.")
    dialog.get_by_role("button", name="Print again").click()
    expect(rani.said).to_contain_text("A002 is being printed again")
    rani.page.get_by_role("button", name="More about A003").last.click()
    expect(dialog.locator("[name=number]")).to_have_value("A003")
    dialog.get_by_role("button", name="Take out of the line").click()
    expect(rani.said).to_contain_text("A003 has left the line")
    assert hall.line == ["A002"]
    rani.sees("A001", "called")


def test_a_parked_number_is_put_back_where_one_looks_for_it(desk: Desk, hall: Hall) -> None:
    rani = desk().open(1)
    hall.issue("A")
    rani.press("n", "p")
    rani.page.keyboard.press("Enter")
    rani.press("c")
    rani.page.locator("[name=number]").fill("1")
    dialog = rani.page.get_by_role("dialog")
    expect(dialog.locator(".found")).to_contain_text("Set aside")
    dialog.get_by_role("button", name="Put back in line").click()
    expect(dialog).to_have_count(0)
    assert hall.line == ["A001"]


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("id", "dark")])
def test_the_dialog_is_accessible_and_fits_a_phone(
    desk: Desk, hall: Hall, accessible: Callable[[Page], None], language: str, theme: str
) -> None:
    hall.issue("A", "B")
    rani = desk(locale=language, color_scheme=theme, viewport={"width": 360, "height": 640}).open(2)
    rani.press("c")
    rani.page.locator("[name=number]").fill("1")
    expect(rani.page.locator(".candidates")).to_be_visible()
    accessible(rani.page)
    rani.page.locator("[name=reason]").fill("x")
    rani.page.keyboard.press("Enter")
    expect(rani.page.locator(".dialog .banner")).to_be_visible()
    accessible(rani.page)
    assert rani.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
