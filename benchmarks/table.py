"""The one table that the benchmarks print: ours against a reference of the same run, the ratio, and its target."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Literal

WIDTHS = (58, 16, 16, 8, 15, 9, 8)
HEADINGS = ("what", "ours", "reference", "ratio", "spread", "target", "reached")


@dataclass(frozen=True)
class Target:
    """What is judged of a row, round by round, and the bound that its median has to keep."""

    bound: float
    of: Literal["ratio", "value", "difference"] = "ratio"
    at_least: bool = False

    def judged(self, ours: Sequence[float], reference: Sequence[float]) -> list[float]:
        """What is judged of each round: ours over the reference, ours alone, or ours less the reference."""
        if self.of == "value":
            return list(ours)
        pairs = zip(ours, reference, strict=True)
        return [a / b for a, b in pairs] if self.of == "ratio" else [a - b for a, b in pairs]

    def reached(self, value: float) -> bool:
        """Whether this value keeps the bound."""
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {self.bound:g}" + {"ratio": " ×", "value": "", "difference": " more"}[self.of]


def at_most(bound: float) -> Target:
    """Ours over the reference is at most this."""
    return Target(bound)


def at_least(bound: float) -> Target:
    """Ours over the reference is at least this."""
    return Target(bound, at_least=True)


def no_more_than(bound: float) -> Target:
    """The figure itself, in the row's unit, is at most this."""
    return Target(bound, of="value")


def more_by_at_most(bound: float) -> Target:
    """Ours exceeds the reference by at most this, in the row's unit."""
    return Target(bound, of="difference")


@dataclass(frozen=True)
class Row:
    """One line of the table. `ours` and `reference` hold one figure a round, in `unit`, of rounds that alternated.

    The reference may be missing where the target is about the figure itself, the target where a figure is only told.
    """

    what: str
    unit: str
    ours: Sequence[float]
    reference: Sequence[float] = ()
    target: Target | None = None

    @property
    def judged(self) -> list[float]:
        """What the target is held against, round by round; the ratio where there is a reference and no target."""
        target = self.target or Target(0, of="ratio" if self.reference else "value")
        return target.judged(self.ours, self.reference)

    @property
    def reached(self) -> bool | None:
        """Whether the median of the rounds keeps the target; None where there is none."""
        return None if self.target is None else self.target.reached(median(self.judged))

    def _against(self) -> str:
        """What the reference makes of ours: a ratio, or what ours takes more."""
        if not self.reference or (self.target and self.target.of == "value"):
            return "–"
        middle = figure(median(self.judged))
        return f"+{middle} {self.unit}" if self.target and self.target.of == "difference" else middle

    def cells(self) -> tuple[str, ...]:
        """The row as text, a cell a column of HEADINGS."""
        judged = self.judged
        low, high = spread(judged)
        return (
            self.what,
            f"{figure(median(self.ours))} {self.unit}",
            f"{figure(median(self.reference))} {self.unit}" if self.reference else "–",
            self._against(),
            f"{figure(low)}–{figure(high)}" if len(judged) > 1 else "one round",
            str(self.target or "–"),
            {None: "–", True: "yes", False: "NO"}[self.reached],
        )


def spread(values: Sequence[float]) -> tuple[float, float]:
    """The tenth and the ninetieth percentile."""
    if len(values) < 2:
        return values[0], values[0]
    tenths = quantiles(values, n=10, method="inclusive")
    return tenths[0], tenths[-1]


def figure(value: float) -> str:
    """A figure with three digits that count."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def line(cells: Iterable[str]) -> str:
    """A line of the table, which is Markdown as well."""
    first, *others = zip(cells, WIDTHS, strict=True)
    return "| " + " | ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]) + " |"


def heading() -> str:
    """The two lines above the rows."""
    rule = "|" + "|".join(["-" * (WIDTHS[0] + 2), *("-" * (width + 1) + ":" for width in WIDTHS[1:])]) + "|"
    return line(HEADINGS) + "\n" + rule
