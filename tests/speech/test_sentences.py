"""The sentence of a call, for a voice and for recordings."""

from __future__ import annotations

import pytest

from server.speech import call_sentence


def test_a_call_in_indonesian() -> None:
    sentence = call_sentence("id", "A001", 2, "Loket 2")
    assert sentence.text == "Nomor antrean A nol nol satu, silakan menuju ke loket dua"


def test_a_call_in_english() -> None:
    sentence = call_sentence("en", "A001", 2, "Counter 2")
    assert sentence.text == "Number A zero zero one, please go to counter two"


def test_one_of_several_calls_in_a_row_is_number_and_counter_alone() -> None:
    sentence = call_sentence("id", "A010", 2, "Loket 2", short=True)
    assert sentence.text == "A nol satu nol, loket dua"
    assert sentence.clips is not None
    assert [name for ways in sentence.clips for name in ways[0]] == ["A", "0", "1", "0", "loket", "2"]
    assert call_sentence("en", "A010", 2, "Cashier", short=True).text == "A zero one zero, Cashier"


def test_the_number_is_spelled_and_the_counter_is_a_word() -> None:
    text = call_sentence("id", "BC120", 12).text
    assert "B C satu dua nol," in text
    assert text.endswith("loket dua belas")


@pytest.mark.parametrize(
    ("language", "name", "spoken"),
    [
        ("id", "Kasir", "Kasir"),
        ("id", "Poli Gigi 2", "Poli Gigi dua"),
        ("en", "Room 21B", "Room twenty one B"),
        ("en", "Hall 007", "Hall zero zero seven"),
        ("id", "LOKET 2", "loket dua"),
        ("id", "  ", "loket dua"),
    ],
)
def test_a_counter_is_called_what_its_sign_says(language: str, name: str, spoken: str) -> None:
    assert call_sentence(language, "A001", 2, name).text.endswith(f" {spoken}")


def test_recordings_say_the_same_parts_in_the_same_order() -> None:
    parts = call_sentence("id", "A010", 2, "Loket 2").clips
    assert parts is not None
    first_choice = [name for ways in parts for name in ways[0]]
    assert first_choice == [
        "nomor-antrean", "A", "0", "1", "0", "silakan-menuju-ke", "loket", "2",
    ]  # fmt: skip


def test_a_two_digit_counter_may_be_one_recording_or_its_words() -> None:
    indonesian, english = (call_sentence(language, "A010", 21).clips for language in ("id", "en"))
    assert indonesian is not None
    assert english is not None
    assert indonesian[-1] == (("21",), ("2", "puluh", "1"))
    assert english[-1] == (("21",), ("twenty", "1"))


def test_recordings_cannot_say_a_name_that_an_operator_chose() -> None:
    assert call_sentence("id", "A001", 2, "Kasir").clips is None


def test_a_language_without_a_catalogue_is_spoken_in_english() -> None:
    assert call_sentence("fr", "A001", 2).text.startswith("Number A zero zero one")
