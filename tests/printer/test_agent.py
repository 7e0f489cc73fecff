"""The agent between a server and a printer, both of which fail on command."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from printer.agent import Agent, Pace
from printer.api import Api
from printer.devices import Address
from printer.layout import draw
from printer.link import Patience, Proof, Status
from printer.virtual import Moment, VirtualPrinter
from tests.printer.builders import CALM, HASTY, a_content, the_address_of, the_line_to
from tests.printer.print_jobs_api import TOKEN, PrintJobsApi

BRISK = Pace(
    claim=1, look=0.05, look_within=0.0, keep=0.05, ready=0.3, lease_margin=0.0, retry_first=0.02, retry_last=0.1
)


@pytest.fixture
def server() -> Iterator[PrintJobsApi]:
    with PrintJobsApi() as server:
        yield server


@pytest.fixture
def printer() -> Iterator[VirtualPrinter]:
    with VirtualPrinter(pace=None) as printer:
        yield printer


@contextmanager
def an_agent(
    server: PrintJobsApi,
    address: Address,
    *,
    token: str = TOKEN,
    patience: Patience = CALM,
    paper: int | None = None,
    pace: Pace = BRISK,
) -> Iterator[Agent]:
    with Api(server.url, token) as api:
        agent = Agent(api, address, patience=patience, pace=pace, paper=paper)
        agent.start()
        try:
            yield agent
        finally:
            agent.stop(60)


def test_a_job_is_printed_as_the_ticket_it_is_and_the_server_knows(
    server: PrintJobsApi, printer: VirtualPrinter
) -> None:
    job = server.offer(number="A012")
    with an_agent(server, the_address_of(printer)):
        server.wait_for_state(job, "printed")
    (ticket,) = printer.tickets
    assert ticket.picture.tobytes() == draw(a_content(number="A012"), 80).tobytes()
    told = [call for call in server.calls if job in call]
    assert told == [f"/api/v1/print-jobs/{job}/started", f"/api/v1/print-jobs/{job}/outcome"]


def test_two_tickets_in_a_row_come_out_in_order_and_whole(server: PrintJobsApi, printer: VirtualPrinter) -> None:
    jobs = [server.offer(number=number) for number in ("A001", "A002")]
    with an_agent(server, the_address_of(printer)):
        for job in jobs:
            server.wait_for_state(job, "printed")
    wanted = [draw(a_content(number=number), 80).tobytes() for number in ("A001", "A002")]
    assert [ticket.picture.tobytes() for ticket in printer.tickets] == wanted


def test_the_roll_in_the_printer_decides_when_it_is_given(server: PrintJobsApi) -> None:
    with VirtualPrinter(paper=58, pace=None) as narrow, an_agent(server, the_address_of(narrow), paper=58):
        for _ in range(2):  # the first one has a line for the staff
            server.wait_for_state(server.offer(paper=80), "printed")
        assert narrow.tickets[1].picture.tobytes() == draw(a_content(), 58).tobytes()


def test_a_printer_that_is_away_claims_nothing_and_prints_when_it_is_back(
    server: PrintJobsApi, printer: VirtualPrinter
) -> None:
    printer.set_faults(refuse=True)
    with an_agent(server, the_address_of(printer)):
        assert server.wait_for(lambda s: len(s.statuses) > 0)
        assert server.statuses[-1]["online"] is False
        job = server.offer()
        printer.set_faults(refuse=False)
        server.wait_for_state(job, "printed")
        assert server.wait_for(lambda s: bool(s.statuses[-1]["online"]))


def test_a_printer_that_goes_while_a_claim_waits_is_not_sent(server: PrintJobsApi, printer: VirtualPrinter) -> None:
    with an_agent(server, the_address_of(printer)) as agent:
        assert server.wait_for(lambda s: any("claim" in call for call in s.calls))
        with agent._line:  # no look between the fault and the job
            printer.set_faults(paper="out")
            job = server.offer()
            server.wait_for_state(job, "claimed")
        assert server.wait_for_state(job, "not_sent", "printed") == "not_sent"
        assert "paper is out" in server.jobs[job]["outcome_detail"]
    assert printer.tickets == []


def test_a_ticket_of_which_bytes_left_is_unknown_and_not_printed_again(
    server: PrintJobsApi, printer: VirtualPrinter
) -> None:
    printer.set_faults(drop_after=20_000)
    with an_agent(server, the_address_of(printer)):
        job = server.offer(number="A001")
        server.wait_for_state(job, "unknown")
        printer.set_faults(drop_after=None)
        after = server.offer(number="A002")
        server.wait_for_state(after, "printed")
    wanted = draw(a_content(number="A002"), 80)
    assert printer.tickets[-1].picture.tobytes() == wanted.tobytes()
    assert server.calls.count(f"/api/v1/print-jobs/{job}/started") == 1


def test_an_outcome_is_repeated_until_the_server_has_it(server: PrintJobsApi, printer: VirtualPrinter) -> None:
    job = server.offer()
    server.answer_is_lost_after = "started"
    with an_agent(server, the_address_of(printer)):
        server.wait_for_state(job, "printed")
        server.answer_is_lost_after = "outcome"
        again = server.offer()
        server.wait_for_state(again, "printed")
        last = server.offer()
        server.wait_for_state(last, "printed")
    assert server.calls.count(f"/api/v1/print-jobs/{job}/started") == 2
    assert server.calls.count(f"/api/v1/print-jobs/{again}/outcome") == 2
    assert len(printer.tickets) == 3


def test_a_server_that_goes_in_the_middle_of_a_ticket_has_the_outcome_when_it_is_back(server: PrintJobsApi) -> None:
    with VirtualPrinter(pace=8_000) as printer, an_agent(server, the_address_of(printer)):
        job = server.offer()
        server.wait_for_state(job, "started")
        server.set_down(True)
        assert printer.wait_for(lambda p: len(p.tickets) == 1)
        assert server.state(job) == "started"
        server.set_down(False)
        server.wait_for_state(job, "printed")
        assert len(printer.tickets) == 1


def test_a_server_that_is_away_is_asked_again_and_told_how_the_printer_is(
    server: PrintJobsApi, printer: VirtualPrinter
) -> None:
    server.set_down(True)
    with an_agent(server, the_address_of(printer)):
        server.set_down(False)
        server.wait_for_state(server.offer(), "printed")
        assert server.wait_for(lambda s: bool(s.statuses))


def test_a_job_whose_lease_was_lost_before_its_start_is_not_printed_by_this_agent(
    server: PrintJobsApi, printer: VirtualPrinter
) -> None:
    with an_agent(server, the_address_of(printer)) as agent:
        assert server.wait_for(lambda s: any("claim" in call for call in s.calls))
        with agent._line:
            job = server.offer()
            server.wait_for_state(job, "claimed")
            server.jobs[job]["lease"] = "another agent's"
        assert server.wait_for(lambda s: f"/api/v1/print-jobs/{job}/started" in s.calls)
        server.wait_for_state(server.offer(number="A002"), "printed")
    assert server.state(job) == "claimed"
    assert [ticket.picture.tobytes() for ticket in printer.tickets] == [draw(a_content(number="A002"), 80).tobytes()]


def test_the_server_is_told_when_the_paper_runs_low_and_out_and_is_back(
    server: PrintJobsApi, printer: VirtualPrinter
) -> None:
    with an_agent(server, the_address_of(printer)):
        for paper in ("near_end", "out", "ok"):
            printer.set_faults(paper=paper)
            assert server.wait_for(says(paper))
    papers = [status["paper"] for status in server.statuses]
    assert papers == [paper for paper, before in zip(papers, [None, *papers], strict=False) if paper != before]


def says(paper: str) -> Callable[[PrintJobsApi], bool]:
    return lambda server: bool(server.statuses) and server.statuses[-1]["paper"] == paper


def test_a_token_that_is_refused_ends_the_agent_and_says_why(server: PrintJobsApi, printer: VirtualPrinter) -> None:
    with an_agent(server, the_address_of(printer), token="wrong") as agent:
        assert agent.wait(60)
        assert agent.failure is not None
        assert "not known" in agent.failure


def test_a_token_that_is_revoked_ends_the_agent_also_while_its_printer_is_away(server: PrintJobsApi) -> None:
    """It claims nothing then: only what it tells of the printer meets the refusal."""
    with VirtualPrinter(pace=None) as printer:
        printer.set_faults(refuse=True)
        with an_agent(server, the_address_of(printer)) as agent:
            assert server.wait_for(lambda s: bool(s.statuses))
            server.revoked = True
            printer.set_faults(refuse=False, paper="out")  # something to tell
            assert agent.wait(60)
            assert "not known" in (agent.failure or "")


def test_a_printer_that_cannot_be_reached_keeps_no_word_from_the_server(
    server: PrintJobsApi, printer: VirtualPrinter
) -> None:
    """A connection that hangs takes seconds; what is known of the printer is told at once, and told again."""
    printer.set_faults(unreachable=True)
    line = replace(the_line_to(printer), connect_within=60.0)
    with an_agent(server, Address(line)) as agent:
        agent._reporter.offer(Status(detail="not looked at yet"))
        assert server.wait_for(lambda s: bool(s.statuses))
        agent._reporter.repeat()
        assert server.wait_for(lambda s: len(s.statuses) > 1)
        printer.set_faults(unreachable=False)


def test_a_printer_in_trouble_delays_no_other_printer_and_nobody_else_gets_its_ticket(server: PrintJobsApi) -> None:
    with VirtualPrinter(pace=None) as stuck, VirtualPrinter(pace=None) as well:
        stuck.when(Moment.ROW, 200, lambda: stuck.set_faults(paper="out"))
        with an_agent(server, the_address_of(stuck)):
            waiting = server.offer(number="A001")
            assert server.wait_for(says("out"))
            with an_agent(server, the_address_of(well)):
                for number in ("A002", "A003"):
                    server.wait_for_state(server.offer(number=number), "printed")
            assert server.state(waiting) == "started"
            stuck.set_faults(paper="ok")
            server.wait_for_state(waiting, "printed")
        assert [len(stuck.tickets), len(well.tickets)] == [1, 2]


def test_two_agents_at_one_printer_print_each_ticket_once(server: PrintJobsApi, printer: VirtualPrinter) -> None:
    """The printer serves one line at a time; whoever waits for it is no reason to print twice."""
    address = the_address_of(printer)
    with an_agent(server, address), an_agent(server, address):
        jobs = [server.offer(number=f"A{number:03}") for number in range(1, 7)]
        for job in jobs:
            server.wait_for_state(job, "printed")
    wanted = sorted(draw(a_content(number=f"A{number:03}"), 80).tobytes() for number in range(1, 7))
    assert sorted(ticket.picture.tobytes() for ticket in printer.tickets) == wanted


def test_a_late_answer_to_an_earlier_ticket_is_not_taken_for_this_ones_proof(server: PrintJobsApi) -> None:
    """A small printer gives its answers no name. The first ticket is stuck in it, and comes out during the second."""
    with VirtualPrinter(paper=58, pace=None) as printer:
        printer.set_faults(answers="in_order", busy=True)
        patience = replace(HASTY, answer=0.5, proof=0.4, quiet=0.3)
        with an_agent(server, replace(the_address_of(printer), proof=Proof.SENSOR), patience=patience):
            first, second = server.offer(paper=58, number="A001"), server.offer(paper=58, number="A002")
            server.wait_for_state(first, "unknown")
            # The second asks first whether the printer is clear, and is not sent while it is not.
            server.wait_for_state(second, "not_sent")
            assert "not confirm that it is clear" in server.jobs[second]["outcome_detail"]
            # Clear of the first, it jams again at the third: two answers have come by then, and neither is to that.
            printer.when(Moment.CUT, 1, lambda: printer.when(Moment.ROW, 50, lambda: printer.set_faults(busy=True)))
            printer.set_faults(busy=False)
            third = server.offer(paper=58, number="A003")
            assert server.wait_for_state(third, "unknown", "printed", "not_sent") == "unknown"
        assert len(printer.tickets) == 1


def test_an_agent_says_which_job_it_has_under_way_and_why_a_paper_is_in_doubt(server: PrintJobsApi) -> None:
    with VirtualPrinter(pace=None) as printer:
        printer.when(Moment.ROW, 200, lambda: printer.set_faults(paper="out"))
        with an_agent(server, the_address_of(printer), patience=replace(CALM, proof=1.0, answer=3.0)):
            job = server.offer()
            assert server.wait_for(lambda s: bool(s.statuses) and s.statuses[-1]["paper"] == "out")
            assert server.statuses[-1]["job"] == job
            printer.set_faults(paper="ok")
            server.wait_for_state(job, "printed")
            printer.set_faults(answers="status")
            unproven = server.offer()
            server.wait_for_state(unproven, "unknown")
            printer.set_faults(answers="all")
            printer.when(Moment.ROW, 200, printer.drop)
            not_cut = server.offer()
            server.wait_for_state(not_cut, "unknown")
            printer.when(Moment.CUT, 2, printer.drop)  # the first is what the ticket before has left
            broken = server.offer()
            server.wait_for_state(broken, "unknown")
            reasons = [server.jobs[name].get("reason") for name in (job, unproven, not_cut, broken)]
            assert reasons == [None, "no_proof", "not_cut", "broken"]
            assert server.wait_for(lambda s: s.statuses[-1]["job"] is None)


def test_a_clock_that_is_years_off_changes_nothing(server: PrintJobsApi, printer: VirtualPrinter) -> None:
    """A kiosk without a clock of its own starts in 1970: leases are counted from the server's time."""
    server.clock = datetime(2031, 3, 1, 12, tzinfo=UTC)
    with an_agent(server, the_address_of(printer)):
        server.wait_for_state(server.offer(), "printed")


