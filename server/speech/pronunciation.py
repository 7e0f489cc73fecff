"""What espeak-ng must be told to say things right, in its own phoneme notation.

Its Indonesian knows the letters' rules but few words: it opens the schwa of *empat*, *enam*, *belas* and closes the
open e of *loket*. Checked against the pronunciations in the Kamus Besar Bahasa Indonesia. In English lone
"A" and "I" are read as the words.
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
    """`text` with the words that espeak-ng says wrong written as phonemes, `[[…]]`.

    A lone capital is a letter; other words are known whatever their case. Brackets in the text itself are taken
    out, so that a counter's name cannot write phonemes.
    """
    known = _PHONEMES.get(language, {})

    def said(found: re.Match[str]) -> str:
        word = found.group()
        phonemes = known.get(word if len(word) == 1 else word.lower())
        return f"[[{phonemes}]]" if phonemes else word

    return _WORD.sub(said, re.sub(r"[\[\]]", " ", text))
