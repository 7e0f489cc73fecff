"""Sounds for the tests, and measurements of them."""

from __future__ import annotations

import io
import math
import wave
from array import array
from itertools import pairwise
from pathlib import Path


def a_tone(*, seconds: float = 0.2, frequency: float = 440, level: float = 0.5, rate: int = 22_050) -> array[int]:
    """Return the samples of a sine."""
    step = 2 * math.pi * frequency / rate
    return array("h", (round(level * 32_767 * math.sin(step * at)) for at in range(round(seconds * rate))))


def a_wave(samples: array[int], *, rate: int = 22_050, channels: int = 1, width: int = 2) -> bytes:
    """Return a WAV file; with two channels, both have the samples."""
    frames = array("h", (sample for sample in samples for _ in range(channels)))
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(frames.tobytes())
    return target.getvalue()


def record(path: Path, *, frequency: float = 440, level: float = 0.5) -> None:
    """Write a short recording, as an operator would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(a_wave(a_tone(frequency=frequency, level=level)))


def samples_of(data: bytes) -> array[int]:
    with wave.open(io.BytesIO(data)) as file:
        return array("h", file.readframes(file.getnframes()))


def crossings(samples: array[int]) -> int:
    """Return how often the sound crosses zero upwards: the cycles of a tone."""
    return sum(before < 0 <= after for before, after in pairwise(samples))