def test_a_server_of_another_kind_is_told_once_and_asked_again(server: PrintJobsApi, printer: VirtualPrinter) -> None:
    server.knows_claims = False
    with capture_logs() as lines, an_agent(server, the_address_of(printer)):
        job = server.offer()
        assert server.wait_for(lambda s: s.calls.count("/api/v1/print-jobs/claim") >= 4)
        server.knows_claims = True
        server.wait_for_state(job, "printed")
    told = [line["event"] for line in lines if line["event"].startswith("server")]
    assert told == ["server away", "server back"]


def test_a_printer_that_proves_nothing_gets_no_blank_paper_before_its_tickets(
    server: PrintJobsApi, printer: VirtualPrinter
) -> None:
    printer.set_faults(answers="none")
    with an_agent(server, replace(the_address_of(printer), proof=Proof.NONE)) as agent:
        for number in ("A001", "A002"):
            server.wait_for_state(server.offer(number=number), "unknown")
        assert not agent._unfinished.there


def test_stopping_finishes_the_ticket_under_way_and_its_report(server: PrintJobsApi) -> None:
    with VirtualPrinter(pace=4_000) as printer, Api(server.url, TOKEN) as api:
        agent = Agent(api, the_address_of(printer), patience=HASTY, pace=BRISK)
        agent.start()
        job = server.offer()
        server.wait_for_state(job, "started")
        assert agent.stop(60)
        assert server.state(job) == "printed"
        waiting = server.offer()
        assert agent.wait(0)
        assert server.state(waiting) == "queued"


