"""An operator's own recordings, joined to a call.

A directory a language: `clips/id/nomor-antrean.wav`, `silakan-menuju-ke.wav`, `loket.wav`, `A.wav` … `Z.wav`,
`0.wav` … `9.wav`, and for counters beyond nine either the number itself (`12.wav`) or its words (`belas.wav`,
`puluh.wav`, `twelve.wav`, `twenty.wav` …). 16-bit PCM WAV, any rate, mono or stereo. The names are the same in
every language. Where one is missing, the whole call is left to the voice: two voices in one call are hard to follow.
"""

from __future__ import annotations

from array import array
from pathlib import Path

from server.speech.errors import SpeechUnavailable
from server.speech.sentences import Sentence
from server.speech.sound import NotPlainWave, levelled, read_wave, silence, trimmed

_BETWEEN_WORDS = 0.06
_BETWEEN_PHRASES = 0.25
_PHRASES = {"silakan-menuju-ke", "loket"}
"""Clips that begin a phrase, unless they follow each other: a longer pause stands before them."""
_LONGEST = 10 << 20
"""Bytes of a recording: two minutes at the rate of a CD."""


class Clips:
    """The recordings below `directory`, looked up anew for each call: an operator may add some at any time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def files(self, sentence: Sentence) -> list[Path] | None:
        """The recordings that say the sentence, in order; None when one is missing."""
        if sentence.clips is None:
            return None
        found: list[Path] = []
        for ways in sentence.clips:
            paths = ([self._path(sentence.language, name) for name in way] for way in ways)
            complete = next((way for way in paths if all(path.is_file() for path in way)), None)
            if complete is None:
                return None
            found += complete
        return found

    def join(self, files: list[Path]) -> array[int]:
        """The recordings one after another, equally loud. Raises SpeechUnavailable when one cannot be used."""
        joined = array("h")
        previous = ""
        for path in files:
            try:
                clip = levelled(trimmed(read_wave(_content(path))))
            except NotPlainWave as error:
                raise SpeechUnavailable(f"The recording {path} cannot be used: {error}") from error
            if joined:
                begins = path.stem in _PHRASES and previous not in _PHRASES
                joined += silence(_BETWEEN_PHRASES if begins else _BETWEEN_WORDS)
            joined += clip
            previous = path.stem
        return joined

    def _path(self, language: str, name: str) -> Path:
        return self._directory / language / f"{name}.wav"


def _content(path: Path) -> bytes:
    """A recording. Raises NotPlainWave for one that is too large to be a word."""
    with path.open("rb") as file:
        content = file.read(_LONGEST + 1)
    if len(content) > _LONGEST:
        raise NotPlainWave(f"it is larger than {_LONGEST >> 20} MB")
    return content
