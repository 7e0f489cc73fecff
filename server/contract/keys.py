"""Descriptions of the apply file's keys: the source of docs/apply-file.md, and a test tries each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Holds(StrEnum):
    """When a changed key takes effect in a branch in use."""

    AT_ONCE = "at once"
    NEXT_NUMBER = "from the next number on"
    NEXT_PAPER = "from the next paper on"
    NEXT_DAY = "from the next business day on"
    DAY_TURN = "at the next turn of the day"
    ERASING = "with the next erasing, within an hour"
    NEW = "it is another one then"
    """The key identifies the object: the one with the old name is retired, and its history stays."""


@dataclass(frozen=True)
class Key:
    """The description of a key: its meaning, an example, and when a change takes effect; `more` is further advice."""

    what: str
    example: Any
    holds: Holds
    more: str = ""


MOST_LANGUAGES = 12
"""Languages of a branch, and of each of its names."""
MOST_SERVICES = 100
MOST_COUNTERS = 500
MOST_CLASSES = 20
MOST_PAUSE_REASONS = 20
MOST_DEVICES = 200
"""Kiosks, printers and displays of a branch, of each."""
MOST_STAFF = 1000
MOST_SPECIAL_DAYS = 1000
MOST_DAYS = 14
"""Entries of `hours`."""