def test_an_agent_that_is_started_again_goes_on_with_the_next_job(
    server: PrintJobsApi, printer: VirtualPrinter
) -> None:
    for number in ("A001", "A002"):
        job = server.offer(number=number)
        with an_agent(server, the_address_of(printer)):
            server.wait_for_state(job, "printed")
    assert len(printer.tickets) == 2


def test_a_ticket_that_cannot_be_drawn_is_not_sent_and_the_next_one_is_printed(
    server: PrintJobsApi, printer: VirtualPrinter
) -> None:
    # An address too long for any code is refused where the code is made.
    job = server.offer(url="http://x/" + "a" * 5000)
    with an_agent(server, the_address_of(printer)):
        server.wait_for_state(job, "not_sent")
        server.wait_for_state(server.offer(), "printed")


def test_once_a_printer_has_shown_that_it_has_no_process_ids_it_is_not_asked_for_them_again(
    server: PrintJobsApi, printer: VirtualPrinter
) -> None:
    printer.set_faults(answers="in_order")
    with an_agent(server, the_address_of(printer)) as agent:
        server.wait_for_state(server.offer(), "printed")
        assert agent._memory.habits.proof is Proof.SENSOR
        server.wait_for_state(server.offer(), "printed")


def test_a_printer_that_never_answers_prints_and_every_outcome_is_unknown(
    server: PrintJobsApi, printer: VirtualPrinter
) -> None:
    address = replace(the_address_of(printer), proof=Proof.NONE)
    with an_agent(server, address):
        server.wait_for_state(server.offer(), "unknown")
        assert printer.wait_for(lambda p: len(p.tickets) == 1)


