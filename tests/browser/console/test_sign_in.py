"""Signing in: who may, who may not, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.console.hall import PASSWORD, Clerk
from tests.browser.storage import REFUSED

Desk = Callable[..., Clerk]


def test_a_wrong_password_is_told_and_the_right_one_lets_in(desk: Desk) -> None:
    rani = desk().sign_in(password="not the one")
    expect(rani.page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(rani.page.locator("[name=password]")).to_be_focused()
    rani.page.keyboard.type(PASSWORD)
    rani.page.keyboard.press("Enter")
    expect(rani.page.get_by_role("heading", name="Which counter is yours?")).to_be_visible()


def test_too_many_tries_are_told_apart_from_a_wrong_password(desk: Desk) -> None:
    def refuse(route: Route) -> None:
        if route.request.method == "POST":
            problem = '{"code": "rate-limited", "title": "Rate limited", "detail": "", "status": 429}'
            route.fulfill(status=429, content_type="application/problem+json", body=problem)
        else:
            route.continue_()

    rani = desk()
    rani.page.route("**/api/v1/session", refuse)
    rani.sign_in()
    expect(rani.page.get_by_role("alert")).to_contain_text("Too many tries")


@pytest.mark.parametrize(
    ("locale", "words"), [("en", "This browser refuses cookies"), ("id", "Peramban ini menolak cookie")]
)
def test_a_browser_that_refuses_cookies_is_told_so(desk: Desk, locale: str, words: str) -> None:
    rani = desk(locale=locale)

    def without_cookies(route: Route) -> None:
        answer = route.fetch()
        rani.page.context.clear_cookies()
        headers = {name: value for name, value in answer.headers.items() if name != "set-cookie"}
        route.fulfill(status=answer.status, headers=headers, body=answer.body())

    rani.page.route("**/api/v1/session", without_cookies)
    rani.sign_in()
    expect(rani.page.get_by_role("alert")).to_contain_text(words)
    expect(rani.page.get_by_role("button", name="Sign in" if locale == "en" else "Masuk")).to_be_enabled()


def test_a_clerk_works_in_a_browser_that_keeps_nothing_for_the_page(desk: Desk) -> None:
    rani = desk()
    rani.page.add_init_script(REFUSED)
    rani.open(1)
    rani.hall.issue("A")
    rani.press("Space")
    rani.sees("A001", "called")


def test_the_chosen_language_stays_after_a_reload(desk: Desk) -> None:
    rani = desk().sign_in()
    expect(rani.page.get_by_role("heading", name="Which counter is yours?")).to_be_visible()
    rani.page.get_by_role("button", name="Bahasa Indonesia").click()
    expect(rani.page.get_by_role("heading", name="Anda bertugas di loket mana?")).to_be_visible()
    rani.page.reload()
    expect(rani.page.get_by_role("heading", name="Anda bertugas di loket mana?")).to_be_visible()
    assert rani.page.locator("html").get_attribute("lang") == "id"


def test_a_session_that_is_ended_elsewhere_asks_for_the_password_again(desk: Desk) -> None:
    rani = desk().open(1)
    other = desk(beside=rani.page)
    other.page.goto(rani.url + "/console")
    other.page.get_by_role("button", name="Sign out").click()
    expect(other.page.get_by_role("heading", name="Staff sign-in")).to_be_visible()
    expect(rani.page.get_by_text("Your session has ended")).to_be_visible()


def test_nobody_leaves_with_a_customer_at_the_counter(desk: Desk) -> None:
    rani = desk().open(1)
    rani.hall.issue("A")
    rani.press("Space")
    rani.sees("A001", "called")
    rani.page.get_by_role("button", name="Sign out").click()
    expect(rani.page.get_by_role("dialog")).to_contain_text("A001 is still at your counter")
    rani.page.keyboard.press("Escape")
    rani.press("b")
    rani.sees_nobody()
    rani.page.get_by_role("button", name="Sign out").click()
    expect(rani.page.get_by_role("heading", name="Staff sign-in")).to_be_visible()
    assert rani.hall.at(1)["state"] == "closed"


def test_the_sign_in_page_is_accessible_in_both_languages_and_themes(
    desk: Desk, accessible: Callable[[Page], None]
) -> None:
    for language, theme in (("en", "light"), ("id", "dark")):
        page = desk(locale=language, color_scheme=theme).sign_in(password="wrong").page
        expect(page.get_by_role("alert")).to_be_visible()
        accessible(page)
