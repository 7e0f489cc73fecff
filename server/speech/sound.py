"""Sound as numbers: 16-bit mono at 22 050 Hz, from and to WAV."""

from __future__ import annotations

import io
import sys
import wave
from array import array

RATE = 22_050
"""Samples a second, espeak-ng's own."""

PEAK = 29_204
"""The loudest sample of a finished call: 1 dB under full scale, so that cheap speakers do not clip."""

LEAD_IN = 0.20
"""Seconds of silence before a call: TVs and amplifiers swallow the first instant of a sound."""
LEAD_OUT = 0.30
LEAD_OF_SHORT = 0.08
"""Seconds before and after a call that stands among others: the speakers are awake, and people wait."""

_QUIET = 200
"""A recording's start and end below this level are taken for silence."""


class NotPlainWave(ValueError):
    """The bytes are no 16-bit PCM WAV."""


def read_wave(data: bytes) -> array[int]:
    """The samples of a 16-bit PCM WAV, mixed to one channel and brought to RATE. Raises NotPlainWave."""
    try:
        with wave.open(io.BytesIO(data)) as source:
            if source.getsampwidth() != 2:
                raise NotPlainWave(f"{8 * source.getsampwidth()} bits a sample instead of 16")
            channels, rate = source.getnchannels(), source.getframerate()
            samples = _little_endian(source.readframes(source.getnframes()))
    except (wave.Error, EOFError) as error:
        raise NotPlainWave(str(error) or "it ends too early") from error
    if channels > 1:
        frames = range(0, len(samples) - channels + 1, channels)
        samples = array("h", (sum(samples[at : at + channels]) // channels for at in frames))
    return samples if rate == RATE else _resampled(samples, rate)


def write_wave(samples: array[int]) -> bytes:
    """A WAV file of the samples."""
    out = array("h", samples)
    if sys.byteorder == "big":
        out.byteswap()
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(out.tobytes())
    return target.getvalue()


def silence(seconds: float) -> array[int]:
    return array("h", bytes(2 * round(seconds * RATE)))


def trimmed(samples: array[int]) -> array[int]:
    """Without the silence at both ends."""
    loud = [at for at, sample in enumerate(samples) if abs(sample) > _QUIET]
    return samples[loud[0] : loud[-1] + 1] if loud else array("h")


def levelled(samples: array[int]) -> array[int]:
    """The same with its loudest sample at PEAK."""
    loudest = max(max(samples, default=0), -min(samples, default=0))
    if loudest == 0:
        return samples
    gain = PEAK / loudest
    return array("h", (round(sample * gain) for sample in samples))


def finished(samples: array[int], *, short: bool = False) -> array[int]:
    """Ready to be played in a hall: trimmed, at full level, with a short silence at both ends."""
    before, after = (LEAD_OF_SHORT, LEAD_OF_SHORT) if short else (LEAD_IN, LEAD_OUT)
    return silence(before) + levelled(trimmed(samples)) + silence(after)


def _little_endian(data: bytes) -> array[int]:
    samples = array("h", data[: len(data) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _resampled(samples: array[int], rate: int) -> array[int]:
    """Each new sample is the mean of the old ones in its span (which also keeps out what RATE cannot carry)."""
    step = rate / RATE
    last = len(samples) - 1
    out = array("h")
    for index in range(int(len(samples) / step)):
        start = index * step
        if step <= 1:
            at, share = int(start), start % 1
            out.append(round(samples[at] * (1 - share) + samples[min(at + 1, last)] * share))
        else:
            span = samples[int(start) : max(int(start) + 1, int(start + step))]
            out.append(sum(span) // len(span))
    return out
