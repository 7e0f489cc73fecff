"""The cache of spoken calls on disk: each is made once, and their total size is limited."""

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
"""Seconds after which a claim counts as left by a dead process."""
_POLL = 0.01
"""Seconds between two looks for a call that another thread or process is making."""


class SpeechCache:
    """WAV files in `directory`, at most `limit` bytes in all; the least recently used are deleted first.

    Safe between threads, greenlets and processes: a file appears complete or not at all. If several ask for the same
    call at the same time, as all displays of a hall do, one makes it and the others wait.
    """

    def __init__(self, directory: Path, limit: int) -> None:
        self._directory = directory
        self._limit = limit
        self._failing = False
        directory.mkdir(parents=True, exist_ok=True)
        for stale_claim in directory.glob("*.making"):
            stale_claim.unlink(missing_ok=True)  # left by a killed process; nobody should wait for it

    def get(self, key: tuple[str, ...], make: Callable[[], bytes]) -> bytes:
        """Return the bytes cached under `key`, made by `make` if there are none. Errors of `make` are passed on."""
        path = self._directory / f"{hashlib.sha256(repr(key).encode()).hexdigest()[:32]}.wav"
        claim = path.with_suffix(".making")
        while True:
            cached = self._read(path)
            if cached is not None:
                return cached
            try:
                claimed = self._claimed(claim)
            except OSError as error:
                self._report_failure(error)
                return make()
            if claimed:
                try:
                    # the previous claimant may have finished between our read and our claim
                    cached = self._read(path)
                    return self._keep(path, claim, make()) if cached is None else cached
                finally:
                    claim.unlink(missing_ok=True)
            time.sleep(_POLL)

    def _read(self, path: Path) -> bytes | None:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        with suppress(OSError):  # the time only orders deletions
            os.utime(path)
        return content

    def _claimed(self, claim: Path) -> bool:
        """Try to claim the making of a call; return whether this succeeded."""
        try:
            claim.open("xb").close()
        except FileExistsError:
            with suppress(FileNotFoundError):
                # a claim in the future dates from before the clock was set back
                if abs(time.time() - claim.stat().st_mtime) > _STALE:
                    claim.unlink()
            return False
        return True

    def _keep(self, path: Path, claim: Path, content: bytes) -> bytes:
        try:
            with claim.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())  # otherwise a power cut could leave the name without the content
            claim.replace(path)
            self._make_room()
        except OSError as error:
            self._report_failure(error)
        else:
            self._failing = False
        return content

    def _report_failure(self, error: OSError) -> None:
        """Log once that the disk cannot store calls, until it can again. Calls are spoken anyway."""
        if not self._failing:
            log.warning("speech_not_kept", reason=error.strerror)
        self._failing = True

    def _make_room(self) -> None:
        files = []
        for path in self._directory.glob("*.wav"):
            with suppress(FileNotFoundError):  # another process has deleted it meanwhile
                status = path.stat()
                files.append((status.st_mtime, status.st_size, path))
        size = sum(file_size for _, file_size, _ in files)
        for _, file_size, path in sorted(files):
            if size <= self._limit:
                break
            path.unlink(missing_ok=True)
            size -= file_size
