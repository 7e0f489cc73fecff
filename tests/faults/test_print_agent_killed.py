"""The print agent is killed at every stage of a job: what is on paper, what the job says, and what people are told."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from printer.layout import draw
from printer.ticket import Content
from printer.virtual import Moment, VirtualPrinter
from tests.browser.screens.branch import ClockedServer
from tests.faults.crowd import Calling
from tests.faults.gate import Gate
from tests.faults.house import furnished
from tests.journeys.branches import a_document
from tests.journeys.client import eventually, ok
from tests.journeys.giliran import ROOT, plain_environment
from tests.printer.paper import whole_and_scraps

SLUG = "kertas"
ROLL = 58
pytestmark = pytest.mark.timeout(300)
CLAIM_LAPSED, START_LAPSED = 16, 62
"""Seconds after which a claimed job is offered again, and a started one is unknown whose next agent reports nothing."""


class Hall:
    """A server whose clock can be set, a virtual printer, and between them an agent that can be killed."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        document = a_document(SLUG) | {"printers": [{"name": "front", "paper": ROLL}]}
        self.server, tokens = furnished(ClockedServer(path / "data"), document, "kiosk", "agent", "printer")
        self.server.clock.set(datetime.now(UTC))
        stack.callback(self.server.kill)
        self.server.start()
        self.gate = stack.enter_context(Gate(self.server.url))
        self.printer = stack.enter_context(VirtualPrinter(paper=ROLL, buffer_bytes=4096))
        self.kiosk, self.staff = (stack.enter_context(Calling(self.server.url, tokens[r])) for r in ("kiosk", "agent"))
        self.state = path / "state"
        self.token = tokens["printer"]
        self.log = (path / "agent.log").open("ab")
        stack.callback(self.log.close)
        self.agent: subprocess.Popen[bytes] | None = None
        stack.callback(self.kill)

    def start_agent(self) -> None:
        words = ["-m", "printer", "--server", self.gate.url, "--device", f"network://127.0.0.1:{self.printer.port}"]
        environment = plain_environment() | {"GILIRAN_TOKEN": self.token, "XDG_STATE_HOME": str(self.state)}
        environment.pop("STATE_DIRECTORY", None)
        self.agent = subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, env=environment, stdout=self.log, stderr=subprocess.STDOUT
        )

    def kill(self) -> None:
        """As a power cut does."""
        if self.agent is not None:
            self.agent.kill()
            self.agent.wait(30)

    def loses_power(self) -> None:
        """With its terminal: what it had given to its kernel does not leave either."""
        self.kill()
        self.printer.drop(reset=True)

    def issue(self) -> dict[str, Any]:
        ticket: dict[str, Any] = ok(self.kiosk.post(f"/branches/{SLUG}/tickets", {"service": "A"}), 201)
        return ticket

    def said(self, job: str) -> str:
        """What the kiosk reads of a job."""
        return str(ok(self.kiosk.get(f"/print-jobs/{job}"))["state"])

    def comes_to(self, job: str, *states: str) -> str:
        return str(eventually(lambda: self.said(job), lambda state: state in states, 60))

    def on_paper(self, content: dict[str, Any]) -> tuple[int, int]:
        """(whole tickets, others) that came out since the last look, held against a ticket of this content."""
        pieces = [ticket.picture for ticket in self.printer.tickets]
        self.printer.tickets = []
        return whole_and_scraps(pieces, draw(Content.from_json(content), ROLL))

    def in_doubt(self) -> list[str]:
        """The numbers that staff are told to look for."""
        (front,) = ok(self.staff.get(f"/branches/{SLUG}/queue"))["printers"]
        numbers: list[str] = front["unresolved_numbers"]
        return numbers


@dataclass(frozen=True)
class Stage:
    """Where the agent is killed, how long its lease then lasts, what the job says in the end, what is on paper."""

    name: str
    kill: Callable[[Hall], None]
    lapses: int
    says: str
    papers: int
    scraps: int = 0
    reason: str | None = None


STAGES = [
    Stage("before the claim", lambda h: h.gate.before("claim", h.kill), 0, "printed", 1),
    Stage("claimed, and not told so", lambda h: h.gate.after("claimed", h.kill), CLAIM_LAPSED, "printed", 1),
    Stage("claimed, not started", lambda h: h.gate.before("started", h.kill), CLAIM_LAPSED, "printed", 1),
    Stage("started, nothing sent", lambda h: h.gate.after("started", h.kill), START_LAPSED, "unknown", 0),
    Stage("half sent", lambda h: h.printer.when(Moment.BYTE, 5000, h.loses_power), 0, "unknown", 0, 1, "not_cut"),
    Stage("all sent, no proof yet", lambda h: h.printer.when(Moment.CUT, 1, h.kill), 0, "unknown", 1, 0, "broken"),
    Stage("proof came, not reported", lambda h: h.gate.before("outcome", h.kill), START_LAPSED, "unknown", 1),
    Stage("reported, and not told so", lambda h: h.gate.after("outcome", h.kill), START_LAPSED, "printed", 1),
]


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """One for all stages: a server's start costs more than a stage."""
    with ExitStack() as stack:
        yield Hall(tmp_path_factory.mktemp("papers"), stack)


def is_survived(hall: Hall, stage: Stage) -> None:
    hall.kill()
    hall.printer.tickets = []
    stage.kill(hall)
    hall.start_agent()
    ticket = hall.issue()
    job = ticket["print_job"]
    assert hall.agent is not None
    hall.agent.wait(60)  # until it is killed
    before = hall.said(job)
    assert before != stage.says or stage.says == "printed"
    hall.server.clock.step(stage.lapses)
    hall.start_agent()
    hall.comes_to(job, stage.says)
    if stage.reason:
        assert ok(hall.staff.get(f"/print-jobs/{job}"))["reason"] == stage.reason
    assert hall.in_doubt() == ([ticket["number"]] if stage.says == "unknown" else [])
    # the next customer's ticket is whole, whatever was left of this one
    following = hall.issue()
    hall.comes_to(following["print_job"], "printed")
    papers = {content["number"]: content for content in hall.gate.papers}
    pieces = [ticket.picture for ticket in hall.printer.tickets]
    mine, others = hall.on_paper(papers[ticket["number"]])
    theirs, _ = whole_and_scraps(pieces, draw(Content.from_json(papers[following["number"]]), ROLL))
    assert (mine, theirs) == (stage.papers, 1)
    assert others - theirs <= stage.scraps
    # what people print again says so wherever a first one may exist
    ok(hall.staff.post(f"/branches/{SLUG}/tickets/{ticket['number']}/reprint", {}))
    assert hall.printer.wait_for(lambda p: bool(p.tickets), within=60)
    second = hall.gate.papers[-1]
    assert second["number"] == ticket["number"] and second["reprint"]
    assert hall.on_paper(second) == (1, 0)
    eventually(hall.in_doubt, lambda numbers: numbers == [])


@pytest.mark.parametrize("stage", [s for s in STAGES if s.name == "half sent"], ids=lambda s: s.name)
def test_an_agent_that_is_killed_leaves_no_half_ticket_to_the_next_customer(hall: Hall, stage: Stage) -> None:
    is_survived(hall, stage)


@pytest.mark.torture
@pytest.mark.parametrize("stage", [s for s in STAGES if s.name != "half sent"], ids=lambda s: s.name)
def test_an_agent_may_be_killed_at_every_stage_of_a_job(hall: Hall, stage: Stage) -> None:
    is_survived(hall, stage)
