"""A stage for one fault: a server, an agent, a virtual printer, and what is done to them while a job is under way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from printer.agent import Agent, Pace
from printer.api import Api
from printer.devices import Address
from printer.devices.network import NetworkPrinter
from printer.link import Device, Patience, Proof
from printer.unfinished import Unfinished
from printer.virtual import Answers, Moment, VirtualPrinter
from tests.printer.devices.twins import Twin
from tests.printer.print_jobs_api import TOKEN, PrintJobsApi

ROLL = 58
# What should succeed is waited for long: it is over as soon as it happens, also on a slow machine. A row in which a
# wait must run out shortens that one wait.
CALM = Patience(answer=30, settle=30, poll=0.05, silence=30, proof=30, grace=0.1, quiet=0.2, hindered=30)
PACE = Pace(claim=1, look=60, ready=30, lease_margin=0, retry_first=0.02, retry_last=0.1)

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
        assert self.server.wait_for(lambda _: self.has_told(words), within=30), self.server.statuses


def _words(status: dict[str, Any]) -> str:
    return f"{status['paper']}, {status['detail'] or 'ready'}"


Deed = Callable[[Stage], object]  # done to the stage


@dataclass(frozen=True)
class Row:
    """`at` is the call before whose answer `goes_wrong` is done; `meanwhile` is done while the job is under way."""

    name: str
    says: str  # what the job says in the end; words of its detail after a colon
    paper: str
    goes_wrong: Deed
    at: str = "claim"
    told: str = ""
    meanwhile: Deed = lambda stage: None
    answers: Answers = Answers.ALL
    proof: Proof = Proof.AUTO
    buffer: int = 65_536
    ready: float = 30.0
    waits: dict[str, float] = field(default_factory=dict)
    next_says: str = "printed"


def has(**faults: Any) -> Deed:
    return lambda stage: stage.printer.set_faults(**faults)


def when(moment: Moment, count: int, deed: Deed) -> Deed:
    return lambda stage: stage.printer.when(moment, count, lambda: deed(stage))


def breaks(*, reset: bool) -> Deed:
    return lambda stage: stage.printer.drop(reset=reset)


def both(*deeds: Deed) -> Deed:
    return lambda stage: [deed(stage) for deed in deeds]


def hears(reply: bytes) -> Deed:
    return lambda stage: stage.printer.say(reply)


def put_right_once_told(words: str, **faults: Any) -> Deed:
    """Somebody comes when the screens say so; until then the job waits, and nobody else gets it."""

    def come(stage: Stage) -> None:
        stage.wait_until_told(words)
        assert stage.server.state(stage.job) in ("claimed", "started")
        stage.printer.set_faults(**faults)

    return come


def put_right_after(seconds: float, words: str, **faults: Any) -> Deed:
    """The same, but it takes longer than the agent would bear mere silence."""

    def come(stage: Stage) -> None:
        stage.wait_until_told(words)
        threading.Event().wait(seconds)
        stage.printer.set_faults(**faults)

    return come


def back_in_a_moment(fault: str) -> Deed:
    def come(stage: Stage) -> None:
        assert stage.printer.wait_for(lambda p: bool(getattr(p.faults, fault)), within=30)
        stage.printer.set_faults(**{fault: False})

    return come


def lapses(stage: Stage) -> None:
    stage.server.lapse(stage.job)


@contextmanager
def an_agent(stage: Stage, row: Row, memory: Path, patience: Patience) -> Iterator[Agent]:
    line = stage.device
    if line is None:
        assert isinstance(stage.printer, VirtualPrinter)
        line = NetworkPrinter("network://printer", "127.0.0.1", stage.printer.port, connect_within=0.4)
    with Api(stage.server.url, TOKEN) as api:
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
            assert agent.stop(30)
