"""What the wall announces, in which order, and when: in a time of the tests' own."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.boards import a_board, a_call
from tests.browser.stage import JSON
from tests.browser.tv import journal, open_hall, said, shown, take


def test_a_call_is_chimed_and_said_in_each_language_and_shown_for_its_time(hall: Page) -> None:
    take(hall, a_board(a_call("A001", 2, 5)), 5)
    assert journal(hall, 60) == [
        ["A001", 0],
        ["chime begins", 0], ["chime ends", 1],
        ["A001 2 id begins", 1], ["A001 2 id ends", 2],
        ["A001 2 en begins", 2], ["A001 2 en ends", 3],
        ["nobody", 6],
    ]  # fmt: skip


def test_what_is_called_when_the_page_loads_is_not_announced(hall: Page) -> None:
    hall.evaluate("window.show = wall.hall()")
    take(hall, a_board(a_call("A001", 2, 5)), 5)
    take(hall, a_board(a_call("A001", 2, 5)), 6)
    assert journal(hall, 60) == []


def test_a_call_is_announced_once_however_often_it_is_pushed(hall: Page) -> None:
    for seq in range(5, 9):
        take(hall, a_board(a_call("A001", 2, 5)), seq)
    take(hall, a_board(a_call("A001", 2, 5, "serving")), 9)
    assert said(journal(hall, 60)) == ["chime", "A001 2 id", "A001 2 en"]


def test_calls_of_the_same_instant_are_announced_one_after_the_other(hall: Page) -> None:
    take(hall, a_board(a_call("B001", 1, 6), a_call("A001", 2, 5)), 6)
    lines = journal(hall, 60)
    assert said(lines) == ["chime", "A001 2 id", "B001 1 id", "A001 2 en", "B001 1 en"]
    assert shown(lines) == ["A001", "B001", "A001", "B001", "nobody"]


def test_a_message_that_was_never_seen_loses_no_call(hall: Page) -> None:
    # The push with A001 alone was coalesced with that of B001 and a later one.
    take(hall, a_board(a_call("A001", 2, 5, "serving"), a_call("B001", 1, 6), a_call("C001", 3, 8)), 9)
    assert shown(journal(hall, 60)) == ["A001", "B001", "C001"] * 2 + ["nobody"]


def test_a_recall_is_announced_again(hall: Page) -> None:
    take(hall, a_board(a_call("A001", 2, 5)), 5)
    journal(hall, 60)
    take(hall, a_board(a_call("A001", 2, 7, recalls=1)), 7)
    assert said(journal(hall, 60)) == ["chime", "A001 2 id", "A001 2 en"] * 2


def test_a_recall_during_its_own_announcement_comes_after_it(hall: Page) -> None:
    take(hall, a_board(a_call("A001", 2, 5)), 5)
    journal(hall, 1.5)
    take(hall, a_board(a_call("A001", 2, 7, recalls=1)), 7)
    assert said(journal(hall, 60)) == ["chime", "A001 2 id", "A001 2 en"] * 2


def test_after_a_lost_connection_what_was_missed_is_announced(hall: Page) -> None:
    take(
        hall,
        a_board(
            a_call("A001", 1, 5, called_at="2026-11-21T03:11:01Z"),
            a_call("B001", 2, 6, "serving"),
            a_call("C001", 3, 7, "served"),
            a_call("D001", 4, 8, "no_show"),
        ),
        8,
        gap=30,
    )
    assert shown(journal(hall, 60)) == ["A001", "B001"] * 2 + ["nobody"]


def test_after_a_long_loss_a_call_of_more_than_a_minute_ago_is_no_news(hall: Page) -> None:
    old, new = (
        a_call("A001", 1, 5, called_at="2026-11-21T03:11:00Z"),
        a_call("B001", 2, 6, called_at="2026-11-21T03:11:01Z"),
    )
    take(hall, a_board(old, new), 6, gap=600)
    assert shown(journal(hall, 60)) == ["B001", "nobody"]


def test_a_server_whose_clock_was_set_while_the_connection_was_lost_does_not_hide_a_call(hall: Page) -> None:
    forward = a_call("A001", 1, 5, called_at="2026-11-21T02:11:50Z")
    take(hall, a_board(forward), 5, gap=30)
    assert shown(journal(hall, 60)) == ["A001", "nobody"]


def test_a_call_from_the_future_of_a_server_whose_clock_was_set_back_is_as_old_as_the_loss(hall: Page) -> None:
    later = a_call("A001", 1, 5, called_at="2026-11-21T04:00:00Z")
    take(hall, a_board(later), 5, gap=300)
    assert shown(journal(hall, 60)) == []


def test_a_recall_that_was_missed_is_announced_although_its_call_is_old(hall: Page) -> None:
    old = a_call("A001", 1, 5, recalls=1, called_at="2026-11-21T03:05:00Z")
    take(hall, a_board(old), 5, gap=30)
    assert shown(journal(hall, 60)) == ["A001", "nobody"]


def test_a_reconnection_repeats_nothing(hall: Page) -> None:
    take(hall, a_board(a_call("A001", 1, 5)), 5)
    journal(hall, 60)
    take(hall, a_board(a_call("A001", 1, 5)), 5, gap=30)
    assert shown(journal(hall, 60)) == ["A001", "nobody"]


def test_a_server_restored_from_a_backup_is_met_in_silence_and_then_followed(hall: Page) -> None:
    take(hall, a_board(a_call("A009", 1, 500)), 500)
    journal(hall, 60)
    take(hall, a_board(a_call("A004", 2, 40)), 40, gap=30)
    take(hall, a_board(a_call("A004", 2, 40), a_call("A005", 1, 41)), 41)
    assert shown(journal(hall, 60)) == ["A009", "nobody", "A005", "nobody"]


def test_a_call_that_was_taken_back_before_its_turn_is_left_out(hall: Page) -> None:
    first, second, third = (a_call(number, 1, seq) for number, seq in (("A001", 5), ("A002", 6), ("A003", 7)))
    take(hall, a_board(first, second, third), 7)
    journal(hall, 1)
    take(hall, a_board(first, {**second, "state": "waiting"}, third), 8)
    assert shown(journal(hall, 60)) == ["A001", "A003"] * 2 + ["nobody"]


def test_a_call_that_was_moved_before_its_turn_is_said_once_as_it_is_now(hall: Page) -> None:
    take(hall, a_board(a_call("A001", 1, 5), a_call("A002", 2, 6), a_call("A003", 3, 7)), 7)
    journal(hall, 1)
    take(hall, a_board(a_call("A001", 1, 5), a_call("A002", 4, 8), a_call("A003", 3, 7)), 8)
    lines = journal(hall, 60)
    assert shown(lines) == ["A001", "A002", "A003"] * 2 + ["nobody"]
    assert "A002 4 id" in said(lines)
    assert "A002 2 id" not in said(lines)


def test_a_language_without_a_voice_is_shown_and_said_in_no_other(hall: Page) -> None:
    hall.evaluate("() => void (window.show = wall.hall({}, ['id']))")
    take(hall, a_board(), 0)
    numbers = [f"A{place:03}" for place in range(1, 6)]
    take(hall, a_board(*(a_call(number, place, 100 + place) for place, number in enumerate(numbers))), 105)
    heard = [each for each in said(journal(hall, 60)) if each != "chime"]
    assert [each.split()[0] for each in heard] == numbers, "in a hurry, too"
    assert all(each.endswith(" en") for each in heard)
    assert hall.evaluate("show.faults") == []


@pytest.mark.parametrize("how", ["silent", "slow", "refused", "endless"])
def test_a_sound_that_fails_holds_up_nothing(hall: Page, how: str) -> None:
    open_hall(hall, {"A001 1 id": how})
    take(hall, a_board(a_call("A001", 1, 5), a_call("A002", 2, 6)), 6)
    lines = [line for line in journal(hall, 120) if line[0] != "A001 1 id begins"]
    assert said(lines) == ["chime", "A002 2 id", "A001 1 en", "A002 2 en"]
    assert len(hall.evaluate("show.faults")) == 1
    if how == "endless":
        # It is silenced before the next sound begins.
        assert [what for what, _ in lines].index("stopped") < [what for what, _ in lines].index("A002 2 id begins")


def test_a_muted_screen_still_shows_each_call_for_its_time(hall: Page) -> None:
    open_hall(hall, {"page": "muted"})
    take(hall, a_board(a_call("A001", 1, 5), a_call("A002", 1, 6)), 6)
    lines = journal(hall, 60)
    assert [line for line in lines if line[0] != "stopped"] == [["A001", 0], ["A002", 2], ["nobody", 8]]


def test_it_falls_silent_when_the_page_goes(hall: Page) -> None:
    take(hall, a_board(a_call("A001", 1, 5), a_call("A002", 2, 6)), 6)
    journal(hall, 0.5)
    hall.evaluate("show.announcer.close()")
    assert shown(journal(hall, 60)) == ["A001"]
    assert said(journal(hall)) == ["chime"]


def test_a_branch_with_one_language_is_announced_in_it_alone(hall: Page) -> None:
    take(hall, a_board(a_call("A001", 1, 5), languages=["en"]), 5)
    assert said(journal(hall, 60)) == ["chime", "A001 1 en"]


def choice(page: Page, board: JSON, announced: JSON | None = None, *, live: bool = True) -> JSON:
    chosen: JSON = page.evaluate("([board, call, live]) => wall.choose(board, call, live)", [board, announced, live])
    return chosen


def test_the_newest_call_is_large_and_the_others_stand_beside_it(hall: Page) -> None:
    board = a_board(a_call("A003", 3, 9, "served"), a_call("A002", 2, 8), a_call("A001", 1, 7, "serving"))
    assert choice(hall, board) == {"main": "A002", "recent": ["A003", "A001"], "columns": 1}


def test_the_announced_call_is_large_while_newer_ones_are_already_in_the_list(hall: Page) -> None:
    announced = a_call("A001", 1, 7)
    board = a_board(a_call("A003", 3, 9), a_call("A002", 2, 8), announced)
    assert choice(hall, board, announced)["main"] == "A001"
    assert choice(hall, board, announced)["recent"] == ["A003", "A002"]


@pytest.mark.parametrize("state", ["waiting", "parked", "cancelled", "expired"])
def test_a_number_that_is_expected_nowhere_stands_beside_no_counter(hall: Page, state: str) -> None:
    board = a_board(a_call("A001", 1, 7, state))
    assert choice(hall, board) == {"main": None, "recent": [], "columns": 1}


def test_nothing_is_large_while_the_wall_is_not_live(hall: Page) -> None:
    board = a_board(a_call("A001", 1, 7))
    assert choice(hall, board, live=False) == {"main": None, "recent": ["A001"], "columns": 1}


def test_who_is_expected_is_not_pushed_from_the_wall_by_those_who_were_served(hall: Page) -> None:
    expected = [a_call(f"A{place:03}", place, place) for place in range(1, 4)]
    served = [a_call(f"B{place:03}", place, 50 + place, "served") for place in range(9)]
    recent = choice(hall, a_board(*expected, *served, a_call("C001", 9, 99)))["recent"]
    assert recent[-3:] == ["A003", "A002", "A001"]
    assert len(recent) == 6


@pytest.mark.parametrize(("calls", "columns"), [(5, 1), (7, 1), (8, 2), (13, 2), (14, 3), (20, 4), (25, 4)])
def test_everybody_who_is_expected_is_in_the_list_at_once(hall: Page, calls: int, columns: int) -> None:
    board = a_board(*(a_call(f"A{place:03}", place, place) for place in range(1, calls + 1)))
    chosen = choice(hall, board)
    assert chosen["columns"] == columns
    assert {chosen["main"], *chosen["recent"]} == {f"A{place:03}" for place in range(1, calls + 1)}


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("", []),
        ("One short sentence.", ["One short sentence."]),
        ("Two. Short ones.", ["Two. Short ones."]),
        ("The first is here. The second follows it.", ["The first is here.", "The second follows it."]),
        (
            "A sentence that is far too long to stand in one line",
            ["A sentence that is far too", "long to stand in one line"],
        ),
    ],
)
def test_a_notice_turns_its_pages_at_sentences_where_it_can(hall: Page, text: str, pages: list[str]) -> None:
    assert hall.evaluate("(text) => wall.pagesOf(text, 30)", text) == pages
