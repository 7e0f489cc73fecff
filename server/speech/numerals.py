"""Numbers as words, in the languages of spoken calls."""

from __future__ import annotations

LIMIT = 999
"""The largest number written as words; larger ones are spoken digit by digit."""

_DIGITS = {
    "id": ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"],
    "en": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
}
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def digit_words(language: str, digits: str) -> list[str]:
    """Return the words of `digits` one by one: "012" is nol satu dua."""
    words = _DIGITS.get(language, _DIGITS["en"])
    return [words[int(digit)] for digit in digits]


def number_words(language: str, number: int) -> list[str]:
    """Return the words of a number: 21 is dua puluh satu, twenty one. Raises: ValueError if not from 0 to LIMIT."""
    if not 0 <= number <= LIMIT:
        raise ValueError(f"{number} is not from 0 to {LIMIT}.")
    return _indonesian(number) if language == "id" else _english(number)


def _indonesian(number: int) -> list[str]:
    digits = _DIGITS["id"]
    hundreds, rest = divmod(number, 100)
    if hundreds:
        head = ["seratus"] if hundreds == 1 else [digits[hundreds], "ratus"]
        return head + (_indonesian(rest) if rest else [])
    tens, ones = divmod(rest, 10)
    if tens == 0:
        return [digits[ones]]
    if tens == 1 and ones:
        return ["sebelas"] if ones == 1 else [digits[ones], "belas"]
    head = ["sepuluh"] if tens == 1 else [digits[tens], "puluh"]
    return head + ([digits[ones]] if ones else [])


def _english(number: int) -> list[str]:
    digits = _DIGITS["en"]
    hundreds, rest = divmod(number, 100)
    if hundreds:
        return [digits[hundreds], "hundred", *(["and", *_english(rest)] if rest else [])]
    tens, ones = divmod(rest, 10)
    if tens == 0:
        return [digits[ones]]
    if tens == 1:
        return [_TEENS[ones]]
    return [_TENS[tens]] + ([digits[ones]] if ones else [])
