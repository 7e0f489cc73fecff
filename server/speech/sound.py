"""Sound as samples: 16-bit mono at 22 050 Hz, from and to WAV."""

from __future__ import annotations

import io
import sys
import wave
from array import array

RATE = 22_050
"""Samples a second, as espeak-ng makes them."""

PEAK = 29_204
"""The loudest sample of a finished call: 1 dB below full scale, so that cheap speakers do not clip."""

LEAD_IN = 0.20
"""Seconds of silence before a call: TVs and amplifiers cut off the first instant of a sound."""
LEAD_OUT = 0.30
LEAD_OF_SHORT = 0.08
"""Seconds of silence before and after a short call in a row: the speakers are already on."""

_QUIET = 200
"""A recording's start and end below this level count as silence."""


class NotPlainWave(ValueError):
    """The bytes are not a 16-bit PCM WAV."""


def read_wave(data: bytes) -> array[int]:
    """Return the samples of a 16-bit PCM WAV, mixed to one channel and resampled to RATE.

    Raises: NotPlainWave if the data have another format.
    """
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
    """Return a WAV file of the samples."""
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
    """Return the samples of silence."""
    return array("h", bytes(2 * round(seconds * RATE)))


def trimmed(samples: array[int]) -> array[int]:
    """Return the samples without the silence at both ends."""
    loud = [at for at, sample in enumerate(samples) if abs(sample) > _QUIET]
    return samples[loud[0] : loud[-1] + 1] if loud else array("h")


def levelled(samples: array[int]) -> array[int]:
    """Return the samples amplified so that the loudest is at PEAK."""
    loudest = max(max(samples, default=0), -min(samples, default=0))
    if loudest == 0:
        return samples
    gain = PEAK / loudest
    return array("h", (round(sample * gain) for sample in samples))


def finished(samples: array[int], *, short: bool = False) -> array[int]:
    """Return the samples ready for a hall: trimmed, at full level, with a short silence at both ends."""
    before, after = (LEAD_OF_SHORT, LEAD_OF_SHORT) if short else (LEAD_IN, LEAD_OUT)
    return silence(before) + levelled(trimmed(samples)) + silence(after)


def _little_endian(data: bytes) -> array[int]:
    samples = array("h", data[: len(data) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _resampled(samples: array[int], rate: int) -> array[int]:
    """Return the samples at RATE. When reducing, each is the mean of its span, which also filters high frequencies."""
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
