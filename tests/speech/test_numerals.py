"""Numbers as words."""

from __future__ import annotations

import pytest

from server.speech.numerals import LIMIT, digit_words, number_words


@pytest.mark.parametrize(
    ("number", "indonesian", "english"),
    [
        (0, "nol", "zero"),
        (2, "dua", "two"),
        (10, "sepuluh", "ten"),
        (11, "sebelas", "eleven"),
        (12, "dua belas", "twelve"),
        (20, "dua puluh", "twenty"),
        (21, "dua puluh satu", "twenty one"),
        (100, "seratus", "one hundred"),
        (105, "seratus lima", "one hundred and five"),
        (111, "seratus sebelas", "one hundred and eleven"),
        (240, "dua ratus empat puluh", "two hundred and forty"),
        (999, "sembilan ratus sembilan puluh sembilan", "nine hundred and ninety nine"),
    ],
)
def test_a_number_is_said_as_people_say_it(number: int, indonesian: str, english: str) -> None:
    assert " ".join(number_words("id", number)) == indonesian
    assert " ".join(number_words("en", number)) == english


@pytest.mark.parametrize("language", ["id", "en"])
def test_no_two_numbers_sound_the_same(language: str) -> None:
    said = {" ".join(number_words(language, number)) for number in range(LIMIT + 1)}
    assert len(said) == LIMIT + 1


@pytest.mark.parametrize("number", [-1, LIMIT + 1])
def test_a_number_beyond_the_limit_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="999"):
        number_words("id", number)


def test_leading_zeros_of_a_ticket_are_said() -> None:
    assert digit_words("id", "007") == ["nol", "nol", "tujuh"]
