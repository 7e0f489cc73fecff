"""Any faults, at any moments, one after the other: the three promises hold."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printer.virtual import Answers, Moment, VirtualPrinter
from tests.printer.print_jobs_api import PrintJobsApi
from tests.printer.stage import (
    ROLL,
    Action,
    Row,
    Stage,
    both,
    breaks,
    has,
    hears,
    print_one,
    print_the_next,
    when,
)

HASTY = {
    "first": 0.4,
    "away": 0.2,
    "answer": 1.0,
    "settle": 1.0,
    "silence": 1.0,
    "proof": 0.4,
    "hindered": 0.4,
    "poll": 0.05,
}
ONES = ("stall", "off", "unreachable", "busy", "cover_open", "noise", "split", "hot", "off_line", "alone", "forgets")
# A forged answer without a name is not among them: where a printer says what it has not done, nothing helps.
actions = st.one_of(
    st.sampled_from([has(**{name: True}) for name in ONES]),
    st.sampled_from([has(**{name: False}) for name in ONES]),
    st.sampled_from([has(paper=paper) for paper in ("ok", "near_end", "out")]),
    st.sampled_from([has(cutter=cutter) for cutter in ("ok", "stuck", "broken")]),
    st.sampled_from([has(late=0.05), has(late=1.0), has(rate=400_000), has(drop_after=20_000), has(idle_close=0.3)]),
    st.sampled_from([has(refuse_after=0.1), has(refuse_after=0.3)]),
    st.sampled_from([breaks(reset=True), breaks(reset=False), hears(b"\x37\x229999\0"), hears(b"\x37\x25\0")]),
)
moments = st.one_of(
    st.tuples(st.just(Moment.BYTE), st.integers(1, 41_900)),
    st.tuples(st.just(Moment.ROW), st.integers(1, 900)),
    st.tuples(st.sampled_from([Moment.BLADE, Moment.CUT, Moment.PROOF]), st.just(1)),
)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """A row that expects nothing but the promises."""
    plans: list[Action] = [
        when(moment, count, action)
        for (moment, count), action in draw(st.lists(st.tuples(moments, actions), max_size=4))
    ]
    at_once = draw(st.lists(actions, max_size=1))
    return Row(
        "any",
        "",
        "",
        both(*plans, *at_once),
        at=draw(st.sampled_from(["claim", "started"])),
        answers=draw(st.sampled_from([Answers.ALL, Answers.IN_ORDER])),
        buffer=draw(st.sampled_from([4096, 65_536])),
        ready=0.2,
        waits=HASTY,
    )


def keeps_the_promises(row: Row) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        PrintJobsApi() as server,
        VirtualPrinter(paper=ROLL, pace=None, buffer_bytes=row.buffer) as printer,
    ):
        stage = Stage(server, printer)
        print_one(stage, row, Path(folder) / "unfinished")
        print_the_next(stage, row, Path(folder) / "unfinished")


@settings(max_examples=6, database=None, derandomize=True)
@given(rows())
def test_any_schedule_of_faults_keeps_the_promises(row: Row) -> None:
    keeps_the_promises(row)


@pytest.mark.torture
@settings(max_examples=200, database=None)
@given(rows())
def test_hundreds_of_schedules_of_faults_keep_the_promises(row: Row) -> None:
    keeps_the_promises(row)
