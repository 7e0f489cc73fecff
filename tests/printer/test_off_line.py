"""A printer that says it is off line: whether it always says so, and what becomes of its tickets."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from printer.agent import Agent
from printer.api import Api
from printer.layout import draw
from printer.link import Habits, Paper, Proof, Status
from printer.memory import Memory
from printer.off_line import OffLine
from printer.unfinished import Unfinished, habits_beside
from printer.virtual import VirtualPrinter
from tests.printer.builders import CALM, a_content, the_address_of
from tests.printer.paper import whole_and_scraps
from tests.printer.print_jobs_api import TOKEN, PrintJobsApi
from tests.printer.test_agent import BRISK

AWAY = Status(online=True, paper=Paper.OK, cover_open=False)
READY = replace(AWAY, ready=True)
PATIENCE = replace(CALM, answer=0.3, first=0.3)
PACE = replace(BRISK, look_again=0.05, off_line=0.3)


def test_a_printer_that_never_says_anything_else_is_taken_for_one_that_always_says_so() -> None:
    now = [0.0]
    off_line = OffLine(25, lambda: now[0])
    asked, taken = [], []
    for now[0] in (0.0, 8.0, 16.0, 24.0, 32.0):
        asked.append(off_line.asks_in_order)
        taken.append(off_line.always(AWAY, Habits()))
    assert taken == [False, False, False, False, True]
    assert asked == [True, False, False, False, True]


@pytest.mark.parametrize(
    ("status", "habits"),
    [
        (READY, Habits()),
        (AWAY, Habits(was_ready=True)),
        (replace(AWAY, cover_open=True), Habits()),
        (replace(AWAY, paper=Paper.OUT), Habits()),
        (replace(AWAY, error="the cutter is stuck"), Habits()),
        (Status(), Habits()),
    ],
)
def test_none_that_has_a_cause_or_was_seen_on_line_is(status: Status, habits: Habits) -> None:
    now = [0.0]
    off_line = OffLine(25, lambda: now[0])
    for now[0] in range(0, 24, 8):
        off_line.always(AWAY, Habits())
    for now[0] in range(24, 3600, 8):
        assert not off_line.always(status, habits)
    now[0] += 8
    assert not off_line.always(AWAY, Habits()), "the watch begins anew"


def test_one_that_answers_nothing_else_prints_and_no_ticket_is_called_printed(tmp_path: Path) -> None:
    with PrintJobsApi() as server, VirtualPrinter(pace=None) as printer, capture_logs() as log:
        printer.set_faults(off_line=True, answers="status")
        for number in ("A001", "A002"):  # the second by an agent that has been started anew
            with Api(server.url, TOKEN) as api:
                agent = Agent(
                    api,
                    the_address_of(printer),
                    paper=80,
                    patience=PATIENCE,
                    pace=PACE,
                    unfinished=Unfinished(tmp_path / "p.unfinished"),
                )
                agent.start()
                job = server.offer(number=number, paper=80)
                assert server.wait_for_state(job, "printed", "unknown", "not_sent") == "unknown"
                assert server.jobs[job]["outcome_detail"] == "the printer took the ticket and cannot confirm it"
                assert agent.stop(60)
            assert printer.wait_for(functools.partial(has_whole, number))
    assert [entry["event"] for entry in log].count("printer always off line") == 1
    (said,) = [entry for entry in log if entry["event"] == "printer away"]
    assert "proof=none" in said["advice"]
    assert any(status["detail"] == "the printer is off line" for status in server.statuses)


def has_whole(number: str, printer: VirtualPrinter) -> bool:
    return whole_and_scraps([t.picture for t in printer.tickets], draw(a_content(number=number), 80))[0] == 1


def test_one_that_was_on_line_waits_however_long_it_is_off_line(tmp_path: Path) -> None:
    place = tmp_path / "p.unfinished"
    with PrintJobsApi() as server, VirtualPrinter(pace=None) as printer, Api(server.url, TOKEN) as api:
        printer.set_faults(answers="status")
        unfinished = Unfinished(place)
        agent = Agent(api, the_address_of(printer), paper=80, patience=PATIENCE, pace=PACE, unfinished=unfinished)
        agent.start()
        assert server.wait_for(lambda s: any(status["detail"] is None for status in s.statuses))
        printer.set_faults(off_line=True)
        agent.stop(60)
        again = Agent(api, the_address_of(printer), paper=80, patience=PATIENCE, pace=PACE, unfinished=unfinished)
        looks = printer.connections
        again.start()
        assert printer.wait_for(lambda p: p.connections >= looks + 10)
        assert server.statuses[-1]["detail"] == "the printer is off line"
        again.stop(60)
    assert Memory(habits_beside(place)).habits.was_ready
    assert printer.tickets == []


def test_one_that_turns_out_to_say_so_only_now_and_then_is_asked_for_proof_again(tmp_path: Path) -> None:
    place = tmp_path / "p.unfinished"
    Memory(habits_beside(place)).settle(Habits(real_time=True, off_line=True, proof=Proof.NONE, tells=False))
    with PrintJobsApi() as server, VirtualPrinter(pace=None) as printer, Api(server.url, TOKEN) as api:
        agent = Agent(api, the_address_of(printer), paper=80, patience=CALM, pace=BRISK, unfinished=Unfinished(place))
        agent.start()
        job = server.offer(paper=80)
        assert server.wait_for_state(job, "printed", "unknown", "not_sent") == "printed"
        assert agent.stop(60)
    assert not Memory(habits_beside(place)).habits.off_line