def test_the_jobs_of_a_rush_share_one_line_which_is_given_up_soon_after(server: PrintJobsApi) -> None:
    pace = replace(BRISK, look=60, look_again=60, keep=1.5)
    with VirtualPrinter(pace=None) as printer:
        jobs = [server.offer(number=f"A{number:03}") for number in range(1, 5)]
        with an_agent(server, the_address_of(printer), pace=pace):
            for job in jobs:
                server.wait_for_state(job, "printed")
            assert printer.connections == 2  # one look, and one for all
            with socket.create_connection(("127.0.0.1", printer.port), 60) as till:
                assert printer.wait_for(lambda p: p.connections == 3), "the till has its turn"
                till.sendall(b"\x10\x04\x01")
                assert till.recv(1) == b"\x12"
        assert len(printer.tickets) == 4


def test_a_printer_that_refuses_connections_after_each_one_prints_a_whole_rush(server: PrintJobsApi) -> None:
    pace = replace(BRISK, look=60, look_again=0.2, keep=0.0, ready=60)
    with VirtualPrinter(pace=None) as printer:
        printer.set_faults(refuse_after=0.2)
        with an_agent(server, the_address_of(printer), pace=pace):
            jobs = [server.offer(number=f"A{number:03}") for number in range(1, 6)]
            for job in jobs:
                server.wait_for_state(job, "printed")
        assert len(printer.tickets) == 5
    assert all(status["online"] for status in server.statuses), "no news for staff"


