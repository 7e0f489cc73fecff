"""Many calls at once: who is large and heard when, in a time of the tests' own, and on the wall itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.boards import a_board, a_call
from tests.browser.stage import JSON, Stage
from tests.browser.tv import (
    NUMBER,
    OVERFLOWING,
    SCREENS,
    TRIED_OUT,
    TWO_FRAMES,
    Journal,
    Voice,
    call,
    journal,
    said,
    shown,
    take,
    tried_out,
    turn_on,
    wait_until_said,
)
from tests.speech.waves import a_tone, a_wave

# The longest that each may last: the chime is so long, whole sentences of the voice are, short ones are made to be.
LASTS = {"chime": 1.75, "whole": 6, "short": 2.1}


@pytest.fixture
def burst(hall: Page) -> Page:
    hall.evaluate("(lasts) => { window.show = wall.hall({}, [], lasts); }", LASTS)
    take(hall, a_board(), 1)
    return hall


def some_calls(count: int, state: str = "called") -> list[JSON]:
    return [a_call(f"A{place:03}", place, 100 + place, state) for place in range(1, count + 1)]


def numbers(count: int) -> list[str]:
    return [each["number"] for each in some_calls(count)]


def within_a_second(page: Page, count: int) -> None:
    """Calls come one by one, the last one a second after the first."""
    calls = some_calls(count)
    for place in range(1, count + 1):
        take(page, a_board(*calls[:place]), 100 + place)
        if place < count:
            journal(page, 1 / (count - 1))


def when(lines: Journal, what: str) -> float:
    """The second at which something happened for the first time."""
    return next(float(str(second)) for each, second in lines if each == what)


def spoken(lines: Journal, language: str) -> list[str]:
    return [each.split()[0] for each in said(lines) if each.endswith(f" {language}")]


def test_the_fifth_call_of_a_second_is_large_within_15_seconds_and_spoken_within_25(burst: Page) -> None:
    within_a_second(burst, 5)
    lines = journal(burst, 120)
    assert when(lines, "A005") <= 15
    for number in numbers(5):
        for language in ("id", "en"):
            assert when(lines, f"{number} {int(number[1:])} {language} ends") <= 25
    assert spoken(lines, "id") == spoken(lines, "en") == numbers(5)


@pytest.mark.parametrize("count", [2, 10, 20])
def test_the_last_of_many_calls_waits_no_longer_than_the_docs_say(burst: Page, count: int) -> None:
    within_a_second(burst, count)
    lines = journal(burst, 300)
    last = numbers(count)[-1]
    assert when(lines, last) <= 1.75 + 2.1 * (count - 1)
    assert when(lines, f"{last} {count} en ends") <= 1.75 + 2.1 * 2 * count
    assert spoken(lines, "id") == spoken(lines, "en") == numbers(count)
    assert said(lines).count("chime") == 1


@pytest.mark.parametrize("seconds", [0.5, 3, 7.7, 9, 13.7])
def test_calls_that_come_while_another_is_spoken_wait_for_no_more_than_its_sentence(
    burst: Page, seconds: float
) -> None:
    take(burst, a_board(a_call("B001", 9, 50)), 50)
    journal(burst, seconds)
    take(burst, a_board(a_call("B001", 9, 50), *some_calls(5)), 105)
    lines = journal(burst, 120)
    assert when(lines, "A005") - seconds <= 6 + 1.75 + 2.1 * 5
    assert spoken(lines, "id") == ["B001", *numbers(5)]
    assert spoken(lines, "en") == ["B001", *numbers(5)]


def test_who_comes_while_others_wait_for_their_second_language_goes_first_after_a_chime(burst: Page) -> None:
    take(burst, a_board(*some_calls(2)), 102)
    journal(burst, 1.75 + 2 * 2.1 + 1)  # A001 is being said in English
    take(burst, a_board(*some_calls(3)), 103)
    assert said(journal(burst, 60)) == [
        "chime", "A001 1 id", "A002 2 id", "A001 1 en", "chime", "A003 3 id", "A002 2 en", "A003 3 en",
    ]  # fmt: skip


def test_an_endless_stream_of_calls_keeps_nobody_from_their_second_language(burst: Page) -> None:
    calls = some_calls(30)
    for place in range(1, 31):
        take(burst, a_board(*calls[:place]), 100 + place)
        journal(burst, 2)
    lines = journal(burst, 200)
    before = said(lines)[: said(lines).index("A001 1 en")]
    assert len(before) <= 1 + 20
    assert sorted(spoken(lines, "id")) == sorted(spoken(lines, "en")) == numbers(30)


def test_a_recall_in_the_middle_is_said_once_more_after_its_own_and_holds_up_nobody(burst: Page) -> None:
    calls = some_calls(4)
    take(burst, a_board(*calls), 104)
    journal(burst, 1.75 + 2.1 + 1)  # A002 is being said
    again = {**calls[1], "seq": 110, "recalls": 1}
    take(burst, a_board(calls[0], again, *calls[2:]), 110)
    lines = journal(burst, 120)
    assert spoken(lines, "id") == [*numbers(4), "A002"]
    assert spoken(lines, "en").count("A002") == 2
    assert set(spoken(lines, "en")) == set(numbers(4))


def test_a_recall_before_its_turn_keeps_the_place_of_its_call(burst: Page) -> None:
    calls = some_calls(4)
    take(burst, a_board(*calls), 104)
    journal(burst, 1)
    take(burst, a_board(*calls[:2], {**calls[2], "seq": 110, "recalls": 1}, calls[3]), 110)
    lines = journal(burst, 120)
    assert spoken(lines, "id") == spoken(lines, "en") == numbers(4)


@pytest.mark.parametrize("state", ["served", "no_show", "waiting", "parked", "cancelled"])
def test_a_call_that_is_over_is_not_spoken_late(burst: Page, state: str) -> None:
    calls = some_calls(4)
    take(burst, a_board(*calls), 104)
    journal(burst, 1.75 + 2.1 + 1)  # A002 is being said; it ends
    take(burst, a_board(calls[0], *({**each, "state": state} for each in calls[1:3]), calls[3]), 105)
    lines = journal(burst, 120)
    assert spoken(lines, "id") == ["A001", "A002", "A004"]
    assert spoken(lines, "en") == ["A001", "A004"]


def test_a_muted_wall_shows_each_of_many_calls_for_two_seconds_once(hall: Page) -> None:
    hall.evaluate("() => { window.show = wall.hall({ page: 'muted' }); }")
    take(hall, a_board(), 1)
    within_a_second(hall, 5)
    lines = journal(hall, 60)
    assert shown(lines) == [*numbers(5), "nobody"]
    assert when(lines, "A005") == 8


def test_everybody_is_in_the_list_at_once_and_then_large_one_after_the_other(
    lobby: Stage, wall: Page, voice: Voice
) -> None:
    turn_on(wall, lobby)
    tried_out(wall)
    call(lobby, *some_calls(5))
    expect(wall.locator(NUMBER)).to_have_text("A001")
    expect(wall.locator(".row__number")).to_have_text([*reversed(numbers(5)[1:])])
    for number in numbers(5):
        expect(wall.locator(NUMBER)).to_have_text(number)
    wait_until_said(wall, TRIED_OUT + 1 + 2 * 5)
    assert voice.calls[:5] == [(seq, "id") for seq in range(101, 106)]
    assert sorted(voice.calls) == sorted((seq, language) for seq in range(101, 106) for language in ("id", "en"))
    assert voice.short == [True] * 10


def test_a_list_of_many_calls_is_whole_on_every_screen(lobby: Stage, wall: Page) -> None:
    turn_on(wall, lobby)
    wall.evaluate("document.fonts.ready")
    for count in (6, 13, 25):
        lobby.push(a_board(*some_calls(count)), seq=200 + count)
        expect(wall.locator(".row")).to_have_count(count - 1)
        for name in ("1920x1080", "1080x1920", "1024x768"):
            wall.set_viewport_size(SCREENS[name])
            wall.evaluate(TWO_FRAMES)
            visible = wall.locator(".row:visible .row__number").all_text_contents()
            assert {*visible, wall.locator(NUMBER).text_content()} == set(numbers(count)), name
            assert wall.evaluate(OVERFLOWING) == [], name


@pytest.mark.parametrize(("seconds", "rate"), [(2.4, 2.4 / 2.1), (3.5, 1.25)])
def test_a_short_sentence_that_is_long_is_played_a_little_faster(
    lobby: Stage, wall: Page, voice: Voice, seconds: float, rate: float
) -> None:
    voice.sound = a_wave(a_tone(seconds=seconds))
    wall.add_init_script("""
        window.rates = [];
        const play = HTMLMediaElement.prototype.play;
        HTMLMediaElement.prototype.play = function () {
            const audio = this;
            return new Promise((begun) => {
                if (audio.readyState) return begun();
                audio.addEventListener("loadedmetadata", () => setTimeout(begun), { once: true });
            }).then(() => (rates.push(audio.playbackRate), play.call(audio)));
        };
    """)
    turn_on(wall, lobby)
    tried_out(wall)
    call(lobby, *some_calls(2))
    wait_until_said(wall, TRIED_OUT + 1 + 4)
    assert wall.evaluate("rates.slice(2)") == pytest.approx([rate] * 4, abs=0.01)
