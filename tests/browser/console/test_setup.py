"""A new server's first page: from the code on its console to a working branch."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.hall import PASSWORD, Server, running


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path) as one:
        yield one


def public(server: Server, path: str) -> Any:
    with urllib.request.urlopen(f"{server.url}/api/v1{path}", timeout=60) as answer:
        return json.load(answer)


def test_a_new_server_becomes_a_branch_with_an_admin_who_is_signed_in(
    new_server: Server, page: Page, accessible: Callable[[Page], None]
) -> None:
    page.goto(new_server.url)
    expect(page).to_have_url(f"{new_server.url}/setup")
    accessible(page)
    page.get_by_label("Set-up code").fill("NOT-IT")
    page.locator("[name=username]").fill("tuti")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Name of the branch (Bahasa Indonesia)").fill("Puskesmas Mawar")
    page.get_by_role("button", name="Remove B").click()
    page.get_by_role("button", name="Add a service").click()
    second = page.get_by_role("group", name="Service 2")
    second.get_by_label("Name (English)").fill("Pharmacy")
    second.get_by_label("Name (Bahasa Indonesia)").fill("Apotek")
    page.get_by_label("How many counters?").fill("2")
    told = page.get_by_text("No counter takes A: whoever takes such a number is never called.")
    page.get_by_role("group", name="Counter 1 takes these services").get_by_label("A").uncheck()
    expect(told).to_have_count(0)
    page.get_by_role("group", name="Counter 2 takes these services").get_by_label("A").uncheck()
    expect(told).to_be_visible()
    page.get_by_role("group", name="Counter 1 takes these services").get_by_label("A").check()
    expect(told).to_have_count(0)
    page.get_by_role("button", name="Set up and start").click()
    expect(page.get_by_role("alert")).to_contain_text("not the one on the server's console")
    expect(page.get_by_label("Set-up code")).to_be_focused()

    assert new_server.code is not None
    page.keyboard.type(new_server.code)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{new_server.url}/")
    branch = public(new_server, "/branches/puskesmas-mawar")
    assert branch["name"] == {"id": "Puskesmas Mawar", "en": "Puskesmas Mawar"}
    assert [(each["code"], each["name"]["en"]) for each in branch["services"]] == [
        ("A", "General service"),
        ("B", "Pharmacy"),
    ]
    page.goto(f"{new_server.url}/console")
    expect(page.locator(".counter")).to_have_count(2)
    expect(page.locator(".counter").nth(1)).to_contain_text("B Pharmacy")
    expect(page.locator(".counter").nth(1)).not_to_contain_text("A General")


def test_the_set_up_says_what_can_be_changed_later_and_where(new_server: Server, page: Page) -> None:
    page.goto(f"{new_server.url}/setup")
    for language, never in (("English", "a service's letter"), ("Bahasa Indonesia", "huruf layanan")):
        page.get_by_role("button", name=language).click()
        later = page.locator(".later li")
        expect(later).to_have_count(4)
        expect(later.nth(1)).to_contain_text("giliran apply")
        expect(later.nth(2)).to_contain_text("giliran branch rename")
        expect(later.nth(3)).to_contain_text(never.replace("'", "’"))
    expect(page.get_by_text(re.compile("Everything can be changed|Semuanya bisa diubah"))).to_have_count(0)


def test_the_set_up_speaks_indonesian_and_fits_a_phone(
    new_server: Server, page: Page, accessible: Callable[[Page], None]
) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(f"{new_server.url}/setup")
    page.get_by_role("button", name="Bahasa Indonesia").click()
    expect(page.get_by_role("heading", name="Selamat datang di Giliran")).to_be_visible()
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("language", "said"), [("English", "Did you mean"), ("Bahasa Indonesia", "Mungkin maksud Anda")]
)
def test_a_time_zone_that_is_none_is_said_in_words_with_the_nearest_ones(
    new_server: Server, page: Page, language: str, said: str
) -> None:
    assert new_server.code is not None
    page.goto(f"{new_server.url}/setup")
    page.get_by_role("button", name=language).click()
    page.locator("[name=code]").fill(new_server.code)
    page.locator("[name=username]").fill("tuti")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("textbox", name=re.compile(r"^(Name of the branch|Nama cabang) \(Bahasa Indonesia\)")).fill(
        "Mawar"
    )
    zone = page.locator("[name=timezone]")
    zone.fill("WIB")
    page.locator("button[type=submit]").click()
    expect(page.get_by_role("alert")).to_contain_text(f"{said} Asia/Jakarta, Asia/Pontianak?")
    expect(zone).to_be_focused()
    zone.fill("Asia/Jakarta")
    page.locator("button[type=submit]").click()
    expect(page).to_have_url(f"{new_server.url}/")
