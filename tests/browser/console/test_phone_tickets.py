"""A supervisor takes the numbers of a flood of phones out of the line, after a question that names how many."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.console.hall import Clerk, Hall, Server, build_hall

Desk = Callable[..., Clerk]
_slugs = (f"phones-{number}" for number in itertools.count(1))


@pytest.fixture
def hall(server: Server) -> Hall:
    """A branch that lets phones join."""
    return build_hall(server, next(_slugs), phones=True)


def join(hall: Hall, service: str) -> None:
    """A phone takes a number."""
    answer = httpx.post(f"{hall.url}/api/v1/branches/{hall.slug}/tickets", json={"service": service}, trust_env=False)
    assert answer.status_code == 201, answer.text


def test_a_supervisor_takes_out_what_phones_took_and_the_kiosks_numbers_stay(
    desk: Desk, hall: Hall, accessible: Callable[[Page], None]
) -> None:
    hall.issue("A")
    for service in ("A", "B", "A"):
        join(hall, service)
    page = desk("sari").enter("/console/supervisor").page
    card = page.locator("section", has=page.get_by_role("heading", name="Numbers taken by phone"))
    card.get_by_label("Reason").fill("a flood from one network")
    card.get_by_role("button", name="See how many").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Take 3 numbers out of the line?")
    accessible(page)
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert len(hall.line) == 4, "nothing is done before the answer"
    card.get_by_role("button", name="See how many").click()
    dialog.get_by_role("button", name="Take 3 numbers out").click()
    expect(card).to_contain_text("3 numbers have left the line.")
    assert hall.line == ["A001"]
    card.get_by_role("button", name="See how many").click()
    expect(card).to_contain_text("No number that a phone took in this time is waiting.")
    cancelled = [e for e in hall.ask("GET", f"/branches/{hall.slug}/events")["events"] if e["type"] == "cancelled"]
    assert [e["data"]["reason"] for e in cancelled] == ["a flood from one network"] * 3


@pytest.mark.parametrize("locale", ["id", "en"])
def test_the_control_fits_a_phone_and_a_desk_in_both_languages(desk: Desk, hall: Hall, locale: str) -> None:
    join(hall, "A")
    page = desk("sari", locale=locale, viewport={"width": 390, "height": 844}).enter("/console/supervisor").page
    button = page.locator(".phones [type=submit]")
    expect(button).to_have_text({"id": "Lihat jumlahnya", "en": "See how many"}[locale])
    for width in (390, 1366):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator(".phones [name=reason]").fill("banjir nomor")
    button.click()
    expect(page.get_by_role("dialog")).to_contain_text({"id": "Keluarkan 1 nomor", "en": "Take 1 number out"}[locale])


def test_a_branch_without_phones_shows_no_such_control(desk: Desk, server: Server) -> None:
    plain = build_hall(server, next(_slugs))
    page = desk("sari").page
    Clerk(page, plain, "sari", plain.url).enter("/console/supervisor")
    expect(page.locator(".supervisor__main h2").first).to_be_visible()
    expect(page.locator(".phones")).to_have_count(0)
