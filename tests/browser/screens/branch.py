"""A branch on a server of its own, whose clock and whose line to the browsers a test has in its hand."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from deploy import pages
from server.domain.people.principal import Role
from tests.clock import HandClock
from tests.faults.line import Line, line
from tests.faults.serving import SetClock
from tests.journeys.giliran import Giliran
from tests.scene import a_branch, a_counter, a_service
from tests.web.app_server import AppServer

JSON = dict[str, Any]
COUNTERS = 31
SERVICES = "ABCD"


class ClockedServer(Giliran):
    """The server, with a clock that can be set while it runs and while it does not."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.clock = SetClock(data.with_suffix(".clock"))

    def _program(self) -> list[str]:
        return ["tests.faults.serving", str(self.data), str(self.port), str(self.clock.file)]


class Branch:
    """What happens at the branch, done and seen past the line: it is true, whatever the screens show."""

    def __init__(self, server: ClockedServer, tokens: dict[Role, str], cord: Line) -> None:
        self.server, self.cord, self._tokens = server, cord, tokens
        self._open: set[int] = set()
        self._client = httpx.Client(base_url=f"{server.url}/api/v1", trust_env=False, timeout=60)

    def leave(self) -> None:
        self._client.close()

    def token(self, role: Role) -> str:
        return self._tokens[role]

    def get(self, path: str, role: Role = Role.ADMIN) -> JSON:
        return self._done(self._client.get(path, headers=self._as(role)))

    def post(self, path: str, body: JSON | None = None, role: Role = Role.AGENT) -> JSON:
        return self._done(self._client.post(path, json=body or {}, headers=self._as(role)))

    def _as(self, role: Role) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[role]}"}

    @staticmethod
    def _done(response: httpx.Response) -> JSON:
        assert response.is_success, response.text
        body: JSON = response.json()
        return body

    @property
    def board(self) -> JSON:
        return self.get("/branches/central/board")

    @property
    def queue(self) -> JSON:
        return self.get("/branches/central/queue")

    def issue(self, service: str = "A") -> JSON:
        return self.post("/branches/central/tickets", {"service": service}, Role.KIOSK)

    def verb(self, counter: int, verb: str) -> JSON:
        return self.post(f"/counters/central/{counter}/{verb}")

    def call(self, counter: int) -> int:
        """The next customer to a counter; tells the seq of the call."""
        self.open(counter)
        return self._seq_of(self.verb(counter, "call-next"))

    def recall(self, counter: int) -> int:
        return self._seq_of(self.verb(counter, "recall"))

    @staticmethod
    def _seq_of(done: JSON) -> int:
        seq: int = done["seq"]
        return seq

    def open(self, *counters: int) -> None:
        for counter in counters:
            if counter not in self._open:
                self.verb(counter, "open")
                self._open.add(counter)

    def finish(self, *counters: int) -> None:
        for counter in counters:
            self.verb(counter, "start")
            self.verb(counter, "finish")

    def all_at_once(self, *counters: int) -> list[int]:
        """Each of these counters presses Next in the same moment; tells the calls in the order that they got."""
        self.open(*counters)
        with ThreadPoolExecutor(len(counters)) as pool:
            return sorted(pool.map(self.call, counters))

    def events(self, kind: str) -> list[JSON]:
        """Every event of a kind that there ever was, by the log."""
        told, after = [], 0
        while page := self.get(f"/branches/central/events?after={after}&limit=1000")["events"]:
            told += [event for event in page if event["type"] == kind]
            after = page[-1]["seq"]
        return told

    def issued(self, service: str) -> list[str]:
        """Every number of a service that there ever was."""
        return [event["number"] for event in self.events("issued") if event["service"] == service]


@contextmanager
def opened(path: Path) -> Iterator[Branch]:
    """A branch with 31 counters and four services, on a running server; it is nine o'clock there."""
    pages.build()
    services = tuple(a_service(code, last_number=9999) for code in SERVICES)
    counters = tuple(a_counter(number, ("A",)) for number in range(1, COUNTERS + 1))
    house = AppServer(path / "data", a_branch(services=services, counters=counters))
    house.application.stop()
    server = ClockedServer(path / "data")
    server.clock.set(HandClock().now + timedelta(minutes=1))
    server.start()
    with line(server.port) as cord:
        branch = Branch(server, house.tokens, cord)
        yield branch
        branch.leave()
    server.stop()
