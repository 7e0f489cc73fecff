"""The voice: espeak-ng, as the command of this machine or as the library that comes with the product."""

from __future__ import annotations

import importlib.util
import os
import posix
import shutil
import sys
import tempfile
import time
from array import array
from dataclasses import dataclass
from pathlib import Path

from server.speech.errors import SpeechUnavailable
from server.speech.pronunciation import for_espeak
from server.speech.sound import NotPlainWave, read_wave

WORDS_A_MINUTE = 145
"""Slower than espeak-ng's own 175: a hall echoes."""

WORD_GAP = 3
"""A little more room between words, in hundredths of a second, so that "nol nol" is heard as two."""

SHORT_WORDS_A_MINUTE, SHORT_WORD_GAP = 190, 1
"""The same for one of several calls in a row: as people talk. Five of them have to fit in ten seconds."""

SPOKEN = ("id", "en")
"""The languages that have a voice here and a sentence in the catalogue. No other is spoken by a voice: an English
one would say it wrong, and the same sentence twice."""


@dataclass(frozen=True)
class Voice:
    """One way to run espeak-ng: `command` with `options` reads the script from stdin.

    `{language}`, `{speed}` and `{gap}` are filled in.
    """

    name: str
    command: tuple[str, ...]
    options: tuple[str, ...]
    patience: float = 10.0
    """Seconds until a voice that does not end is ended; a call takes some 0.05."""

    def script(self, language: str, text: str) -> str:
        """What is given to espeak-ng for `text`: the same, with phonemes for the words it says wrong."""
        return for_espeak(language, text)

    def say(self, language: str, script: str, *, short: bool = False) -> array[int]:
        """The samples of a script. Raises SpeechUnavailable with the voice's own complaint."""
        speed, gap = (SHORT_WORDS_A_MINUTE, SHORT_WORD_GAP) if short else (WORDS_A_MINUTE, WORD_GAP)
        arguments = [option.format(language=language, speed=speed, gap=gap) for option in self.options]
        output, complaint = _run([*self.command, *arguments], script.encode(), self.patience)
        try:
            samples = read_wave(output)
        except NotPlainWave as error:
            raise SpeechUnavailable(f"{self.name} made no sound: {complaint or error}") from error
        if not samples:
            raise SpeechUnavailable(f"{self.name} made no sound: {complaint or 'it was silent'}")
        return samples


def find_voice() -> Voice | None:
    """The command `espeak-ng` of this machine, else the library from PyPI, else None."""
    return command_voice() or library_voice()


def command_voice() -> Voice | None:
    """The program `espeak-ng` on the PATH, or None."""
    path = shutil.which("espeak-ng")
    if path is None:
        return None
    options = ("-v", "{language}", "-s", "{speed}", "-g", "{gap}", "-b", "1", "--stdin", "--stdout")
    return Voice("the command espeak-ng", (path,), options)


def library_voice() -> Voice | None:
    """The library of the Python package espeakng-loader, run in a process of its own, or None."""
    # Found without importing it: the server itself never loads the C library.
    found = importlib.util.find_spec("espeakng_loader")
    if found is None or found.origin is None:
        return None
    package = Path(found.origin).parent
    library = next((path for path in package.glob("libespeak-ng.*") if path.is_file()), None)
    if library is None:
        return None
    program = str(Path(__file__).with_name("espeak_library.py"))
    data = str(package / "espeak-ng-data")
    command = (sys.executable, "-I", "-S", program, str(library), data)
    return Voice("the library espeak-ng", command, ("{language}", "{speed}", "{gap}"))


def _run(command: list[str], text: bytes, patience: float) -> tuple[bytes, str]:
    """What the program wrote to stdout, and its last words on stderr.

    Not `subprocess`: once gevent has patched it, it works in the hub's own thread only. What `posix` offers stays
    as it is, and so works in the hub (where the sleep below yields to others), in a thread pool and without gevent.
    """
    with (
        tempfile.TemporaryFile() as stdin,
        tempfile.TemporaryFile() as stdout,
        tempfile.TemporaryFile() as stderr,
    ):
        stdin.write(text)
        stdin.flush()
        stdin.seek(0)
        files = (stdin.fileno(), stdout.fileno(), stderr.fileno())
        redirections = [(os.POSIX_SPAWN_DUP2, file, target) for target, file in enumerate(files)]
        try:
            child = posix.posix_spawn(command[0], command, os.environ, file_actions=redirections)
        except OSError as error:
            raise SpeechUnavailable(f"{command[0]} does not start: {error}") from error
        _wait(child, patience)
        stdout.seek(0)
        stderr.seek(0)
        return stdout.read(), stderr.read().decode(errors="replace").strip()[-300:]


def _wait(child: int, patience: float) -> None:
    """Returns when the process has ended; ends it itself after `patience`. How it ended is told by its output."""
    deadline = time.monotonic() + patience
    killed = False
    while True:
        try:
            if posix.waitpid(child, os.WNOHANG)[0]:
                return
        except ChildProcessError:  # gevent's own watcher has collected it
            return
        if not killed and time.monotonic() > deadline:
            os.kill(child, 9)
            killed = True
        time.sleep(0.004)
