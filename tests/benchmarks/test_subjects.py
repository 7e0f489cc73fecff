"""The benchmarks still run; what they measure is for `make bench`, on a quiet machine."""

from __future__ import annotations

import math

import pytest

from benchmarks.__main__ import SUBJECTS, rows_of
from benchmarks.table import HEADINGS, Row, at_least, at_most, line, more_by_at_most, no_more_than

QUICK = {"issuing", "calling", "reports", "picture", "touch", "statements"}
"""What costs a few seconds of processor at most; the others start several servers or a browser."""


@pytest.mark.parametrize(
    "subject", [pytest.param(s, marks=() if s in QUICK else pytest.mark.torture) for s in SUBJECTS]
)
def test_every_subject_measures_something_for_each_of_its_rows(subject: str) -> None:
    rows = list(rows_of(subject, tiny=True))
    if subject == "postgres" and not rows:
        pytest.skip("needs PostgreSQL")
    assert rows
    for row in rows:
        assert all(math.isfinite(value) for value in (*row.ours, *row.reference, *row.judged)), row
        assert len(row.cells()) == len(HEADINGS) and line(row.cells())


def test_a_target_is_held_against_the_rounds_and_not_against_the_medians() -> None:
    # the machine was slow in the third round, for both
    ours, reference = (1.0, 1.0, 30.0), (2.0, 2.0, 10.0)
    assert Row("a", "ms", ours, reference).judged == [0.5, 0.5, 3.0]
    assert Row("a", "ms", ours, reference, at_most(0.5)).reached is True
    assert Row("a", "1/s", ours, reference, at_least(0.7)).reached is False
    assert Row("a", "ms", ours, reference, more_by_at_most(-1)).reached is True
    assert Row("a", "ms", ours, target=no_more_than(0.9)).reached is False
    assert Row("a", "ms", ours).reached is None