def test_an_idle_printer_is_left_to_others_and_looked_at_often_only_while_it_is_not_ready(server: PrintJobsApi) -> None:
    pace = replace(BRISK, look=60, look_again=0.05)
    with VirtualPrinter(pace=None) as printer, an_agent(server, the_address_of(printer), pace=pace):
        server.wait_for_state(server.offer(), "printed")
        assert printer.connections == 2
        assert not printer.wait_for(lambda p: p.connections > 2, within=0.5)
        printer.set_faults(paper="out")
        waiting = server.offer()
        assert server.wait_for(says("out"))
        printer.set_faults(paper="ok")
        server.wait_for_state(waiting, "printed", "not_sent")
        server.wait_for_state(server.offer(), "printed")


def test_a_job_is_tried_again_under_new_leases_until_its_own_time_is_over(server: PrintJobsApi) -> None:
    server.lease_seconds = 0.5
    pace = replace(BRISK, look=60, look_again=0.1, ready=60)
    with VirtualPrinter(pace=None) as printer, an_agent(server, the_address_of(printer), pace=pace):
        server.before_answering["claim"] = lambda: printer.set_faults(refuse=True)
        job = server.offer()
        assert server.wait_for(lambda s: any("refused" in (told["detail"] or "") for told in s.statuses))
        assert server.state(job) == "claimed"
        printer.set_faults(refuse=False)
        server.wait_for_state(job, "printed")
        assert server.jobs[job]["lease"] != "lease-1"
        server.lease_seconds, server.job_seconds = 15.0, 1.0
        server.before_answering["claim"] = lambda: printer.set_faults(refuse=True)
        late = server.offer()
        server.wait_for_state(late, "not_sent")
        assert "refused" in server.jobs[late]["outcome_detail"]
        assert len(printer.tickets) == 1


