"""Changing the own password from the head of any staff page, and what a supervisor is told of failed sign-ins."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.hall import PASSWORD, Clerk

Desk = Callable[..., Clerk]
NEW = "payung-kuning-di-senin"


def ask_for_it(page: Page, name: str = "Change password") -> None:
    page.get_by_role("button", name=name).click()
    expect(page.get_by_role("dialog", name=name)).to_be_visible()


def test_a_clerk_changes_the_own_password_by_keyboard_alone_and_goes_on_working(desk: Desk) -> None:
    rani, elsewhere = desk().open(1), desk().enter()
    expect(elsewhere.main).to_be_visible()
    rani.page.get_by_role("button", name="Change password").focus()
    rani.page.keyboard.press("Enter")
    expect(rani.page.get_by_label("Old password")).to_be_focused()
    rani.page.keyboard.type("not the one")
    rani.page.keyboard.press("Tab")
    rani.page.keyboard.type(NEW)
    rani.page.keyboard.press("Enter")
    expect(rani.page.get_by_role("alert")).to_contain_text("The old password is not right")
    expect(rani.page.get_by_label("Old password")).to_be_focused()
    rani.page.keyboard.type(PASSWORD)
    rani.page.keyboard.press("Enter")
    expect(rani.page.get_by_role("dialog", name="Your password is changed")).to_be_visible()
    expect(elsewhere.page.get_by_text("Your session has ended")).to_be_visible()
    rani.page.keyboard.press("Enter")
    expect(rani.page.get_by_role("dialog")).to_have_count(0)
    expect(rani.page.get_by_role("button", name="Change password")).to_be_focused()
    rani.hall.issue("A")
    rani.main.click()
    rani.sees("A001", "called")
    expect(desk().sign_in(password=NEW).number).to_have_text("A001")


def test_the_keys_of_the_counter_mean_nothing_in_the_dialog_and_escape_changes_nothing(desk: Desk) -> None:
    rani = desk().open(1)
    rani.hall.issue("A")
    ask_for_it(rani.page)
    rani.page.keyboard.type("a b n")
    rani.page.keyboard.press("Escape")
    expect(rani.page.get_by_role("dialog")).to_have_count(0)
    assert (rani.hall.line, rani.hall.at(1)["state"]) == (["A001"], "open")
    expect(desk().sign_in().main).to_be_visible()


@pytest.mark.parametrize("size", [(390, 844), (1366, 768)], ids=["phone", "desk"])
@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("id", "dark")])
def test_the_dialog_is_accessible_and_fits(
    desk: Desk, accessible: Callable[[Page], None], language: str, theme: str, size: tuple[int, int]
) -> None:
    width, height = size
    clerk = desk("sari", locale=language, color_scheme=theme, viewport={"width": width, "height": height})
    page = clerk.enter("/console/supervisor").page
    ask_for_it(page, "Change password" if language == "en" else "Ubah kata sandi")
    page.locator("[name=old]").fill("not the one")
    page.locator("[name=new]").fill(NEW)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("language", "theme", "told"),
    [("en", "light", "4 failed sign-ins for {} since"), ("id", "dark", "4 kali gagal masuk sebagai {} sejak")],
)
def test_a_supervisor_is_told_of_sign_ins_that_fail_again_and_again(
    desk: Desk, accessible: Callable[[Page], None], language: str, theme: str, told: str
) -> None:
    sari = desk("sari", locale=language, color_scheme=theme)
    name = sari.hall.name("budi")
    for _ in range(4):
        body = {"name": name, "password": "guess and guess"}
        answer = sari.page.context.request.post(f"{sari.url}/api/v1/session", data=body)
        assert answer.status == 401
    for _ in range(2):  # a slip or two are nobody's business
        body = {"name": sari.hall.name("rani"), "password": "slip of the finger"}
        sari.page.context.request.post(f"{sari.url}/api/v1/session", data=body)

    def failures() -> list[str]:
        found = sari.hall.ask("GET", f"/branches/{sari.hall.slug}/sign-in-failures")["failures"]
        return [each["name"] for each in found if each["count"] == 4]

    sari.enter("/console/supervisor")
    while name not in failures():
        sari.page.wait_for_timeout(50)  # they are written down by the second, and nobody is told
    sari.page.reload()
    notice = sari.page.get_by_text(told.format(name))
    expect(notice).to_contain_text("127.0.0.1")
    expect(sari.page.get_by_text(sari.hall.name("rani"))).to_have_count(0)
    accessible(sari.page)
