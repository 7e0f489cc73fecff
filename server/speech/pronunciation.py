"""Corrections of espeak-ng's pronunciation, in its own phoneme notation.

Its Indonesian has rules for letters but few words: it opens the schwa of *empat*, *enam*, *belas*, and closes the open
e of *loket*. The corrections follow the Kamus Besar Bahasa Indonesia. In English, single "A" and "I" would be read as
the words.
"""

from __future__ import annotations

import re

_PHONEMES = {
    "id": {
        "antrean": "antRe'an",
        "loket": "l'okEt",
        "empat": "@mp'at",
        "enam": "@n'am",
        "belas": "b@l'as",
        "sebelas": "s@b@l'as",
        "kelas": "k@l'as",
        "teller": "t'El@R",
        "apotek": "ap'otEk",
        "resep": "R'EsEp",
        "F": "'Ef",
        "X": "'Eks",
    },
    "en": {"A": "'eI", "I": "'aI"},
}

_WORD = re.compile(r"[^\W\d_]+")


def for_espeak(language: str, text: str) -> str:
    """Return `text` with the words that espeak-ng mispronounces written as phonemes, `[[…]]`.

    A single capital is a letter; other words match in any case. Brackets in the text are removed, so that a counter's
    name cannot contain phonemes.
    """
    corrections = _PHONEMES.get(language, {})

    def pronounced(match: re.Match[str]) -> str:
        word = match.group()
        phonemes = corrections.get(word if len(word) == 1 else word.lower())
        return f"[[{phonemes}]]" if phonemes else word

    return _WORD.sub(pronounced, re.sub(r"[\[\]]", " ", text))
