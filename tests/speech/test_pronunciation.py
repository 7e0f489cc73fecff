"""How espeak-ng really says the calls, in the phonetic alphabet.

Nobody can listen in a test, but the voice tells the phonemes it is going to make.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from server.speech import call_sentence
from server.speech.pronunciation import for_espeak

# Stands alone for the same reason as the voice does: the C library stays out of the test's own process.
TRACE = """
import ctypes, sys, espeakng_loader
espeak, c = ctypes.CDLL(espeakng_loader.get_library_path()), ctypes.CDLL(None)
c.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(c.fdopen(1, b"w"))
espeak.espeak_Initialize(2, 0, espeakng_loader.get_data_path().encode(), 0)
mute = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(lambda *_: 0)
espeak.espeak_SetSynthCallback(mute)
espeak.espeak_SetPhonemeTrace(2, out)
espeak.espeak_SetVoiceByName(sys.argv[1].encode())
text = sys.argv[2].encode()
espeak.espeak_Synth(text, ctypes.c_size_t(len(text) + 1), 0, 1, 0, 0x101, None, None)
c.fflush(out)
"""


def phonemes_of(language: str, text: str) -> str:
    """Return the phonemes of a text in the international alphabet, without stress marks."""
    script = for_espeak(language, text)
    done = subprocess.run(
        [sys.executable, "-c", TRACE, language, script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent,
    )
    return " ".join(done.stdout.replace("ˈ", "").replace("ˌ", "").split())


def test_the_indonesian_call_is_said_right() -> None:
    sentence = call_sentence("id", "A001", 2)
    assert phonemes_of("id", sentence.text) == ("nomɔr antrean a nol nol satu silakan mənudʒu kə lokɛt dua")


def test_the_english_call_says_the_letter_and_not_the_article() -> None:
    assert "nʌmbəɹ eɪ ziəɹəʊ" in phonemes_of("en", call_sentence("en", "A001", 2).text)


@pytest.mark.parametrize(
    ("word", "sound"),
    [
        ("empat", "əmpat"),
        ("enam", "ənam"),
        ("dua belas", "dua bəlas"),
        ("sebelas", "səbəlas"),
        ("Loket", "lokɛt"),
        ("F", "ɛf"),
        ("X", "ɛks"),
        ("H", "ha"),
        ("Q", "ki"),
    ],
)
def test_words_that_the_voice_does_not_know_are_mended(word: str, sound: str) -> None:
    assert phonemes_of("id", f"nol {word} nol") == f"nol {sound} nol"


def test_brackets_of_a_name_are_not_taken_for_phonemes() -> None:
    assert "[" not in for_espeak("en", "[[h@l'oU]] Desk [2]").replace("[['eI]]", "")
