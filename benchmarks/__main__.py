"""Runs the benchmarks and prints their table: `python -m benchmarks [SUBJECT …]`, without a subject all of them."""

from __future__ import annotations

import argparse
import gc
import platform
import sys
import time
from collections.abc import Iterator
from importlib import import_module

from benchmarks.table import Row, heading, line

SUBJECTS = (
    "issuing", "calling", "hub", "push", "seen", "flatness", "reports", "picture", "touch", "start", "idle", "pages",
    "postgres", "floods", "statements",
)  # fmt: skip
"""Modules of this package. Each has `rows(**sizes) -> Iterator[Row]` and `TINY`, the sizes that only show it works."""


def rows_of(subject: str, *, tiny: bool = False) -> Iterator[Row]:
    """The rows of a subject, as they are measured."""
    module = import_module(f"benchmarks.{subject}")
    yield from module.rows(**(module.TINY if tiny else {}))


def main() -> int:
    """Run what is wanted; returns 0 when every target is reached, 1 when one is not."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=", ".join(SUBJECTS))
    parser.add_argument("--tiny", action="store_true", help="only to see that they run; the figures mean nothing")
    wanted = parser.parse_args()
    if unknown := set(wanted.subjects) - set(SUBJECTS):
        parser.error(f"no such subject: {', '.join(sorted(unknown))}; there are {', '.join(SUBJECTS)}")
    print(f"Python {platform.python_version()}; medians of the rounds, spread p10–p90 of what is judged\n")
    print(heading(), flush=True)
    began, missed = time.monotonic(), 0
    for subject in wanted.subjects or SUBJECTS:
        for row in rows_of(subject, tiny=wanted.tiny):
            print(line(row.cells()), flush=True)
            missed += row.reached is False
        gc.collect()
    print(f"\n{missed} targets missed; {time.monotonic() - began:.0f} s")
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
