"""A wall and a clerk's page that work for months: nothing of what they showed, said and did stays in their memory."""

from __future__ import annotations

import pytest

from tests.browser.screens.growth import held_by
from tests.browser.screens.lobby import Lobby

SERVED = """async (customers) => {
    const until = async (isSo) => {
        while (!isSo()) await new Promise((later) => setTimeout(later, 4));
    };
    const ready = () => !document.querySelector(".actions__main[aria-disabled=true]");
    const at = (state) => document.querySelector(`.current--${state}`) !== null;
    for (let customer = 0; customer < customers; customer++) {
        for (const [key, done] of [
            ["n", () => at("called")], ["s", () => at("serving")], ["f", () => !at("called") && !at("serving")],
        ]) {
            await until(ready);
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
            await until(done);
        }
    }
}"""


def serve(lobby: Lobby, customers: int) -> None:
    """Each is called by a key of the clerk, announced by the wall, and served."""
    for _ in range(customers):
        lobby.branch.issue()
    lobby.desk.evaluate(SERVED, customers)
    lobby.are_true()


def check_growth(lobby: Lobby, early: int, late: int) -> None:
    serve(lobby, early)
    before = {page: held_by(page) for page in (lobby.wall, lobby.desk, lobby.phone)}
    serve(lobby, late)
    lobby.have_said(*[event["seq"] for event in lobby.branch.events("called")])
    for page, held in before.items():
        after = held_by(page)
        print(f"\n{page.url.split('#')[0]}: after {early} customers {held}, after {late} more {after}")
        assert after.is_hardly_more_than(held), (page.url, held, after)
    assert lobby.wall.evaluate("[urls, players]") == [0, 1], "one player, and every sound was let go of"


def test_a_day_of_calls_leaves_nothing_behind(lobby: Lobby) -> None:
    check_growth(lobby, early=12, late=36)


@pytest.mark.torture
def test_thousands_of_calls_leave_nothing_behind(lobby: Lobby) -> None:
    check_growth(lobby, early=100, late=2900)
