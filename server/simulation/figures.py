"""What was measured, and how it is told."""

from __future__ import annotations

import resource
import time
from collections import Counter, defaultdict
from typing import Any


class Figures:
    """Collects while the town lives; `told` is the result, in milliseconds."""

    def __init__(self) -> None:
        self.pushes = 0
        self._verbs: dict[str, list[float]] = defaultdict(list)
        self._lags: list[float] = []
        self._own: list[float] = []
        self._errors: Counter[str] = Counter()
        self._began = self._ended = self._cpu = 0.0

    def begin(self) -> None:
        """Everybody is there; of what came before, errors alone count."""
        self.pushes = 0
        for before in (self._verbs, self._lags, self._own):
            before.clear()
        self._began, self._cpu = time.monotonic(), _cpu()

    def end(self) -> None:
        """No more customers come."""
        self._ended, self._cpu = time.monotonic(), _cpu() - self._cpu

    def took(self, verb: str, seconds: float) -> None:
        self._verbs[verb].append(seconds)

    def lag(self, seconds: float) -> None:
        """From an action's request until one display was told."""
        self._lags.append(seconds)

    def own_delay(self, seconds: float) -> None:
        self._own.append(seconds)

    def error(self, what: str, count: int = 1) -> None:
        self._errors[what] += count

    def told(self) -> dict[str, Any]:
        """Plain values, for a table or a program; `began` and `ended` by the machine's monotonic clock."""
        seconds = self._ended - self._began
        return {
            "began": self._began,
            "ended": self._ended,
            "seconds": round(seconds, 1),
            "verbs": {verb: _spread(times, seconds) for verb, times in sorted(self._verbs.items())},
            "deed_to_display": _spread(self._lags, seconds),
            "pushes_per_second": round(self.pushes / seconds, 1),
            "own_delay": _spread(self._own, seconds),
            "own_cpu": round(self._cpu / seconds, 2),
            "errors": dict(self._errors),
        }


def table(told: dict[str, Any]) -> str:
    """The same for people, as Markdown."""
    rows = [*told["verbs"].items(), ("request → display", told["deed_to_display"]), ("(own delay)", told["own_delay"])]
    lines = ["| what | per second | p50 ms | p99 ms | most ms |", "|---|---:|---:|---:|---:|"]
    lines += [
        f"| {name} | {row['rate']:,.1f} | {row['p50']:,.1f} | {row['p99']:,.1f} | {row['max']:,.1f} |"
        for name, row in rows
    ]
    errors = ", ".join(f"{count} × {what}" for what, count in told["errors"].items()) or "none"
    lines += [
        "",
        f"{told['seconds']:.0f} s; {told['pushes_per_second']:,.0f} pushes a second; errors: {errors}.",
        f"The simulation itself took {told['own_cpu']:.0%} of a processor.",
    ]
    return "\n".join(lines)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _spread(times: list[float], seconds: float) -> dict[str, float]:
    ordered = sorted(times) or [0.0]

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 2)

    return {
        "n": len(times),
        "rate": round(len(times) / seconds, 2),
        "p50": at(0.5),
        "p99": at(0.99),
        "max": at(1.0),
    }
