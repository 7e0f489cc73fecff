"""The sentence of a call, both as text for a voice and as the names of clips to join."""

from __future__ import annotations

import re
from dataclasses import dataclass

from server.speech.numerals import LIMIT, digit_words, number_words
from server.texts import LANGUAGES, say


@dataclass(frozen=True)
class Sentence:
    """A sentence to speak.

    `text` is for a voice. `clips` names the recordings with the same content: "nomor-antrean", letters, digits,
    "silakan-menuju-ke", "loket" and the counter's number. Each entry lists the variants of that part, best first, each
    a sequence of clip names. None: the counter has its own name, which recordings do not have. `short`: one of
    several calls in a row, spoken faster and with fewer words.
    """

    language: str
    text: str
    clips: tuple[tuple[tuple[str, ...], ...], ...] | None
    short: bool = False


def call_sentence(
    language: str, number: str, counter_number: int, counter_name: str | None = None, *, short: bool = False
) -> Sentence:
    """Return the call of ticket `number` to a counter: letters and digits one by one, the counter as a word.

    `short`: only the number and the counter.

    A counter with its own name ("Kasir 2") is called by that name, with numbers as words; without a name, or with the
    plain one ("Loket 2"), it is "loket dua". For a language without a catalogue the text is English, which the voice
    does not speak; recordings can, if the counter's name ends in its number.
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
    """Write every number in `text` as words; others than plain numbers (007, 2024) digit by digit."""

    def words(match: re.Match[str]) -> str:
        digits = match.group()
        value = int(digits)
        plain = value <= LIMIT and str(value) == digits
        return " ".join(number_words(language, value) if plain else digit_words(language, digits))

    return " ".join(re.sub(r"[0-9]+", lambda match: f" {words(match)} ", text).split())


def _clips(language: str, number: str, counter: int, *, short: bool) -> tuple[tuple[tuple[str, ...], ...], ...]:
    spelled = re.findall(r"[A-Za-z]|[0-9]", number.upper())
    # a recording of the whole number sounds best; otherwise its words, where a digit's recording serves for its word
    variants: tuple[tuple[str, ...], ...] = ((str(counter),),)
    if counter <= LIMIT:
        digits = dict(zip(digit_words(language, "0123456789"), "0123456789", strict=True))
        variants += (tuple(digits.get(word, word) for word in number_words(language, counter)),)
    prefix, connective = ((), ()) if short else (((("nomor-antrean",),),), ((("silakan-menuju-ke",),),))
    return (*prefix, *(((part,),) for part in spelled), *connective, (("loket",),), variants)
