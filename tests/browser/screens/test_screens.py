"""A wall, a clerk's page and a customer's phone through every way in which a line, a server and a clock fail.

After each: they show exactly what the server says, every call was announced once and in its order, and at no time was
an old state passed off as a live one.
"""

from __future__ import annotations

import pytest

from tests.browser.screens.growth import check_growth
from tests.browser.screens.lobby import Lobby

pytestmark = pytest.mark.timeout(300)
"""Seconds; a machine that does much else takes long to start a server and a browser."""


def test_calls_of_one_instant_are_announced_one_after_the_other(lobby: Lobby) -> None:
    branch = lobby.branch
    for _ in range(2):
        branch.issue()
    lobby.have_said(*branch.all_at_once(2, 3))
    lobby.are_true()
    branch.finish(2, 3)
    lobby.are_true()


def test_a_burst_of_thirty_calls_is_announced_in_order_and_none_is_left_out(lobby: Lobby) -> None:
    branch = lobby.branch
    counters = range(2, 32)
    for _ in counters:
        branch.issue()
    lobby.have_said(*branch.all_at_once(*counters))
    lobby.are_true()
    branch.finish(*counters)
    lobby.are_true()


def test_a_killed_server_is_said_and_its_successor_is_followed(lobby: Lobby) -> None:
    branch = lobby.branch
    branch.issue()
    call = branch.call(2)
    lobby.have_said(call)
    killed = branch.server.clock()
    branch.server.kill()
    lobby.say_that_they_are_not_live(killed)
    lobby.desk.keyboard.press("n")
    branch.server.start()
    branch.issue()
    missed = branch.call(3)
    lobby.have_said(call, missed)
    lobby.are_true()
    branch.finish(2, 3)
    lobby.are_true()


def test_five_minutes_without_a_line_leave_out_what_is_no_news_any_more(lobby: Lobby) -> None:
    branch = lobby.branch
    cut = branch.server.clock()
    branch.cord.cut()
    lobby.say_that_they_are_not_live(cut)
    for _ in range(3):
        branch.issue()
    branch.call(2)  # five minutes before the line is back: that customer has asked, or gone
    branch.call(3)
    branch.verb(3, "no-show")
    lobby.pass_time(280)
    fresh = branch.call(4)
    lobby.pass_time(20)
    lobby.say_that_they_are_not_live(cut)
    branch.cord.mend()
    lobby.have_said(fresh)
    lobby.are_true()
    branch.finish(2, 4)
    lobby.are_true()


def test_a_half_open_line_is_found_out_and_its_calls_are_made_up_for(lobby: Lobby) -> None:
    branch = lobby.branch
    stalled = branch.server.clock()
    branch.cord.stall()
    for _ in range(2):
        branch.issue()
    calls = [branch.call(counter) for counter in (2, 3)]
    lobby.pass_time(13)
    lobby.say_that_they_are_not_live(stalled)
    branch.cord.mend()
    lobby.have_said(*calls)
    lobby.are_true()
    branch.finish(2, 3)
    lobby.are_true()


def test_connections_that_a_router_forgot_are_replaced_by_new_ones(lobby: Lobby) -> None:
    branch = lobby.branch
    branch.cord.strand()
    branch.issue()
    call = branch.call(2)
    branch.post(f"/branches/central/tickets/{lobby.before['number']}/cancel")
    lobby.pass_time(13)
    lobby.have_said(call)
    lobby.are_true()
    branch.finish(2)
    lobby.are_true()


def test_machines_that_slept_do_not_announce_what_they_find_in_their_connection(lobby: Lobby) -> None:
    branch = lobby.branch
    branch.cord.stall()  # asleep: what is sent to them lies in their buffers
    branch.issue()
    branch.call(2)
    branch.server.clock.step(600)
    lobby.context.clock.set_system_time(lobby.wall.evaluate("Date.now() / 1000 + 600"))  # no timer has rung yet
    branch.cord.mend()
    lobby.are_true()
    lobby.have_said()
    lobby.have_said(branch.recall(2))
    lobby.are_true()
    branch.finish(2)
    lobby.are_true()


def test_a_line_that_is_too_slow_for_all_that_happens_ends_with_the_newest_state(lobby: Lobby) -> None:
    branch = lobby.branch
    branch.cord.slow(4_000)
    calls: list[int] = []
    for _ in range(5):
        for _ in range(3):
            branch.issue()
        if calls:
            branch.finish(2, 3, 4)
        calls += branch.all_at_once(2, 3, 4)
    branch.cord.mend()
    lobby.are_true()
    said = list(dict.fromkeys(lobby.all_that_was_said()))
    assert said == sorted(said)
    assert set(said) <= set(calls)
    assert said[-3:] == calls[-3:], "whoever is still called has been announced"
    branch.finish(2, 3, 4)
    lobby.are_true()


def test_a_proxy_that_kills_what_is_idle_costs_nothing_but_connections(lobby: Lobby) -> None:
    branch = lobby.branch
    branch.cord.hang_up_when_idle(0.7)
    calls = []
    for counter in (2, 3, 4):
        branch.issue()
        calls.append(branch.call(counter))
        branch.cord.wait_for_hang_ups(3)
    branch.cord.mend()
    lobby.have_said(*calls)
    lobby.are_true()
    branch.finish(2, 3, 4)
    lobby.are_true()


def test_a_server_whose_clock_is_set_forward_and_back_is_followed_without_a_word_too_many(lobby: Lobby) -> None:
    branch = lobby.branch
    calls = []
    for counter, step in ((2, 3600), (3, -5400), (4, 1800)):
        branch.issue()
        calls.append(branch.call(counter))
        lobby.are_true()
        branch.server.clock.step(step)
    branch.cord.cut()
    branch.issue()
    calls.append(branch.call(5))
    branch.server.clock.step(7200)  # an hour old, it seems, and called a moment ago
    branch.cord.mend()
    lobby.have_said(*calls)
    lobby.are_true()
    branch.finish(2, 3, 4, 5)
    lobby.are_true()


@pytest.mark.torture
def test_a_day_of_calls_leaves_nothing_behind_in_any_screen(lobby: Lobby) -> None:
    check_growth(lobby, early=12, late=36)
