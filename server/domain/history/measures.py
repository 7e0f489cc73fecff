"""Statistics of waits: counts, mean, median, 90th percentile, share within target.

Rows tell durations in seconds. What they are made of are integer microseconds, as the store keeps them: a year of a
branch is a quarter of a million legs, and making a moment of each number would take longer than all the rest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor
from typing import Any, NamedTuple

SECOND = 1_000_000


class LegRecord(NamedTuple):
    """One called leg with what a report needs, in microseconds since 1970.

    `key` is what it is counted by (a counter, a service, a day, a quarter of an hour).
    """

    key: Any
    queued_at: int
    called_at: int
    started_at: int | None
    ended_at: int | None
    outcome: str | None
    service: str


@dataclass(frozen=True)
class Spread:
    """How a duration is spread: n, mean, p50, p90 in seconds; None where n is 0."""

    n: int
    mean: float | None
    p50: float | None
    p90: float | None


def quantile(ordered: Sequence[float], share: float) -> float:
    """The quantile by linear interpolation between the two nearest of the sorted, non-empty `ordered`."""
    at = share * (len(ordered) - 1)
    low = floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def spread(values: Iterable[float]) -> Spread:
    """n, mean, p50 and p90 in seconds of durations in microseconds.

    Below zero is zero: where a clock was set back and confirmed, a time may lie before the one it follows.
    """
    ordered = sorted(values)
    if not ordered:
        return Spread(0, None, None, None)
    if ordered[0] < 0:
        ordered = [max(0, value) for value in ordered]
    n = len(ordered)
    return Spread(n, sum(ordered) / n / SECOND, quantile(ordered, 0.5) / SECOND, quantile(ordered, 0.9) / SECOND)


@dataclass
class Row:
    """One row of a report."""

    key: str
    issued: int = 0
    called: int = 0
    served: int = 0
    no_show: int = 0
    within_target: float | None = None
    """Share (0…1) of the called legs whose wait was within the service's target; None where none was called."""
    wait: Spread = field(default_factory=lambda: spread(()))
    walk: Spread = field(default_factory=lambda: spread(()))
    service_time: Spread = field(default_factory=lambda: spread(()))


class _Times:
    """The durations of one row, in microseconds, as they come."""

    __slots__ = ("kept", "no_show", "served", "service_times", "waits", "walks")

    def __init__(self) -> None:
        self.waits: list[int] = []
        self.walks: list[int] = []
        self.service_times: list[int] = []
        self.kept = self.served = self.no_show = 0

    def add(self, other: _Times) -> None:
        self.waits += other.waits
        self.walks += other.walks
        self.service_times += other.service_times
        self.kept += other.kept
        self.served += other.served
        self.no_show += other.no_show


def report(
    legs: Iterable[LegRecord | tuple[Any, ...]],
    issued: Mapping[Any, int],
    targets: Mapping[str, int],
    shown: Callable[[Any], str] = str,
) -> list[Row]:
    """The rows, one for what keys are `shown` as, in its order.

    `legs` are the called ones, or rows of their fields; `issued` counts the issued tickets of each key; `targets` are
    the services' target waits in microseconds. A wait counts as soon as the leg is
    called, a walk when it is started, a service time when it ended (served, sent on, parked or put back: the counter
    was busy with each). What expired at the end of the day has no service time.
    """
    times: defaultdict[Any, _Times] = defaultdict(_Times)
    for key, queued_at, called_at, started_at, ended_at, outcome, service in legs:
        of = times[key]
        wait = called_at - queued_at
        of.waits.append(wait)
        of.kept += wait <= targets[service]
        if outcome == "no_show":
            of.no_show += 1
            continue
        of.served += outcome == "served"
        if started_at is not None:
            of.walks.append(started_at - called_at)
            if ended_at is not None and outcome != "expired":
                of.service_times.append(ended_at - started_at)
    named: defaultdict[str, _Times] = defaultdict(_Times)
    for key, of in times.items():
        named[shown(key)].add(of)
    counted: Counter[str] = Counter()
    for key, count in issued.items():
        counted[shown(key)] += count
    rows = [_row(name, counted[name], named[name]) for name in named.keys() | counted.keys()]
    return sorted(rows, key=lambda row: (len(row.key) if row.key.isdigit() else 0, row.key))


def _row(key: str, issued: int, of: _Times) -> Row:
    called = len(of.waits)
    return Row(
        key,
        issued,
        called,
        of.served,
        of.no_show,
        of.kept / called if called else None,
        spread(of.waits),
        spread(of.walks),
        spread(of.service_times),
    )
