"""Servers at work while faults come and go, and the history checker over all that their clients saw."""

from __future__ import annotations

import os
import secrets
import signal
import time
from collections import Counter as Tally
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from random import Random
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from server.clock import system_clock
from server.domain.history.events import Event
from server.store.engines.store import Store, sqlite_url
from server.store.tables import event_log
from tests.faults.clocked import ClockedServer
from tests.faults.history import History, check
from tests.faults.line import Line
from tests.faults.observers import Crew
from tests.faults.replay import Rules
from tests.journeys.branches import MIDDAY_ZONE, a_counter, a_document, a_service
from tests.journeys.giliran import Giliran

SLUG = "sejarah"
DESKS = 3
ROLES = ("kiosk", "agent", "display", "printer")
DOCUMENT: dict[str, Any] = a_document(
    SLUG,
    start="on_call",
    services=[a_service(code, last_number=99999) for code in "AB"],
    counters=[a_counter(n + 1, "AB") for n in range(DESKS)],
)
MINUTES = float(os.environ.get("GILIRAN_MINUTES", "2"))
"""How long each of the long forms lasts; starting, healing and checking add about half of it."""
SHORT_LEASE = 16
"""Seconds after which a claimed paper is offered again, and a screen that says nothing is disconnected."""
LONG_SILENCE = 41
"""Seconds after which a server counts as gone, and a printer as silent."""


def rules(services: str, desks: int) -> Rules:
    """The rules of a branch whose counters all take all services, of documents as here."""
    return Rules({n: frozenset(services) for n in range(1, desks + 1)}, {"senior": timedelta(minutes=20)})


class Faults(Protocol):
    """What goes wrong while clients are at work."""

    def strike(self) -> str:
        """Let one thing go wrong and be well again, or wait a while; returns its name."""

    def heal(self) -> None:
        """Make everything well, and come back when the servers are ready."""


class Checked:
    """One run: a seed, what was written down, and what has struck."""

    def __init__(self, tokens: dict[str, str], database_url: str, *, slug: str = SLUG, services: str = "AB") -> None:
        self.seed = int(os.environ.get("GILIRAN_SEED", secrets.randbits(32)))
        self.random = Random(self.seed)
        self.history = History()
        self.struck: Tally[str] = Tally()
        self.log: list[Event] = []
        self.took = 0.0
        self._tokens, self._slug, self._services = tokens, slug, services
        self._url = database_url
        print(f"GILIRAN_SEED={self.seed}")

    def run(self, urls: Sequence[str], strikes: Callable[[], bool], faults: Faults, *, desks: int = DESKS) -> None:
        """Have clients work while `strikes()`, and raise AssertionError with everything that cannot be."""
        since = len(self._read_log())
        with Crew(
            self._slug, self._tokens, urls, self.random, self.history, services=self._services, desks=desks
        ) as crew:
            try:
                while strikes():
                    self.struck[faults.strike()] += 1
            finally:
                faults.heal()
            crew.stop()
            crew.until_all_have_seen(len(self._read_log()))
        self.log = self._read_log()
        began = time.monotonic()
        zone = ZoneInfo(MIDDAY_ZONE)
        violations = check(self.log, self.history, rules(self._services, desks), zone, since=since)
        self.took = time.monotonic() - began
        shown = "\n".join(map(str, violations[:20]))
        assert not violations, f"GILIRAN_SEED={self.seed}: {len(violations)} violations\n{shown}"

    def _read_log(self) -> list[Event]:
        store = Store(self._url, system_clock)
        try:
            return store.read(lambda db: event_log.after(db, 1, 0, 10_000_000))
        finally:
            store.close()

    def figures(self) -> str:
        """What was done and seen, in a line for people."""
        actions = self.history.actions
        done = sum(a.answered is not None and a.refused is None for a in actions)
        unanswered = sum(a.answered is None for a in actions)
        struck = ", ".join(f"{count} {name}" for name, count in sorted(self.struck.items()))
        return (
            f"{done:,} actions acknowledged, {sum(a.refused is not None for a in actions):,} refused, "
            f"{unanswered:,} not answered; {len(self.history.reads):,} reads, {len(self.history.pushes):,} pushes; "
            f"{len(self.log):,} events. No violation, found in {self.took:.1f} s. Faults: {struck}."
        )


def lasting(minutes: float) -> Callable[[], bool]:
    """Whether so many minutes from now are not yet over."""
    end = time.monotonic() + 60 * minutes
    return lambda: time.monotonic() < end


def times(count: int) -> Callable[[], bool]:
    """True so many times."""
    left = iter(range(count))
    return lambda: next(left, None) is not None


