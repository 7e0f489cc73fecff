"""Statistics of waits: counts, mean, median, 90th percentile, share within target.

Rows have durations in seconds. Their inputs are integer microseconds, as stored: a year of a branch has 250 000 legs,
and creating a datetime for each value would take longer than everything else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor
from typing import Any, NamedTuple

SECOND = 1_000_000


class LegRecord(NamedTuple):
    """The fields of a called leg that a report needs, in microseconds since 1970.

    `key` is the group it is counted in (a counter, a service, a day, a quarter of an hour).
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
    """The distribution of a duration: n, mean, p50, p90 in seconds; None where n is 0."""

    n: int
    mean: float | None
    p50: float | None
    p90: float | None


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the quantile of the sorted, non-empty `ordered` by linear interpolation."""
    at = share * (len(ordered) - 1)
    low = floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def spread(values: Iterable[float]) -> Spread:
    """Return n, mean, p50 and p90 in seconds of durations in microseconds.

    Negative durations count as zero: after a clock was set back, a time may lie before the previous one.
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
    """Share (0…1) of the called legs with a wait within the service's target; None if none was called."""
    wait: Spread = field(default_factory=lambda: spread(()))
    walk: Spread = field(default_factory=lambda: spread(()))
    service_time: Spread = field(default_factory=lambda: spread(()))


class _Times:
    """The durations of one row, in microseconds, unsorted."""

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
    """Return the report's rows, one for each label that `shown` gives a key, sorted by label.

    `legs` are the called legs, or tuples of their fields; `issued` counts the issued tickets of each key; `targets` are
    the services' target waits in microseconds. A wait counts when the leg is called, a walk when it is started, a
    service time when it ended (served, transferred, parked or put back: the counter was busy in each case). Legs that
    expired at the end of the day have no service time.
    """
    times: defaultdict[Any, _Times] = defaultdict(_Times)
    for key, queued_at, called_at, started_at, ended_at, outcome, service in legs:
        durations = times[key]
        wait = called_at - queued_at
        durations.waits.append(wait)
        durations.kept += wait <= targets[service]
        if outcome == "no_show":
            durations.no_show += 1
            continue
        durations.served += outcome == "served"
        if started_at is not None:
            durations.walks.append(started_at - called_at)
            if ended_at is not None and outcome != "expired":
                durations.service_times.append(ended_at - started_at)
    labelled: defaultdict[str, _Times] = defaultdict(_Times)
    for key, durations in times.items():
        labelled[shown(key)].add(durations)
    counted: Counter[str] = Counter()
    for key, count in issued.items():
        counted[shown(key)] += count
    rows = [_row(name, counted[name], labelled[name]) for name in labelled.keys() | counted.keys()]
    return sorted(rows, key=lambda row: (len(row.key) if row.key.isdigit() else 0, row.key))


def _row(key: str, issued: int, durations: _Times) -> Row:
    called = len(durations.waits)
    return Row(
        key,
        issued,
        called,
        durations.served,
        durations.no_show,
        durations.kept / called if called else None,
        spread(durations.waits),
        spread(durations.walks),
        spread(durations.service_times),
    )