def test_an_agent_that_stops_while_it_waits_for_its_printer_leaves_the_job_to_others(server: PrintJobsApi) -> None:
    server.lease_seconds = 15.0
    pace = replace(BRISK, look=60, look_again=60, ready=60)
    with VirtualPrinter(pace=None) as printer:
        with an_agent(server, the_address_of(printer), pace=pace):
            assert server.wait_for(lambda s: any("claim" in call for call in s.calls))
            printer.set_faults(refuse=True)
            job = server.offer()
            server.wait_for_state(job, "claimed")
        assert server.state(job) == "claimed"
        printer.set_faults(refuse=False)
        with an_agent(server, the_address_of(printer), pace=pace):
            server.wait_for_state(job, "printed")


@pytest.mark.parametrize("answers", ["status", "changes"])
def test_a_printer_that_proves_nothing_costs_the_wait_for_a_proof_twice_and_never_again(
    server: PrintJobsApi, answers: str
) -> None:
    with VirtualPrinter(paper=58, pace=None) as printer:
        printer.set_faults(answers=answers, letters=True)
        patience = replace(CALM, answer=1.0, first=0.5)
        with an_agent(server, the_address_of(printer), patience=patience) as agent:
            for number in ("A001", "A002"):
                server.wait_for_state(server.offer(paper=58, number=number), "unknown")
            assert agent._memory.habits.proof is Proof.NONE
            agent._patience = CALM  # from here on a wait for what does not come would last half a minute
            for number in ("A003", "A004"):
                server.wait_for_state(server.offer(paper=58, number=number), "unknown")
        assert printer.wait_for(lambda p: len(p.tickets) == 4)
        assert printer.tickets[-1].picture.tobytes() == draw(a_content(number="A004"), 58).tobytes()


def test_a_printer_that_forgets_when_the_line_closes_has_the_time_to_print(server: PrintJobsApi) -> None:
    with VirtualPrinter(paper=58, pace=4000) as printer:
        printer.set_faults(answers="none", forgets=True)
        address = replace(the_address_of(printer), proof=Proof.NONE)
        with an_agent(server, address, patience=replace(CALM, printing=2.0)):
            server.wait_for_state(server.offer(paper=58), "unknown")
        assert [ticket.picture.tobytes() for ticket in printer.tickets] == [draw(a_content(), 58).tobytes()]


def test_no_thread_of_a_stopped_agent_prints(server: PrintJobsApi, printer: VirtualPrinter) -> None:
    with an_agent(server, the_address_of(printer)):
        server.wait_for_state(server.offer(), "printed")
    late = server.offer()
    assert not server.wait_for(lambda s: s.state(late) == "started", within=0.3)


def test_letters_without_a_font_are_said_once_in_the_log_and_to_the_server(
    server: PrintJobsApi, printer: VirtualPrinter
) -> None:
    amulet = "\U0001f9ff"  # no font of outlines that is common has it
    with capture_logs() as log, an_agent(server, the_address_of(printer)):
        for _ in range(2):
            server.wait_for_state(server.offer(branch=f"Klinik {amulet}"), "printed")
        assert server.wait_for(lambda s: amulet in s.statuses[-1].get("undrawn", ""))
    (said,) = [entry for entry in log if entry["event"] == "letters without a font"]
    assert (said["letters"], said["advice"]) == (amulet, "apt install fonts-symbola")
    assert printer.tickets[0].picture.tobytes() == draw(a_content(branch="Klinik"), 80).tobytes()
