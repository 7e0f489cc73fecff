"""Recordings of any kind become one kind of sound."""

from __future__ import annotations

import io
import wave
from array import array

import pytest

from server.speech.sound import (
    LEAD_IN,
    LEAD_OUT,
    PEAK,
    RATE,
    NotPlainWave,
    finished,
    levelled,
    read_wave,
    silence,
    trimmed,
    write_wave,
)
from tests.speech.waves import a_tone, a_wave, crossings


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_recording_keeps_its_length_and_pitch(rate: int, channels: int) -> None:
    recorded = a_wave(a_tone(seconds=0.5, rate=rate), rate=rate, channels=channels)
    samples = read_wave(recorded)
    assert len(samples) / RATE == pytest.approx(0.5, abs=0.001)
    assert crossings(samples) == pytest.approx(220, abs=1)


def test_what_is_written_is_read_back_unchanged() -> None:
    tone = a_tone()
    assert read_wave(write_wave(tone)) == tone


def test_a_finished_sound_is_16_bit_mono_at_22050_hz() -> None:
    with wave.open(io.BytesIO(write_wave(finished(a_tone())))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 22_050)


@pytest.mark.parametrize(
    "data",
    [b"", b"RIFF", b"<html>no sound</html>" * 9, a_wave(a_tone(), width=1)],
    ids=["empty", "cut short", "another file", "8 bits"],
)
def test_what_is_no_plain_wave_is_refused(data: bytes) -> None:
    with pytest.raises(NotPlainWave):
        read_wave(data)


@pytest.mark.parametrize("level", [0.01, 0.2, 1.0])
def test_every_finished_sound_is_as_loud_as_the_others(level: float) -> None:
    samples = finished(a_tone(level=level))
    assert max(map(abs, samples)) == PEAK


def test_a_finished_sound_begins_and_ends_in_a_short_silence() -> None:
    samples = finished(silence(2.0) + a_tone(seconds=0.1) + silence(2.0))
    assert len(samples) / RATE == pytest.approx(LEAD_IN + 0.1 + LEAD_OUT, abs=0.01)
    assert not any(samples[: round(LEAD_IN * RATE)])


def test_silence_stays_silent() -> None:
    nothing = silence(0.1)
    assert trimmed(nothing) == array("h")
    assert levelled(nothing) == nothing
