"""The current state of a counter: open, paused or closed, and its holder."""

from dataclasses import dataclass
from enum import StrEnum


class CounterState(StrEnum):
    """Whether a counter calls customers."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


@dataclass(frozen=True)
class CounterStatus:
    """The current state of a counter. `holder` is the principal (`user:3`, `token:7`) that opened it.

    `pause_after` is the reason of a pause that begins when the current customer leaves; None if none is planned.
    """

    number: int
    state: CounterState
    reason: str | None = None
    agent: str | None = None
    holder: str | None = None
    pause_after: str | None = None
