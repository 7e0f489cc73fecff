"""Words in two languages: placeholders, plurals, numbers, times, and waits that promise no more than is known."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from server import texts
from tests.browser.stage import Stage

MORNING = "2026-11-21T01:12:00Z"  # 08:12 in Jakarta


@pytest.mark.parametrize(
    ("language", "n", "said"),
    [("en", 1, "1 minute"), ("en", 2, "2 minutes"), ("id", 1, "1 menit"), ("id", 1500, "1.500 menit")],
)
def test_a_count_takes_the_plural_and_the_digits_of_its_language(
    lab: Stage, page: Page, language: str, n: int, said: str
) -> None:
    assert page.evaluate(f"giliran.words('{language}').text('common.minutes', {{n: {n}}})") == said


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", ["08:12", "Saturday 21 November 2026"]), ("id", ["08.12", "Sabtu, 21 November 2026"])],
)
def test_times_are_told_in_the_branchs_zone_as_its_people_write_them(
    lab: Stage, page: Page, language: str, said: list[str]
) -> None:
    script = f"(w => [w.time('{MORNING}'), w.date('{MORNING}')])(giliran.words('{language}', 'Asia/Jakarta'))"
    told = page.evaluate(script)
    assert [text.replace(",", "") if language == "en" else text for text in told] == said


def test_midnight_is_zero_hours(lab: Stage, page: Page) -> None:
    midnight = "giliran.words('en', 'Asia/Jakarta').time('2026-11-20T17:05:00Z')"
    assert page.evaluate(midnight) == "00:05"


def test_a_language_without_a_catalogue_is_spoken_with_the_first_one(lab: Stage, page: Page) -> None:
    assert page.evaluate("giliran.words('jv').text('common.close')") == "Close"


def test_a_branch_text_falls_back_to_a_language_it_has(lab: Stage, page: Page) -> None:
    assert page.evaluate("giliran.words('en').name({id: 'Loket 1'})") == "Loket 1"


def test_a_text_that_does_not_exist_is_a_fault_and_not_a_blank(lab: Stage, page: Page) -> None:
    script = "(() => { try { giliran.words('en').text('common.nothing') } catch (e) { return e.message } })()"
    assert "common.nothing" in page.evaluate(script)


@pytest.mark.parametrize(
    ("low", "high", "english", "indonesian"),
    [
        (0, 100, "a few minutes", "beberapa menit"),
        (20, 400, "up to about 7 minutes", "paling lama sekitar 7 menit"),
        (301, 599, "about 5–10 minutes", "sekitar 5–10 menit"),
        (660, 1370, "about 10–25 minutes", "sekitar 10–25 menit"),
        (600, 600, "about 10 minutes", "sekitar 10 menit"),
        (3000, 7100, "about 50–120 minutes", "sekitar 50–120 menit"),
        (5500, 9100, "about 1.5–3 hours", "sekitar 1,5–3 jam"),
    ],
)
def test_a_wait_is_said_no_narrower_than_it_is_known(
    lab: Stage, page: Page, low: int, high: int, english: str, indonesian: str
) -> None:
    estimate = f"{{low: {low}, likely: {low}, high: {high}, as_of: '{MORNING}'}}"
    said = page.evaluate(f"['en', 'id'].map((each) => giliran.waitText(giliran.words(each), {estimate}))")
    assert said == [english, indonesian]


def test_an_unknown_wait_is_said_to_be_unknown(lab: Stage, page: Page) -> None:
    assert page.evaluate("giliran.waitText(giliran.words('en'), null)") == "not known yet"


def test_a_growing_time_reads_like_a_clock(lab: Stage, page: Page) -> None:
    read = page.evaluate("[0, 5, 65, 3725, -3].map(giliran.stopwatch)")
    assert read == ["0:00", "0:05", "1:05", "1:02:05", "0:00"]


def test_a_problem_is_told_in_words_and_an_unknown_one_by_its_code(lab: Stage, page: Page) -> None:
    told = page.evaluate(
        """['queue-empty', 'http-418', 'constructor'].map(
            (code) => giliran.problemText(giliran.words('id'), { code }))"""
    )
    assert told[0] == "Tidak ada yang menunggu untuk loket ini."
    assert told[1:] == ["Terjadi kesalahan (http-418).", "Terjadi kesalahan (constructor)."]


WAITS = [(0, 2), (0, 3.2), (1, 4), (2.5, 9.1), (9, 15.2), (12, 41), (30, 61), (50, 119), (70, 130), (100, 250)]
"""Ranges in minutes, at least one for every way of saying one."""


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_paper_says_a_wait_as_the_screens_do(lab: Stage, page: Page, language: str) -> None:
    for low, high in [(low * 60, high * 60) for low, high in WAITS]:
        estimate = f"{{low: {low}, likely: {low}, high: {high}, as_of: ''}}"
        shown = page.evaluate(f"giliran.waitText(giliran.words('{language}'), {estimate})")
        assert texts.wait(language, low, high) == shown
