"""The power goes at random moments while kiosks and counters work: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import os
import secrets
import sqlite3
import statistics
import threading
import time
from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest

from server.clock import system_clock
from server.store.engines.store import DATABASE_FILE, Store, sqlite_url
from server.store.maintenance import deep_checkup
from tests.faults.crowd import COUNTERS, SLUG, Calling, Crowd
from tests.faults.forking import Forked
from tests.faults.house import furnished
from tests.journeys.branches import a_counter, a_document, a_service
from tests.journeys.client import ok
from tests.journeys.giliran import Giliran

KILLS = int(os.environ.get("GILIRAN_KILLS", "120"))
"""How often the long form cuts the power."""
LONGEST_WAL = 16 << 20
pytestmark = pytest.mark.timeout(300)


class Cuts:
    """A server whose power is cut again and again, and what has been found in its log so far."""

    def __init__(self, server: Giliran, tokens: dict[str, str]) -> None:
        self.server = server
        self.seed = int(os.environ.get("GILIRAN_SEED", secrets.randbits(32)))
        self.random = Random(self.seed)
        self.api_token = tokens["api"]
        self.crowd = Crowd(tokens["kiosk"], tokens["agent"], self.random)
        self.seq = 0
        self.found: Tally[str] = Tally()
        self.numbers: dict[str, str] = {}
        self.starts: list[float] = []
        self.kills = 0
        self.asked_again = 0
        self.longest_wal = 0

    def run(self, kills: int) -> None:
        self.start()
        self.crowd.open(self.server.url)
        while self.kills < kills:
            self.crowd.work_until(self.server.url, self.cut)
            if self.random.random() < 0.1:
                self.cut_while_starting()
            self.start()
            self.all_is_as_it_was()
        self.server.kill()

    def start(self) -> None:
        began = time.monotonic()
        self.server.start()
        self.starts.append(time.monotonic() - began)

    def cut(self, begun: threading.Event) -> None:
        """At a random moment after the first action; now and then while the server is stopping."""
        assert begun.wait(30)
        time.sleep(self.random.uniform(0, 0.6))
        if self.random.random() < 0.1:
            self.server.ask_to_stop()
            time.sleep(self.random.uniform(0, 0.1))
        self.server.kill()
        self.kills += 1
        log = self.server.data / f"{DATABASE_FILE}-wal"
        self.longest_wal = max(self.longest_wal, log.stat().st_size if log.exists() else 0)
        assert self.longest_wal < LONGEST_WAL, "the write-ahead log is never taken in"

    def cut_while_starting(self) -> None:
        self.server.launch()
        time.sleep(self.random.uniform(0, 0.5))
        self.server.kill()
        self.kills += 1

    def all_is_as_it_was(self) -> None:
        """Before anybody asks again, nothing is lost; after everybody has, nothing is doubled."""
        self.read_log()
        assert self.crowd.issued.items() <= self.numbers.items()
        assert self.crowd.events <= self.found
        for desk in self.crowd.desks:
            with Calling(self.server.url, desk.token) as api:
                here = ok(api.get(desk.path))
            holds = (here["ticket"]["id"], here["ticket"]["state"]) if here["ticket"] else None
            assert here["state"] == "open"
            assert holds == desk.held or desk.unanswered is not None
        for client in self.crowd.clients:
            self.asked_again += client.unanswered is not None
            client.retry(self.server.url)
        self.read_log()
        assert self.crowd.issued == self.numbers, "every number is in the hands of the one who asked for it"
        assert self.crowd.events == self.found
        assert list(self.numbers.values()) == [f"A{n + 1:05d}" for n in range(len(self.numbers))]

    def read_log(self) -> None:
        """What has been added; its seq has no gap."""
        with Calling(self.server.url, self.api_token) as api:
            while page := ok(api.get(f"/branches/{SLUG}/events", after=self.seq))["events"]:
                for event in page:
                    self.seq += 1
                    assert event["seq"] == self.seq
                    if event["ticket"] is not None:
                        self.found[event["type"]] += 1
                    if event["type"] == "issued":
                        self.numbers[event["ticket"]] = event["number"]

    def the_file_is_sound(self) -> None:
        """As SQLite sees it, and as the log rebuilds it."""
        with closing(sqlite3.connect(self.server.data / DATABASE_FILE)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        store = Store(sqlite_url(self.server.data), system_clock)
        checked = store.scan(deep_checkup.examine)
        store.close()
        assert checked.differences == []
        assert checked.tickets == len(self.numbers)

    def told(self) -> str:
        return (
            f"{self.kills} power cuts: {self.crowd.acknowledged} actions acknowledged, {len(self.numbers)} numbers, "
            f"{self.asked_again} actions asked again; none lost, none doubled. "
            f"Ready again after {statistics.median(self.starts):.1f} s (median), {max(self.starts):.1f} s at most; "
            f"the write-ahead log was {self.longest_wal >> 10} KB at most."
        )


@contextmanager
def cutting(server: Giliran) -> Iterator[Cuts]:
    """The cuts of a server whose data directory is new."""
    document = a_document(
        SLUG,
        start="on_call",
        services=[a_service("A", last_number=99999)],
        counters=[a_counter(n + 1) for n in range(COUNTERS)],
    )
    document |= {"printers": [], "kiosks": [{"name": "Lobby"}]}
    _, tokens = furnished(server, document, "kiosk", "agent", "api")
    try:
        yield Cuts(server, tokens)
    finally:
        server.kill()


def test_what_was_acknowledged_outlives_the_power_and_a_retry_doubles_nothing(tmp_path: Path) -> None:
    with cutting(Giliran(tmp_path / "data")) as cuts:
        print(f"GILIRAN_SEED={cuts.seed}")
        cuts.run(2)
        cuts.the_file_is_sound()


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_a_hundred_power_cuts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server = Forked(tmp_path / "data")
    with capsys.disabled(), closing(server), cutting(server) as cuts:
        print(f"\nGILIRAN_SEED={cuts.seed} GILIRAN_KILLS={KILLS}")
        cuts.run(KILLS)
        cuts.the_file_is_sound()
        print(cuts.told())
