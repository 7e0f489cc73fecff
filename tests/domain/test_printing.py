"""The printers that a job is offered to, and reprint marks."""

from __future__ import annotations

import pytest

from server.domain.errors import Invalid
from server.domain.printing.routes import (
    JobState,
    Printer,
    can_print,
    check_destination,
    eligible_printers,
    excluded_targets,
    needs_reprint_mark,
)


def a_hall(*printers: Printer) -> dict[str, Printer]:
    return {p.name: p for p in printers}


def test_a_job_is_offered_to_the_printer_it_is_meant_for_and_one_for_any_to_all_that_take_work() -> None:
    hall = a_hall(Printer("front"), Printer("back"), Printer("store", held=True))
    assert eligible_printers("front", hall) == {"front"}
    assert eligible_printers(None, hall) == {"front", "back"}
    assert excluded_targets("front", hall) == frozenset({"back"})
    assert excluded_targets("store", hall) is None


def test_jobs_of_a_held_or_removed_printer_are_offered_to_all_others() -> None:
    hall = a_hall(Printer("front", held=True), Printer("back"), Printer("side"))
    assert eligible_printers("front", hall) == eligible_printers("retired", hall) == {"back", "side"}
    assert eligible_printers("front", a_hall(Printer("front", held=True))) == set()


def test_jobs_that_are_sent_on_arrive_at_the_end_of_the_chain_alone() -> None:
    hall = a_hall(Printer("a", sends_to="b"), Printer("b", sends_to="c"), Printer("c"), Printer("d"))
    assert eligible_printers("a", hall) == {"c"}
    assert [excluded_targets(name, hall) for name in "abcd"] == [None, None, {"d"}, {"a", "b", "c"}]
    assert eligible_printers("a", hall | {"c": Printer("c", held=True)}) == {"d"}


def test_a_circular_redirect_is_refused_and_strands_no_job() -> None:
    hall = a_hall(Printer("a", sends_to="b"), Printer("b", sends_to="c"), Printer("c"), Printer("d"))
    for name, to in [("c", "a"), ("c", "b"), ("b", "b"), ("d", "nowhere")]:
        with pytest.raises(Invalid):
            check_destination(name, to, hall)
    check_destination("c", "d", hall)
    assert eligible_printers("a", hall | {"c": Printer("c", sends_to="a")}) == {"d"}


def test_a_job_can_be_printed_when_one_it_is_offered_to_is_ready() -> None:
    hall = a_hall(Printer("front", ready=False), Printer("back", ready=True))
    assert (can_print("front", hall), can_print("back", hall), can_print(None, hall)) == (False, True, True)
    assert can_print("front", hall | {"front": Printer("front", ready=True, held=True)})
    assert not can_print(None, {})


def test_a_paper_is_a_reprint_unless_certainly_none_came_out_before() -> None:
    assert not needs_reprint_mark([])
    assert not needs_reprint_mark([JobState.NOT_SENT, JobState.EXPIRED])
    for state in (JobState.STARTED, JobState.UNKNOWN, JobState.PRINTED):
        assert needs_reprint_mark([JobState.NOT_SENT, state])
