"""Spoken calls kept on disk: made once, whoever asks, and never more than fits."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

log = structlog.get_logger()

_STALE = 30.0
"""Seconds after which a claim is taken for left behind by a process that died."""
_POLL = 0.01


class SpeechCache:
    """WAV files in `directory`, at most `limit` bytes of them; the least lately heard go first.

    Safe between threads, greenlets and processes: a file appears whole or not at all, and of those who ask for the
    same call at the same time (every display of a hall does) one makes it while the others wait for it.
    """

    def __init__(self, directory: Path, limit: int) -> None:
        self._directory = directory
        self._limit = limit
        self._failing = False
        directory.mkdir(parents=True, exist_ok=True)
        for left in directory.glob("*.making"):
            left.unlink(missing_ok=True)  # by a process that was killed; nobody should wait for it

    def get(self, key: tuple[str, ...], make: Callable[[], bytes]) -> bytes:
        """The bytes kept under `key`, made by `make` when there are none. What `make` raises is passed on."""
        path = self._directory / f"{hashlib.sha256(repr(key).encode()).hexdigest()[:32]}.wav"
        claim = path.with_suffix(".making")
        while True:
            kept = self._read(path)
            if kept is not None:
                return kept
            try:
                mine = self._claimed(claim)
            except OSError as error:
                self._away(error)
                return make()
            if mine:
                try:
                    # who claimed before us may have finished between our look and our claim
                    kept = self._read(path)
                    return self._keep(path, claim, make()) if kept is None else kept
                finally:
                    claim.unlink(missing_ok=True)
            time.sleep(_POLL)

    def _read(self, path: Path) -> bytes | None:
        try:
            kept = path.read_bytes()
        except FileNotFoundError:
            return None
        with suppress(OSError):  # only its turn to go is told by it
            os.utime(path)
        return kept

    def _claimed(self, claim: Path) -> bool:
        """Decides whether the making is ours: the first to create the claim has it."""
        try:
            claim.open("xb").close()
        except FileExistsError:
            with suppress(FileNotFoundError):
                # a claim of the future was made before the clock was set back
                if abs(time.time() - claim.stat().st_mtime) > _STALE:
                    claim.unlink()
            return False
        return True

    def _keep(self, path: Path, claim: Path, made: bytes) -> bytes:
        try:
            with claim.open("wb") as file:
                file.write(made)
                file.flush()
                os.fsync(file.fileno())  # else a power cut could leave the name without the sound
            claim.replace(path)
            self._make_room()
        except OSError as error:
            self._away(error)
        else:
            self._failing = False
        return made

    def _away(self, error: OSError) -> None:
        """The disk keeps nothing: a call is spoken all the same. Logged once, until it keeps again."""
        if not self._failing:
            log.warning("speech_not_kept", reason=error.strerror)
        self._failing = True

    def _make_room(self) -> None:
        kept = []
        for path in self._directory.glob("*.wav"):
            with suppress(FileNotFoundError):  # another process made room meanwhile
                status = path.stat()
                kept.append((status.st_mtime, status.st_size, path))
        size = sum(each for _, each, _ in kept)
        for _, each, path in sorted(kept):
            if size <= self._limit:
                break
            path.unlink(missing_ok=True)
            size -= each
