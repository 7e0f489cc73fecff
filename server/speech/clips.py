"""Calls joined from an operator's own recordings.

There is a directory for each language: `clips/id/nomor-antrean.wav`, `silakan-menuju-ke.wav`, `loket.wav`, `A.wav` …
`Z.wav`, `0.wav` … `9.wav`, and for counters beyond nine either the number itself (`12.wav`) or its words (`belas.wav`,
`puluh.wav`, `twelve.wav`, `twenty.wav` …). They are 16-bit PCM WAV, any rate, mono or stereo. The names are the same in
every language. If one is missing, the voice speaks the whole call: two voices in one call are hard to follow.
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
"""Clips that start a phrase, after a longer pause, unless they follow each other."""
_LONGEST = 10 << 20
"""Bytes of a recording: two minutes of mono at the rate of a CD."""


class Clips:
    """The recordings below `directory`. Each call looks them up again, since an operator may add some at any time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def files(self, sentence: Sentence) -> list[Path] | None:
        """Return the recordings of the sentence, in order; None if one is missing."""
        if sentence.clips is None:
            return None
        files: list[Path] = []
        for variants in sentence.clips:
            paths = ([self._path(sentence.language, name) for name in names] for names in variants)
            complete = next((names for names in paths if all(path.is_file() for path in names)), None)
            if complete is None:
                return None
            files += complete
        return files

    def join(self, files: list[Path]) -> array[int]:
        """Return the recordings joined, all equally loud. Raises: SpeechUnavailable if one cannot be used."""
        joined = array("h")
        previous = ""
        for path in files:
            try:
                clip = levelled(trimmed(read_wave(_content(path))))
            except NotPlainWave as error:
                raise SpeechUnavailable(f"The recording {path} cannot be used: {error}") from error
            if joined:
                starts_phrase = path.stem in _PHRASES and previous not in _PHRASES
                joined += silence(_BETWEEN_PHRASES if starts_phrase else _BETWEEN_WORDS)
            joined += clip
            previous = path.stem
        return joined

    def _path(self, language: str, name: str) -> Path:
        return self._directory / language / f"{name}.wav"


def _content(path: Path) -> bytes:
    """Read a recording. Raises: NotPlainWave if it is too large to be a word."""
    with path.open("rb") as file:
        content = file.read(_LONGEST + 1)
    if len(content) > _LONGEST:
        raise NotPlainWave(f"it is larger than {_LONGEST >> 20} MB")
    return content
