"""Screens that work for months: after two days, or a thousand calls, nothing of it is left in their memory."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.screens.branch import Branch
from tests.browser.screens.growth import CUSTOMERS, check_growth, held_by
from tests.browser.screens.lobby import Lobby


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_a_thousand_calls_leave_nothing_behind(lobby: Lobby) -> None:
    check_growth(lobby, early=100, late=900)


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_two_days_at_a_kiosk_leave_nothing_behind_in_the_page(branch: Branch, terminal: Page) -> None:
    """Ten customers every five minutes for 48 hours; between them the page finds its connection dead, and heals."""
    before = sum(len(branch.issued(code)) for code in "ABCD")
    customers = 0
    early = None
    for round_ in range(48 * 12):
        customers += len(terminal.evaluate(CUSTOMERS, 10))
        branch.server.clock.step(300)
        terminal.clock.fast_forward(300_000)
        if round_ == 48:
            early = held_by(terminal)
    late = held_by(terminal)
    print(f"\n{customers} customers in 48 hours; after four hours {early}, at the end {late}")
    assert early is not None
    assert late.is_hardly_more_than(early, heap=2_000_000), (early, late)
    assert sum(len(branch.issued(code)) for code in "ABCD") - before == customers == 5760
