"""A stage for one fault: a server, an agent, a virtual printer, and what is done to them while a job is under way."""

from __future__ import annotations

import functools
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PIL import Image

from printer.agent import Agent, Pace
from printer.api import Api
from printer.devices import Address
from printer.devices.network import NetworkPrinter
from printer.layout import draw
from printer.link import Device, Patience, Proof
from printer.unfinished import Unfinished
from printer.virtual import Answers, Faults, Moment, VirtualPrinter
from tests.printer.builders import CALM, a_content
from tests.printer.devices.twins import Twin
from tests.printer.paper import whole_and_scraps
from tests.printer.print_jobs_api import SECOND_TOKEN, TOKEN, PrintJobsApi

ROLL = 58
PACE = Pace(
    claim=1,
    look=60,
    look_again=60,
    look_within=10.0,
    keep=0.05,
    ready=30,
    lease_margin=0,
    retry_first=0.02,
    retry_last=0.1,
)

ONE, NONE, SCRAP, SOME = "one", "none", "scrap", "some"  # on paper: a whole ticket, nothing, a part, any of these


@dataclass
class Stage:
    """A server, a printer and an agent between them, while one row is played."""

    server: PrintJobsApi
    printer: VirtualPrinter | Twin
    device: Device | None = None  # left out: the line to a virtual printer
    job: str = ""

    def has_told(self, words: str) -> bool:
        """Whether the agent has told the server these words of the printer."""
        return any(words in _words(status) for status in self.server.statuses)

    def wait_until_told(self, words: str) -> None:
        """Waits until the agent has told the server these words of the printer."""
        assert self.server.wait_for(lambda _: self.has_told(words)), self.server.statuses


def _words(status: dict[str, Any]) -> str:
    return f"{status['paper']}, {status['detail'] or 'ready'}"


Action = Callable[[Stage], object]  # done to the stage


@dataclass(frozen=True)
class Row:
    """`at` is the call before whose answer `goes_wrong` is done; `meanwhile` is done while the job is under way.

    `waits` shortens the one wait that must run out; all others are long, since what should succeed ends by itself.
    """

    name: str
    says: str  # what the job says in the end; words of its detail after a colon
    paper: str
    goes_wrong: Action
    at: str = "claim"
    told: str = ""
    meanwhile: Action = lambda stage: None
    answers: Answers = Answers.ALL
    proof: Proof = Proof.AUTO
    buffer: int = 65_536
    ready: float = 30.0
    waits: dict[str, float] = field(default_factory=dict)
    next_says: str = "printed"


def has(**faults: Any) -> Action:
    return lambda stage: stage.printer.set_faults(**faults)


def when(moment: Moment, count: int, action: Action) -> Action:
    return lambda stage: stage.printer.when(moment, count, lambda: action(stage))


def breaks(*, reset: bool) -> Action:
    return lambda stage: stage.printer.drop(reset=reset)


def both(*actions: Action) -> Action:
    return lambda stage: [action(stage) for action in actions]


def hears(reply: bytes) -> Action:
    return lambda stage: stage.printer.say(reply)


def holds(seconds: float) -> Action:
    """A till has a connection to the printer, and ends it after a while."""

    def take(stage: Stage) -> None:
        assert isinstance(stage.printer, VirtualPrinter)
        before = stage.printer.connections
        till = socket.create_connection(("127.0.0.1", stage.printer.port), 60)
        stage.printer.wait_for(lambda p: p.connections > before, 1)
        timer = threading.Timer(seconds, till.close)
        timer.daemon = True
        timer.start()

    return take


def put_right_once_told(words: str, **faults: Any) -> Action:
    """Somebody comes when the screens say so; until then the job waits, and nobody else gets it."""

    def come(stage: Stage) -> None:
        stage.wait_until_told(words)
        assert stage.server.state(stage.job) in ("claimed", "started")
        stage.printer.set_faults(**faults)

    return come


def put_right_after(seconds: float, words: str, **faults: Any) -> Action:
    """The same, but it takes longer than the agent would bear mere silence."""

    def come(stage: Stage) -> None:
        stage.wait_until_told(words)
        threading.Event().wait(seconds)
        stage.printer.set_faults(**faults)

    return come


def back_in_a_moment(fault: str) -> Action:
    def come(stage: Stage) -> None:
        assert stage.printer.wait_for(lambda p: bool(getattr(p.faults, fault)))
        stage.printer.set_faults(**{fault: False})

    return come


def lapses(stage: Stage) -> None:
    stage.server.lapse(stage.job)


@contextmanager
def an_agent(stage: Stage, row: Row, memory: Path, patience: Patience, token: str = TOKEN) -> Iterator[Agent]:
    line = stage.device
    if line is None:
        assert isinstance(stage.printer, VirtualPrinter)
        line = NetworkPrinter("network://printer", "127.0.0.1", stage.printer.port, connect_within=0.4)
    with Api(stage.server.url, token) as api:
        agent = Agent(
            api,
            Address(line, proof=row.proof),
            patience=patience,
            pace=replace(PACE, ready=row.ready),
            unfinished=Unfinished(memory),
        )
        agent.start()
        try:
            yield agent
        finally:
            assert agent.stop(60)


@functools.cache
def drawn(number: str) -> Image.Image:
    """The ticket of that number, as it should come out."""
    return draw(a_content(number=number), ROLL)


def print_one(stage: Stage, row: Row, memory: Path) -> str:
    """Prints A001 while the row's fault happens; returns what its job says in the end."""
    server = stage.server
    stage.printer.set_faults(answers=row.answers.value)
    with an_agent(stage, row, memory, replace(CALM, **row.waits)):
        stage.wait_until_told("ready")
        server.before_answering[row.at] = lambda: row.goes_wrong(stage)
        stage.job = server.offer(paper=ROLL, number="A001")
        row.meanwhile(stage)
        said = server.wait_for_state(stage.job, "printed", "not_sent", "unknown")
        stage.wait_until_told(row.told)
    server.dismiss(TOKEN)
    return said


def print_the_next(stage: Stage, row: Row, memory: Path) -> str:
    """Puts everything right and prints A002 with another agent; returns what had come out of A001.

    Asserts what holds whatever happened: the three promises.
    """
    server, printer = stage.server, stage.printer
    outcome = server.state(stage.job)
    printer.forget_plans()
    printer.set_faults(**Faults(answers=row.answers).as_json())
    brief = (
        {"proof": 0.4, "answer": 1.0, "first": 0.4} if row.next_says == "unknown" and row.proof is Proof.AUTO else {}
    )
    with an_agent(stage, row, memory, replace(CALM, **brief), SECOND_TOKEN):
        following = server.offer(paper=ROLL, number="A002")
        assert server.wait_for_state(following, "printed", "not_sent", "unknown") == row.next_says
    assert printer.wait_for(lambda p: [t.picture for t in p.tickets[-1:]] == [drawn("A002")])
    assert printer.hanging is None
    whole, scraps = whole_and_scraps([ticket.picture for ticket in printer.tickets[:-1]], drawn("A001"))
    came = ONE if whole else SCRAP if scraps else NONE
    assert whole <= 1
    assert scraps == 0 or outcome == "unknown"
    assert {"printed": came == ONE, "not_sent": came == NONE, "unknown": True}[outcome]
    return came
