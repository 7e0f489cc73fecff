"""Statistics of waits: counts, mean, median, 90th percentile, share within target. Times in seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import floor


@dataclass(frozen=True)
class LegRecord:
    """One leg with what a report needs; `key` is the row it counts in (a counter, a service, an hour, a day)."""

    key: str
    queued_at: datetime
    called_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    target_wait: timedelta


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
    """n, mean, p50 and p90 of durations in seconds.

    Below zero is zero: where a clock was set back and confirmed, a time may lie before the one it follows.
    """
    ordered = sorted(max(0.0, value) for value in values)
    if not ordered:
        return Spread(0, None, None, None)
    return Spread(len(ordered), sum(ordered) / len(ordered), quantile(ordered, 0.5), quantile(ordered, 0.9))


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


def report(legs: Iterable[LegRecord], issued: Iterable[str]) -> list[Row]:
    """The rows, one a key, in the order of the keys.

    `issued` gives the key of every issued ticket once. A wait counts as soon as the leg is called, a walk when it is
    started, a service time when it ended (served, sent on, parked or put back: the counter was busy with each). What
    expired at the end of the day has no service time.
    """
    rows: dict[str, Row] = {}
    waits: dict[str, list[float]] = {}
    walks: dict[str, list[float]] = {}
    times: dict[str, list[float]] = {}
    kept: dict[str, int] = {}

    def row(key: str) -> Row:
        return rows.setdefault(key, Row(key))

    for key in issued:
        row(key).issued += 1
    for leg in legs:
        if leg.called_at is None:
            continue
        r = row(leg.key)
        r.called += 1
        wait = leg.called_at - leg.queued_at
        waits.setdefault(leg.key, []).append(wait.total_seconds())
        kept[leg.key] = kept.get(leg.key, 0) + (wait <= leg.target_wait)
        if leg.outcome == "no_show":
            r.no_show += 1
            continue
        if leg.started_at is not None:
            walks.setdefault(leg.key, []).append((leg.started_at - leg.called_at).total_seconds())
        r.served += leg.outcome == "served"
        if leg.started_at is not None and leg.ended_at is not None and leg.outcome != "expired":
            times.setdefault(leg.key, []).append((leg.ended_at - leg.started_at).total_seconds())
    for key, r in rows.items():
        r.wait, r.walk, r.service_time = (
            spread(waits.get(key, ())),
            spread(walks.get(key, ())),
            spread(times.get(key, ())),
        )
        r.within_target = kept[key] / r.called if r.called else None
    return sorted(rows.values(), key=lambda r: (len(r.key) if r.key.isdigit() else 0, r.key))
