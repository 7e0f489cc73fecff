"""Speaks calls: with the operator's recordings if they are complete, otherwise with the voice of espeak-ng."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from server.speech.cache import SpeechCache
from server.speech.clips import Clips
from server.speech.errors import NotSpoken, SpeechUnavailable
from server.speech.espeak import SPOKEN, Voice, find_voice
from server.speech.sentences import Sentence, call_sentence
from server.speech.sound import finished, write_wave

_LIMIT = 200_000_000
"""Bytes of the cache: about 900 calls, a day of a busy branch in two languages."""

_log = logging.getLogger(__name__)


class Speech:
    """Spoken calls as WAV (16-bit mono PCM, 22 050 Hz), made once and cached in `cache`.

    `clips` is the directory of the operator's recordings, which need not exist. `voice` finds espeak-ng; it is called
    at the first call that needs a voice, and again as long as there is none.
    """

    def __init__(
        self,
        cache: Path,
        clips: Path | None = None,
        *,
        voice: Callable[[], Voice | None] = find_voice,
        limit: int = _LIMIT,
    ) -> None:
        self._cache = SpeechCache(cache, limit)
        self._clips = Clips(clips) if clips else None
        self._find_voice = voice
        self._voice: Voice | None = None
        self._complaints: set[str] = set()

    def call(
        self, language: str, number: str, counter_number: int, counter_name: str | None = None, *, short: bool = False
    ) -> bytes:
        """Return the call of a ticket to a counter, e.g. "Nomor antrean A nol nol satu, silakan menuju ke loket dua".

        `short`: e.g. "A nol nol satu, loket dua", faster, about two seconds, as one of several calls in a row.
        This may take about 50 ms; gevent's hub is free meanwhile.

        Raises: NotSpoken if the language has neither a voice nor complete recordings; SpeechUnavailable if nothing
        can speak it now.
        """
        sentence = call_sentence(language, number, counter_number, counter_name, short=short)
        try:
            return self._recorded(sentence) or self._voiced(sentence)
        except OSError as error:
            raise SpeechUnavailable(f"The speech cache cannot be used: {error}") from error

    def _recorded(self, sentence: Sentence) -> bytes | None:
        clips = self._clips
        files = clips.files(sentence) if clips else None
        if clips is None or files is None:
            return None
        status = [(path, path.stat()) for path in files]
        key = [f"{path}:{file_status.st_size}:{file_status.st_mtime_ns}" for path, file_status in status]
        try:
            form = "short" if sentence.short else "clips"
            return self._cache.get((form, *key), lambda: write_wave(finished(clips.join(files), short=sentence.short)))
        except SpeechUnavailable as error:
            if str(error) not in self._complaints:
                self._complaints.add(str(error))
                _log.warning("%s", error)
            return None

    def _voiced(self, sentence: Sentence) -> bytes:
        if sentence.language not in SPOKEN:
            raise NotSpoken(
                f"There is no voice for {sentence.language!r}, and the recordings for the call are not complete."
            )
        voice = self._voice = self._voice or self._find_voice()
        if voice is None:
            raise SpeechUnavailable(
                "There is no voice on this machine: install espeak-ng (apt-get install espeak-ng)"
                " or the Python package espeakng-loader, or record clips."
            )
        script = voice.script(sentence.language, sentence.text)
        return self._cache.get(
            (voice.name, sentence.language, script),  # a full sentence never equals a short one
            lambda: write_wave(
                finished(voice.say(sentence.language, script, short=sentence.short), short=sentence.short)
            ),
        )
