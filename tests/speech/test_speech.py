"""Calls as sound: from complete recordings, otherwise from espeak-ng."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.speech import NotSpoken, Speech, SpeechUnavailable
from server.speech.espeak import Voice, find_voice, library_voice
from server.speech.sound import RATE
from tests.speech.waves import a_tone, a_wave, crossings, record, samples_of

CLIPS = ("nomor-antrean", "silakan-menuju-ke", "loket", "A", "0", "1", "2")


def no_voice() -> Voice | None:
    return None


def with_clips(directory: Path, *names: str) -> Path:
    for name in names:
        record(directory / "id" / f"{name}.wav")
    return directory


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_library_speaks_both_languages(tmp_path: Path, language: str) -> None:
    samples = samples_of(Speech(tmp_path, voice=library_voice).call(language, "A001", 2))
    assert 3 < len(samples) / RATE < 8
    assert max(map(abs, samples)) > 25_000


@pytest.mark.parametrize("language", ["id", "en"])
def test_one_of_several_calls_in_a_row_takes_two_seconds(tmp_path: Path, language: str) -> None:
    """The limit of the wall display (docs/pages.md): SENTENCE in display/page/announcer.ts."""
    speech = Speech(tmp_path, voice=library_voice)
    for place in range(1, 6):
        samples = samples_of(speech.call(language, f"A00{place}", place, short=True))
        assert 1.5 < len(samples) / RATE < 2.35  # the page makes 2.1 s of that
        assert samples_of(speech.call(language, f"A00{place}", place)) != samples


def test_recordings_say_number_and_counter_alone(tmp_path: Path) -> None:
    for name in CLIPS[2:]:
        record(tmp_path / "clips" / "id" / f"{name}.wav")
    speech = Speech(tmp_path / "cache", tmp_path / "clips", voice=no_voice)
    short = len(samples_of(speech.call("id", "A001", 2, "Loket 2", short=True))) / RATE
    assert short == pytest.approx(6 * 0.2 + 4 * 0.06 + 0.25 + 2 * 0.08, abs=0.05)
    with pytest.raises(SpeechUnavailable):
        speech.call("id", "A001", 2, "Loket 2")  # the whole sentence lacks two of its recordings


def test_the_command_of_the_machine_is_preferred_and_gets_the_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sound.wav").write_bytes(a_wave(a_tone()))
    program = tmp_path / "espeak-ng"
    program.write_text(f'#!/bin/sh\ncd {tmp_path}\necho "$@" > told\ncat >> told\ncat sound.wav\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert crossings(samples_of(Speech(tmp_path / "cache").call("id", "B002", 2))) == 88
    told, text = (tmp_path / "told").read_text().splitlines()
    assert told.startswith("-v id ")
    assert told.endswith(" --stdin --stdout")
    assert text.startswith("Nomor [[antRe'an]] B nol nol dua, ")


@pytest.mark.parametrize("language", ["su", "de", "xx"])
def test_a_language_without_a_voice_is_not_spoken_by_another_ones(tmp_path: Path, language: str) -> None:
    with pytest.raises(NotSpoken):
        Speech(tmp_path).call(language, "A001", 2, "Loket 2")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_language_without_a_voice_is_spoken_by_recordings(tmp_path: Path) -> None:
    for name in CLIPS:
        record(tmp_path / "clips" / "su" / f"{name}.wav")
    speech = Speech(tmp_path / "cache", tmp_path / "clips", voice=no_voice)
    assert len(samples_of(speech.call("su", "A001", 2, "Loket 2"))) / RATE > 8 * 0.2
    with pytest.raises(NotSpoken):
        speech.call("su", "B001", 2, "Loket 2")  # no recording of B


def test_different_calls_sound_different(tmp_path: Path) -> None:
    speech = Speech(tmp_path)
    heard = {speech.call("id", number, counter) for number in ("A001", "A002") for counter in (1, 2)}
    assert len(heard) == 4


def test_a_call_is_voiced_once_and_kept(tmp_path: Path) -> None:
    first = Speech(tmp_path, voice=find_voice).call("id", "A001", 2)
    voice = find_voice()
    assert voice is not None
    broken = Voice(voice.name, ("/bin/false",), ())
    assert Speech(tmp_path, voice=lambda: broken).call("id", "A001", 2) == first


def test_complete_recordings_are_joined(tmp_path: Path) -> None:
    clips = with_clips(tmp_path / "clips", *CLIPS)
    wav = Speech(tmp_path / "cache", clips, voice=no_voice).call("id", "A001", 2, "Loket 2")
    samples = samples_of(wav)
    # Eight clips of 0.2 s at 440 Hz, each with its pause.
    assert crossings(samples) == pytest.approx(8 * 88, abs=16)
    assert 8 * 0.2 + 0.5 < len(samples) / RATE < 8 * 0.2 + 2


def test_a_recording_of_the_whole_number_goes_before_its_words(tmp_path: Path) -> None:
    clips = with_clips(tmp_path / "clips", *CLIPS, "belas")
    speech = Speech(tmp_path / "cache", clips, voice=no_voice)
    words = samples_of(speech.call("id", "A001", 12))
    record(clips / "id" / "12.wav")
    whole = samples_of(speech.call("id", "A001", 12))
    assert len(words) - len(whole) == pytest.approx(0.26 * RATE, abs=0.02 * RATE)


def test_a_recording_that_was_made_anew_is_heard(tmp_path: Path) -> None:
    clips = with_clips(tmp_path / "clips", *CLIPS)
    speech = Speech(tmp_path / "cache", clips, voice=no_voice)
    before = speech.call("id", "A001", 2)
    record(clips / "id" / "A.wav", frequency=880)
    assert speech.call("id", "A001", 2) != before


def test_a_missing_recording_leaves_the_whole_call_to_the_voice(tmp_path: Path) -> None:
    clips = with_clips(tmp_path / "clips", *(name for name in CLIPS if name != "1"))
    voiced = Speech(tmp_path / "plain").call("id", "A001", 2)
    assert Speech(tmp_path / "cache", clips).call("id", "A001", 2) == voiced


def test_an_unusable_recording_is_logged_once_and_the_voice_speaks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clips = with_clips(tmp_path / "clips", *CLIPS)
    (clips / "id" / "A.wav").write_bytes(a_wave(a_tone(), width=1))
    speech = Speech(tmp_path / "cache", clips)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert speech.call("id", "A001", 2)
    (told,) = caplog.messages
    assert "A.wav" in told
    assert "16" in told


def test_without_any_voice_the_error_names_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(SpeechUnavailable, match="espeak-ng"):
        Speech(tmp_path, voice=no_voice).call("id", "A001", 2)


@pytest.mark.parametrize(
    "voice",
    [
        Voice("missing", ("/nowhere/espeak-ng",), ()),
        Voice("failing", ("/bin/sh", "-c", "echo no data >&2; exit 1"), ()),
        Voice("crashing", ("/bin/sh", "-c", "kill -SEGV $$"), ()),
        Voice("hanging", ("/bin/sleep", "60"), (), patience=0.05),
        Voice("babbling", ("/bin/echo", "hello"), ()),
    ],
    ids=lambda voice: voice.name,
)
def test_a_broken_voice_is_an_error_and_not_a_silence(tmp_path: Path, voice: Voice) -> None:
    with pytest.raises(SpeechUnavailable):
        Speech(tmp_path, voice=lambda: voice).call("id", "A001", 2)


def test_the_complaint_of_the_voice_is_passed_on(tmp_path: Path) -> None:
    voice = Voice("failing", ("/bin/sh", "-c", "echo no data >&2"), ())
    with pytest.raises(SpeechUnavailable, match="no data"):
        Speech(tmp_path, voice=lambda: voice).call("id", "A001", 2)


def test_a_counter_name_cannot_write_phonemes_or_markup(tmp_path: Path) -> None:
    speech = Speech(tmp_path)
    assert speech.call("en", "A001", 2, "[[k'asir]] <audio src='/etc/passwd'/>")


GEVENT = """
from gevent import monkey
monkey.patch_all()
import sys
from pathlib import Path
import gevent
from server.speech import Speech
speech = Speech(Path(sys.argv[1]))
ticks = []
def tick():
    while True:
        ticks.append(1)
        gevent.sleep(0.001)
ticker = gevent.spawn(tick)
in_hub = gevent.spawn(speech.call, "id", "A001", 1).get(timeout=60)
assert len(ticks) > 3, "the hub stood still while the voice spoke"
in_pool = gevent.get_hub().threadpool.spawn(speech.call, "id", "A002", 1).get(timeout=60)
print(in_hub[:4], in_pool[:4])
"""


def test_it_speaks_in_the_hub_of_gevent_and_in_its_thread_pool(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", GEVENT, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout == "b'RIFF' b'RIFF'\n", done.stderr
