"""The voice: espeak-ng, as a command of this machine or as the library from PyPI."""

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
"""Slower than espeak-ng's default of 175, since halls echo."""

WORD_GAP = 3
"""Extra pause between words, in hundredths of a second, so that "nol nol" sounds like two words."""

SHORT_WORDS_A_MINUTE, SHORT_WORD_GAP = 190, 1
"""The same for one of several calls in a row, at the speed of normal speech: five must fit in ten seconds."""

SPOKEN = ("id", "en")
"""The languages with a voice and a sentence in the catalogue. The voice speaks no other language: an English voice
would mispronounce it, and repeat the English sentence."""


@dataclass(frozen=True)
class Voice:
    """A way to run espeak-ng: `command` with `options` reads the script from stdin.

    The options may contain `{language}`, `{speed}` and `{gap}`.
    """

    name: str
    command: tuple[str, ...]
    options: tuple[str, ...]
    patience: float = 10.0
    """Seconds until a hanging voice is killed; a call takes about 0.05."""

    def script(self, language: str, text: str) -> str:
        """Return the input for espeak-ng: the text, with phonemes for words that it mispronounces."""
        return for_espeak(language, text)

    def say(self, language: str, script: str, *, short: bool = False) -> array[int]:
        """Return the samples of a spoken script. Raises: SpeechUnavailable with the voice's own message."""
        speed, gap = (SHORT_WORDS_A_MINUTE, SHORT_WORD_GAP) if short else (WORDS_A_MINUTE, WORD_GAP)
        arguments = [option.format(language=language, speed=speed, gap=gap) for option in self.options]
        output, message = _run([*self.command, *arguments], script.encode(), self.patience)
        try:
            samples = read_wave(output)
        except NotPlainWave as error:
            raise SpeechUnavailable(f"{self.name} made no sound: {message or error}") from error
        if not samples:
            raise SpeechUnavailable(f"{self.name} made no sound: {message or 'it was silent'}")
        return samples


def find_voice() -> Voice | None:
    """Return the command `espeak-ng` of this machine, or the library from PyPI, or None."""
    return command_voice() or library_voice()


def command_voice() -> Voice | None:
    """Return the voice of the program `espeak-ng` on the PATH; None if there is none."""
    path = shutil.which("espeak-ng")
    if path is None:
        return None
    options = ("-v", "{language}", "-s", "{speed}", "-g", "{gap}", "-b", "1", "--stdin", "--stdout")
    return Voice("the command espeak-ng", (path,), options)


def library_voice() -> Voice | None:
    """Return the voice of the Python package espeakng-loader, run in its own process; None if not installed."""
    # not imported: the server itself never loads the C library
    spec = importlib.util.find_spec("espeakng_loader")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    library = next((path for path in package.glob("libespeak-ng.*") if path.is_file()), None)
    if library is None:
        return None
    program = str(Path(__file__).with_name("espeak_library.py"))
    data = str(package / "espeak-ng-data")
    command = (sys.executable, "-I", "-S", program, str(library), data)
    return Voice("the library espeak-ng", command, ("{language}", "{speed}", "{gap}"))


def _run(command: list[str], text: bytes, patience: float) -> tuple[bytes, str]:
    """Run the program; return its stdout, and the end of its stderr.

    This does not use `subprocess`: once patched by gevent, it works only in the hub's thread. The functions of
    `posix` are not patched: they work in the hub (where the sleep below yields), in a thread pool and without gevent.
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
    """Wait for the process to end, and kill it after `patience` seconds. Its output shows how it ended."""
    deadline = time.monotonic() + patience
    killed = False
    while True:
        try:
            if posix.waitpid(child, os.WNOHANG)[0]:
                return
        except ChildProcessError:  # gevent's own watcher has reaped it
            return
        if not killed and time.monotonic() > deadline:
            os.kill(child, 9)
            killed = True
        time.sleep(0.004)
