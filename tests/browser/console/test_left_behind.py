"""Customers of a service that was withdrawn while they waited: staff see them, and the numbers on a page agree."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from server.actions.branch.declaring import declare
from server.config_file.reading import read_declarations
from server.domain.people.principal import COMMAND_LINE
from server.settings import Settings
from server.store.engines.store import Store
from tests.browser.console.hall import BRANCH, Clerk, Hall, Server, build_hall
from tests.journeys.branches import MIDDAY_ZONE

Desk = Callable[..., Clerk]
_slugs = (f"left-{number}" for number in itertools.count(1))


@pytest.fixture
def hall(server: Server) -> Hall:
    """A branch whose service B and all counters that took it were withdrawn while A001, B001 and B002 wait."""
    hall = build_hall(server, next(_slugs))
    for service in ("A", "B", "B"):
        hall.issue(service)
    text = BRANCH.format(slug=hall.slug, start="explicit", zone=MIDDAY_ZONE, phones="false", more="")
    kept = "\n".join(line for line in text.splitlines() if "code: B" not in line and "B]" not in line)
    (wanted,) = read_declarations(kept)
    store = Store(Settings(data=server.data).database_url, lambda: datetime.now(UTC))
    store.write(lambda tx: declare(tx, replace(wanted, devices=None, staff=None), COMMAND_LINE), lambda *_: None)
    store.close()
    return hall


def test_the_services_that_a_supervisor_sees_add_up_to_all_who_wait(
    desk: Desk, hall: Hall, accessible: Callable[[Page], None]
) -> None:
    page = desk("sari").enter("/console/supervisor").page
    expect(page.locator(".figure", has_text="Waiting").first).to_contain_text("3")
    row = page.get_by_role("region", name="Services").get_by_role("row", name="B Passports")
    expect(row).to_contain_text("no longer offered")
    expect(row.get_by_role("cell").first).to_have_text("2")
    accessible(page)


def test_a_clerk_reads_whom_the_large_button_skips_by_the_name_of_that_button(
    desk: Desk, hall: Hall, accessible: Callable[[Page], None]
) -> None:
    page = desk("rani").open(1).page
    banner = page.locator(".line .banner")
    expect(banner).to_contain_text("2 customers wait for a service that no counter takes: B001, B002. ")
    name = page.get_by_role("button", name="Call next customer").inner_text().splitlines()[0].strip()
    expect(banner).to_contain_text(f"“{name}” skips such numbers.")
    accessible(page)


def test_a_token_that_is_no_device_is_named_by_its_role_in_words(desk: Desk, hall: Hall) -> None:
    page = desk("tuti").enter("/console/supervisor#hall").page
    expect(page.locator(".row", has_text="eyes").locator(".row__what")).to_have_text("eyes Admin")
