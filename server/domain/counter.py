"""A counter as it is now: open, paused or closed, who holds it."""

from dataclasses import dataclass
from enum import StrEnum


class CounterState(StrEnum):
    """Whether a counter calls customers."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


@dataclass(frozen=True)
class CounterNow:
    """What happens at a counter. `holder` is the principal (`user:3`, `token:7`) that opened it.

    `pause_after` is the reason for which it pauses once its customer has left; None where it goes on.
    """

    number: int
    state: CounterState
    reason: str | None = None
    agent: str | None = None
    holder: str | None = None
    pause_after: str | None = None
