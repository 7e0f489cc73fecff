"""Speaks one text with the espeak-ng library and writes the sound; a separate program.

    python espeak_library.py LIBRARY DATA LANGUAGE WORDS_A_MINUTE WORD_GAP < text > sound.wav

The library is C code that an unusual text might crash, so it never runs inside the server. This file imports nothing
else of Giliran: starting it without site packages takes a third of the time.
"""

import ctypes
import sys
import wave
from typing import Any

# From speak_lib.h
_SYNCHRONOUS = 2
_CHARACTERS = 1
_UTF8 = 1
_PHONEMES = 0x100
_RATE = 1
_WORD_GAP = 7
_OK = 0

_SynthCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def main(library: str, data: str, language: str, words_a_minute: str, word_gap: str) -> int:
    """Speak the text from stdin, and return the exit status: 0, or 1 with one line on stderr."""
    text = sys.stdin.buffer.read()
    espeak = ctypes.CDLL(library)
    rate = espeak.espeak_Initialize(_SYNCHRONOUS, 0, data.encode(), 0)
    if rate <= 0:
        return fail("the library did not start")
    if espeak.espeak_SetVoiceByName(language.encode()) != _OK:
        return fail(f"it has no voice for {language}")
    espeak.espeak_SetParameter(_RATE, int(words_a_minute), 0)
    espeak.espeak_SetParameter(_WORD_GAP, int(word_gap), 0)
    sound = bytearray()

    @_SynthCallback  # type: ignore[untyped-decorator]
    def collect(samples: Any, count: int, _events: int | None) -> int:
        if samples and count:
            sound.extend(ctypes.string_at(samples, 2 * count))
        return 0

    espeak.espeak_SetSynthCallback(collect)
    size = ctypes.c_size_t(len(text) + 1)
    status = espeak.espeak_Synth(text, size, 0, _CHARACTERS, 0, _UTF8 | _PHONEMES, None, None)
    if status != _OK:
        return fail(f"it refused the text ({status})")
    espeak.espeak_Synchronize()
    with wave.open(sys.stdout.buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(sound))
    return 0


def fail(reason: str) -> int:
    """Print the reason on stderr; return the exit status."""
    print(f"espeak-ng: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