class OneServer:
    """Faults of one server: killed, stopped, asked to end, halted for a while, its clock set ahead and back."""

    def __init__(self, server: ClockedServer, random: Random, *first: str) -> None:
        """`first`: the names of those that strike before any is chosen at random."""
        self._server, self._random = server, random
        self._given = [getattr(self, name) for name in first]
        self._first = iter(self._given)
        self._kinds = [self.killed, self.killed_while_starting, self.ended, self.halted, self.clock_set, self.new_day]

    def strike(self) -> str:
        """One of them, and then some time to work."""
        kind = next(self._first, None) or self._random.choice(self._kinds)
        kind()
        time.sleep(self._random.uniform(0.3, 3) if kind not in self._given else 0.5)
        return kind.__name__.replace("_", " ")

    def killed(self) -> None:
        """As by a power cut."""
        self._server.kill()
        self._server.start()

    def killed_while_starting(self) -> None:
        """And again before it is ready."""
        self._server.kill()
        self._server.launch()
        time.sleep(self._random.uniform(0, 1))
        self._server.kill()
        self._server.start()

    def ended(self) -> None:
        """In order."""
        self._server.stop()
        self._server.start()

    def halted(self) -> None:
        """Its process is stopped and goes on; now and then so late that leases have lapsed."""
        halt(self._server, self._random.choice([0.5, 1, 3, 5, SHORT_LEASE]))

    def clock_set(self) -> None:
        """By up to two hours, ahead or back, within the day."""
        ahead = (self._server.clock() - system_clock()).total_seconds()
        wanted = self._random.uniform(-2, 2) * 3600 if self._random.random() < 0.7 else 0
        self._server.clock.step(wanted - ahead)

    def new_day(self) -> None:
        """The clock is put into the next day, with customers in line, and set right after a while."""
        self._server.clock.step(14 * 3600)
        time.sleep(self._random.uniform(1.5, 3))
        self._server.clock.set(system_clock())

    def heal(self) -> None:
        """Let it be ready, at the right time."""
        self._server.clock.set(system_clock())
        if self._server.ended():
            self._server.launch()
        self._server.wait_until_ready()


class SharedDatabase:
    """Faults of servers on one PostgreSQL: also lines to it that fail, and clocks that differ between the servers."""

    def __init__(
        self, servers: Sequence[ClockedServer], lines: Sequence[Line], random: Random, *first: str, long: bool = False
    ) -> None:
        """`first`: the names of those that strike before any is chosen at random."""
        self._given = iter([getattr(self, name) for name in first])
        self._servers, self._lines, self._random, self._long = servers, lines, random, long
        self._kinds = [
            self.cut_off, self.cut_off_in_silence, self.answers_lost, self.slow_line, self.killed, self.halted,
            self.clocks_apart,
        ]  # fmt: skip
        self._first = iter(range(1))

    def strike(self) -> str:
        """One of them at one of the servers, and then some time to work."""
        one = self._random.randrange(len(self._servers))
        kind = next(self._given, None) or self._random.choice(self._kinds)
        kind(self._servers[one], self._lines[one])
        time.sleep(self._random.uniform(0.3, 2) if self._long else 0.3)
        return kind.__name__.replace("_", " ")

    def _a_while(self) -> float:
        """Seconds; now and then longer than the database lets an idle transaction hold a branch."""
        if not self._long:
            return 0.5
        return 23 if self._random.random() < 0.1 else self._random.uniform(0.1, 3)

    def cut_off(self, _server: ClockedServer, line: Line) -> None:
        """Connections to the database are reset, and new ones refused."""
        line.cut()
        time.sleep(self._a_while())
        line.mend()

    def cut_off_in_silence(self, _server: ClockedServer, line: Line) -> None:
        """Nothing arrives, and nobody is told."""
        line.stall()
        time.sleep(self._a_while())
        line.mend()

    def answers_lost(self, _server: ClockedServer, line: Line) -> None:
        """The database does what it is told, and its answers are lost."""
        line.lose_answers(self._random.randrange(2000))
        time.sleep(self._random.uniform(0.1, 2))
        line.mend()

    def slow_line(self, _server: ClockedServer, line: Line) -> None:
        """Every piece comes late."""
        line.delay(self._random.uniform(0.01, 0.1))
        time.sleep(self._random.uniform(0.5, 2))
        line.mend()

    def killed(self, server: ClockedServer, _line: Line) -> None:
        """One server is killed and comes back."""
        server.kill()
        time.sleep(self._random.uniform(0, 1))
        server.start()

    def halted(self, server: ClockedServer, _line: Line) -> None:
        """One server is stopped and goes on; once so late that the others take it for gone."""
        past_all = self._long and next(self._first, None) is not None
        halt(server, LONG_SILENCE if past_all else self._random.choice([0.5, 1, 3, SHORT_LEASE if self._long else 2]))

    def clocks_apart(self, server: ClockedServer, _line: Line) -> None:
        """The clock of one server is set, by up to half an hour, and the other's is not."""
        ahead = (server.clock() - system_clock()).total_seconds()
        apart = self._random.choice([0, 1, 20, 90, 1800]) * self._random.choice([-1, 1])
        server.clock.step(apart - ahead)

    def heal(self) -> None:
        """Lines carry, servers are ready."""
        for server, line in zip(self._servers, self._lines, strict=True):
            line.mend()
            if server.ended():
                server.launch()
            server.wait_until_ready()


def halt(server: ClockedServer, seconds: float) -> None:
    """Stop the process, and let it go on after so long."""
    server.signal(signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        server.signal(signal.SIGCONT)


def url_of_server(server: Giliran) -> str:
    """Where the data of a server are."""
    return server.database or sqlite_url(server.data)


def launched(stack: ExitStack, servers: Sequence[ClockedServer]) -> None:
    """Have all serve until the stack is closed."""
    for server in servers:
        stack.callback(server.close)
        server.launch()
    for server in servers:
        server.wait_until_ready()
