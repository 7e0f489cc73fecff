"""What the doctor says: one finding a line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """`problem`: something does not work or is about to stop; `warning`: somebody should look; `ok`: it is well."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """What was looked at (`about`), how it is, and what to do about it."""

    level: Level
    about: str
    detail: str
    advice: str | None = None


def ok(about: str, detail: str) -> Finding:
    return Finding(Level.OK, about, detail)


def warning(about: str, detail: str, advice: str) -> Finding:
    return Finding(Level.WARNING, about, detail, advice)


def problem(about: str, detail: str, advice: str) -> Finding:
    return Finding(Level.PROBLEM, about, detail, advice)
