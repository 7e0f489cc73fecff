"""The cache of spoken calls on disk."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from server.speech.cache import SpeechCache


class Maker:
    """Makes bytes, and counts its calls."""

    def __init__(self, content: bytes = b"sound") -> None:
        self.content = content
        self.times = 0

    def __call__(self) -> bytes:
        self.times += 1
        return self.content


def test_what_was_made_once_is_not_made_again(tmp_path: Path) -> None:
    maker = Maker()
    for cache in (SpeechCache(tmp_path, 99), SpeechCache(tmp_path, 99)):
        assert cache.get(("id", "A001"), maker) == b"sound"
    assert maker.times == 1


def test_another_key_is_another_sound(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path, 99)
    cache.get(("id", "A001"), Maker(b"one"))
    assert cache.get(("id", "A002"), Maker(b"two")) == b"two"
    assert cache.get(("id", "A", "002"), Maker(b"three")) == b"three"


def test_all_displays_of_a_hall_make_a_call_once(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path, 99)
    making, finish = threading.Event(), threading.Event()
    times: list[int] = []
    sounds: list[bytes] = []

    def make() -> bytes:
        times.append(1)
        making.set()
        assert finish.wait(60)
        return b"sound"

    displays = [threading.Thread(target=lambda: sounds.append(cache.get(("id", "A001"), make))) for _ in range(8)]
    for display in displays:
        display.start()
    assert making.wait(60)
    finish.set()
    for display in displays:
        display.join(60)
    assert (len(times), sounds) == (1, [b"sound"] * 8)


def test_a_failure_is_passed_on_and_the_next_one_tries_again(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path, 99)

    def fail() -> bytes:
        raise LookupError("no voice")

    with pytest.raises(LookupError, match="no voice"):
        cache.get(("id", "A001"), fail)
    assert cache.get(("id", "A001"), Maker()) == b"sound"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("made", [1, time.time() + 3600], ids=["long ago", "before the clock was set back"])
def test_a_claim_that_a_dead_process_left_behind_does_not_block_the_call(tmp_path: Path, made: float) -> None:
    cache = SpeechCache(tmp_path, 99)
    cache.get(("id", "A001"), Maker())
    cached = next(tmp_path.iterdir())
    stale_claim = cached.rename(cached.with_suffix(".making"))
    os.utime(stale_claim, (made, made))
    assert cache.get(("id", "A001"), Maker(b"again")) == b"again"


def test_it_never_holds_more_than_its_limit_and_drops_the_least_recently_used(
    tmp_path: Path,
) -> None:
    cache = SpeechCache(tmp_path, 10)
    for age, name in ((3, "A001"), (2, "A002")):
        cache.get((name,), Maker(b"12345"))
        newest = max(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime)
        os.utime(newest, (1_000 - age, 1_000 - age))
    cache.get(("A001",), Maker())  # used again
    cache.get(("A003",), Maker(b"12345"))
    remaker = Maker()
    assert cache.get(("A001",), remaker) == b"12345"
    assert remaker.times == 0
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == 10
    cache.get(("A002",), remaker)
    assert remaker.times == 1
