"""The sentence of a call: composed once, for voices that read text and for clips that are joined."""

from __future__ import annotations

import re
from dataclasses import dataclass

from server.speech.numerals import LIMIT, digit_words, number_words
from server.texts import LANGUAGES, say


@dataclass(frozen=True)
class Sentence:
    """What is to be said.

    `text` is for a voice. `clips` names the recordings that say the same: "nomor-antrean", letters, digits,
    "silakan-menuju-ke", "loket" and the counter's number; each entry holds the ways to say that part, the best
    first, each a sequence of clip names. None: recordings cannot say it, because the counter has a name of its own.
    `short`: it is one of several calls in a row, said faster and with less around it.
    """

    language: str
    text: str
    clips: tuple[tuple[tuple[str, ...], ...], ...] | None
    short: bool = False


def call_sentence(
    language: str, number: str, counter_number: int, counter_name: str | None = None, *, short: bool = False
) -> Sentence:
    """The call of ticket `number` to a counter: its letters and digits one by one, the counter as a word.

    `short`: number and counter alone.

    A counter that has a name of its own ("Kasir 2") is called by it, with the number in it as a word; without a
    name, or with the plain one ("Loket 2"), it is "loket dua". For a language without a catalogue the text is
    English, which no voice says; recordings do, of a counter whose name ends in its number.
    """
    spelled = _spelled(language, number)
    plain = say(language, "speech.counter", number=str(counter_number))
    name = (counter_name or "").strip() or plain
    is_plain = name.casefold() == plain.casefold() or (
        language not in LANGUAGES and re.search(rf"(?<![0-9]){counter_number}$", name) is not None
    )
    counter = _numbers_as_words(language, plain if is_plain else name)
    return Sentence(
        language=language,
        text=say(language, f"speech.call{'_short' if short else ''}", number=" ".join(spelled), counter=counter),
        clips=_clips(language, number, counter_number, short=short) if is_plain else None,
        short=short,
    )


def _spelled(language: str, number: str) -> list[str]:
    words: list[str] = []
    for part in re.findall(r"[A-Za-z]|[0-9]", number):
        words += digit_words(language, part) if part.isdigit() else [part.upper()]
    return words


def _numbers_as_words(language: str, text: str) -> str:
    """Writes every number in `text` as words; what is no plain number (007, 2024) is said digit by digit."""

    def words(found: re.Match[str]) -> str:
        digits = found.group()
        value = int(digits)
        plain = value <= LIMIT and str(value) == digits
        return " ".join(number_words(language, value) if plain else digit_words(language, digits))

    return " ".join(re.sub(r"[0-9]+", lambda found: f" {words(found)} ", text).split())


def _clips(language: str, number: str, counter: int, *, short: bool) -> tuple[tuple[tuple[str, ...], ...], ...]:
    spelled = re.findall(r"[A-Za-z]|[0-9]", number.upper())
    # A recording of the whole number sounds best; else its words, where a digit's recording serves for its word.
    ways: tuple[tuple[str, ...], ...] = ((str(counter),),)
    if counter <= LIMIT:
        digits = dict(zip(digit_words(language, "0123456789"), "0123456789", strict=True))
        ways += (tuple(digits.get(word, word) for word in number_words(language, counter)),)
    before, between = ((), ()) if short else (((("nomor-antrean",),),), ((("silakan-menuju-ke",),),))
    return (*before, *(((part,),) for part in spelled), *between, (("loket",),), ways)
