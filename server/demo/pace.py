"""How people behave in the demo, past and present alike: who comes for what, and how long everything takes.

All times are seconds at speed 1, several times quicker than life so that it is fun to watch.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import log
from random import Random
from typing import TypeVar

_T = TypeVar("_T")

_SERVICES = {"A": 0.36, "B": 0.20, "C": 0.26, "D": 0.18}
"""Service → share of the customers."""
_CLASSES = {None: 0.86, "senior": 0.09, "assisted": 0.05}
_LANGUAGES = {"id": 0.85, "en": 0.15}
_SERVICE_SECONDS = {"A": 48.0, "B": 66.0, "C": 44.0, "D": 72.0}
"""Service → median seconds at the counter."""
GIVES_UP = 0.03
"""Share of the customers who leave the line before they are called."""


@dataclass(frozen=True)
class Customer:
    """What somebody chooses at the kiosk."""

    service: str
    priority: str | None
    language: str


class Ending(StrEnum):
    """How a stay at the counter goes on."""

    FINISHED = "finished"
    PARKED = "parked"
    TRANSFERRED = "transferred"


def customer(rng: Random) -> Customer:
    """Whoever comes in next."""
    return Customer(_one_of(rng, _SERVICES), _one_of(rng, _CLASSES), _one_of(rng, _LANGUAGES))


def until_next_customer(rng: Random, mean: float) -> float:
    """Seconds until somebody comes in: at random, but never minutes of nobody."""
    return min(rng.expovariate(1 / mean), 3 * mean)


def comes(rng: Random) -> bool:
    """Whether the one who is called is still there."""
    return rng.random() > 0.05


def walk(rng: Random) -> float:
    """Seconds from the call to the counter."""
    return _log_normal(rng, 7, 0.45, 3, 30)


def service_time(rng: Random, service: str) -> float:
    """Seconds at the counter."""
    return _log_normal(rng, _SERVICE_SECONDS[service], 0.4, 20, 170)


def ending(rng: Random) -> Ending:
    """What becomes of a customer whose turn is over."""
    return _one_of(rng, {Ending.FINISHED: 0.92, Ending.PARKED: 0.04, Ending.TRANSFERRED: 0.04})


def another_service(rng: Random, service: str) -> str:
    """Where a customer is sent on to."""
    return rng.choice([code for code in _SERVICES if code != service])


def patience(rng: Random) -> float:
    """Seconds that somebody waits who will give up."""
    return rng.uniform(40, 240)


def errand(rng: Random) -> float:
    """Seconds for which a parked customer is away, copying a form."""
    return rng.uniform(50, 120)


def _one_of(rng: Random, shares: dict[_T, float]) -> _T:
    return rng.choices(list(shares), list(shares.values()))[0]


def _log_normal(rng: Random, median: float, sigma: float, low: float, high: float) -> float:
    return min(max(rng.lognormvariate(log(median), sigma), low), high)
