"""Parameters of several kinds (language, theme, size) without a run for each combination of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest


def combinations(*axes: Sequence[object]) -> list[object]:
    """Return every combination of the axes' values, for `pytest.mark.parametrize`.

    Every value of every axis is met in the ordinary suite; the other combinations are marked `torture`.
    """
    longest = max(len(axis) for axis in axes)
    ordinary = {tuple(axis[i % len(axis)] for axis in axes) for i in range(longest)}
    return [pytest.param(*values, marks=() if values in ordinary else pytest.mark.torture) for values in product(*axes)]
