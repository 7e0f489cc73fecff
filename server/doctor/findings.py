"""Findings of the doctor; each is printed on one line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """`problem`: something does not work or will soon fail; `warning`: somebody should look; `ok`: no fault."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """The subject of a check (`about`), its state (`detail`), and what to do (`advice`)."""

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
