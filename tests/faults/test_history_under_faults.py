"""Whatever strikes, all that clients saw and the event log are one history that can be."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from io import BytesIO
from pathlib import Path
from random import Random

import httpx
import pytest

from benchmarks.flooding import KINDS
from server.clock import system_clock
from server.store.engines.store import DATABASE_FILE, Store
from server.store.maintenance import write_ahead_log
from server.store.maintenance.migrating import migrate
from server.store.maintenance.write_ahead_log import FRAME, HEADER
from tests.faults.checked import (
    DOCUMENT,
    MINUTES,
    ROLES,
    Checked,
    OneServer,
    SharedDatabase,
    lasting,
    launched,
    times,
    url_of_server,
)
from tests.faults.clocked import ClockedServer
from tests.faults.forking import Forked
from tests.faults.house import furnish, furnished
from tests.faults.line import Line, line
from tests.journeys.giliran import ROOT
from tests.postgres import UNSAFE, Postgres, a_postgres

PAGE = 4096
FLOOD_SECONDS = 6
FLOODERS = 20
FLOODER = "127.0.0.9"
"""Another network than that of the clients."""
STRIKES = int(os.environ.get("GILIRAN_KILLS", "30"))
"""How often the server is killed over its write-ahead log."""
FLIPS = 20
"""How many bits of the log are flipped after each kill, each in a copy of its own."""
pytestmark = [
    pytest.mark.timeout(900),
    # the library of the sockets leaves one open that was cut off while it was let in
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]


def test_one_server_that_is_killed_and_whose_clock_is_set(tmp_path: Path) -> None:
    server, tokens = furnished(ClockedServer(tmp_path / "data"), DOCUMENT, *ROLES)
    run = Checked(tokens, url_of_server(server))
    with ExitStack() as stack:
        launched(stack, [server])
        run.run([server.url], times(2), OneServer(server, run.random, "clock_set", "killed"))
    assert run.history.actions
    assert run.history.reads
    assert run.history.pushes


@pytest.mark.torture
@pytest.mark.sqlite
def test_one_server_under_kills_halts_and_clock_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server, tokens = furnished(ClockedServer(tmp_path / "data"), DOCUMENT, *ROLES)
    with capsys.disabled(), ExitStack() as stack:
        run = Checked(tokens, url_of_server(server))
        launched(stack, [server])
        run.run([server.url], lasting(MINUTES), OneServer(server, run.random))
        print(run.figures())


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with a_postgres(*UNSAFE) as server:
        yield server


@contextmanager
def two_servers(postgres: Postgres, path: Path) -> Iterator[tuple[Checked, list[ClockedServer], list[Line]]]:
    """(a run, two servers on one database, the line of each to it)."""
    database = postgres.create("giliran")
    store = Store(database, system_clock)
    migrate(store)
    tokens = furnish(store, DOCUMENT, *ROLES)
    store.close()
    with ExitStack() as stack:
        lines = [stack.enter_context(line(postgres.socket)) for _ in range(2)]
        urls = [postgres.url_over(one.port, "giliran") for one in lines]
        servers = [ClockedServer(path / f"server-{n}", url) for n, url in enumerate(urls)]
        launched(stack, servers)
        yield Checked(tokens, database), servers, lines


@pytest.mark.sqlite  # brings its own database
def test_two_servers_one_of_which_is_cut_off_from_the_database_and_one_killed(
    postgres: Postgres, tmp_path: Path
) -> None:
    with two_servers(postgres, tmp_path) as (run, servers, lines):
        faults = SharedDatabase(servers, lines, run.random, "cut_off", "killed")
        run.run([server.url for server in servers], times(2), faults)
    assert run.history.actions
    assert run.history.reads
    assert run.history.pushes


@pytest.mark.torture
@pytest.mark.sqlite
def test_two_servers_cut_off_from_postgresql_halted_killed_and_with_clocks_apart(
    postgres: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled(), two_servers(postgres, tmp_path) as (run, servers, lines):
        faults = SharedDatabase(servers, lines, run.random, long=True)
        run.run([server.url for server in servers], lasting(MINUTES), faults)
        print(run.figures())


class Floods:
    """One kind of flood after the other, from another network than that of the clients."""

    def __init__(self, server: ClockedServer, run: Checked) -> None:
        self._server, self._run = server, run
        self._kinds = iter(KINDS)
        self.done: dict[str, int] = {}
        """Kind → how many actions were acknowledged meanwhile."""

    def strike(self) -> str:
        """The next kind."""
        kind = next(self._kinds)
        before = len(self._run.history.actions)
        words = ["benchmarks.flooding", str(self._server.port), kind, str(FLOODERS), str(FLOOD_SECONDS), FLOODER]
        subprocess.run([sys.executable, "-m", *words], cwd=ROOT, check=True, capture_output=True, timeout=120)
        self.done[kind] = sum(a.answered is not None for a in self._run.history.actions[before:])
        return f"of {kind}"

    def heal(self) -> None:
        """It has ended by itself."""
        self._server.wait_until_ready()


@pytest.mark.torture
@pytest.mark.sqlite
def test_floods_change_nothing_and_keep_nobody_from_working(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server, tokens = furnished(ClockedServer(tmp_path / "data"), DOCUMENT, *ROLES)
    with capsys.disabled(), ExitStack() as stack:
        run = Checked(tokens, url_of_server(server))
        launched(stack, [server])
        before = memory(server)
        floods = Floods(server, run)
        run.run([server.url], times(len(KINDS)), floods)
        grown = memory(server) - before
        figures = httpx.get(f"{server.url}/metrics", trust_env=False).text
        counts = re.findall(r"^giliran_sockets_hung_up_total\{.*\} (\S+)$", figures, re.MULTILINE)
        hung_up = sum(map(float, counts))
        slowest = min(floods.done, key=lambda kind: floods.done[kind])
        print(
            f"{run.figures()} Acknowledged in {FLOOD_SECONDS} s of flood: at least {floods.done[slowest]} ({slowest}); "
            f"{hung_up:.0f} sockets hung up on; the server grew by {grown >> 10} MB."
        )
    assert min(floods.done.values()) > 0, floods.done
    assert hung_up > 0
    assert grown < 200 << 10, "floods cost the server some megabytes, not all of its memory"


def memory(server: ClockedServer) -> int:
    """What the process occupies, in KiB."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


class DamagedLog:
    """The server is killed; its write-ahead log ends in an unfinished transaction when it comes back.

    Of copies of the log that lack nothing, single bits are flipped, and looked at as a server does at its start.
    """

    def __init__(self, server: Forked, random: Random, copy: Path) -> None:
        self._server, self._random, self._copy = server, random, copy
        self.torn = self.flips = self.refused = 0
        self.silent: list[str] = []

    def strike(self) -> str:
        """Kill it, flip bits in copies, tear the end of the log, and serve again."""
        time.sleep(self._random.uniform(0.1, 0.8))
        self._server.kill()
        file = self._server.data / f"{DATABASE_FILE}-wal"
        content = file.read_bytes() if file.exists() else b""
        if len(content) > HEADER + FRAME:
            self._flip(content)
            self._tear(file, content)
        self._server.start()
        return "torn log"

    def _flip(self, content: bytes) -> None:
        whole = self._events(content)
        for _ in range(FLIPS):
            at, damaged = self._random.randrange(len(content) * 8), bytearray(content)
            damaged[at // 8] ^= 1 << at % 8
            state = write_ahead_log.inspect_log(BytesIO(damaged), PAGE)
            self.flips += 1
            self.refused += state.lost > 0
            if not (state.lost or state.torn) and self._events(bytes(damaged)) != whole:
                self.silent.append(f"bit {at} of {len(content)} bytes")

    def _tear(self, file: Path, content: bytes) -> None:
        """Begin one more transaction, as SQLite writes it, and let a part of it reach the disk."""
        with closing(self._opened(content)) as db:
            db.execute("PRAGMA wal_autocheckpoint=0")
            db.execute("BEGIN")
            db.execute("CREATE TABLE never (words TEXT)")
            db.executemany("INSERT INTO never VALUES (?)", [("x" * 3000,)] * self._random.randint(1, 8))
            db.execute("COMMIT")
            longer = (self._copy / f"{DATABASE_FILE}-wal").read_bytes()
        # it may stand where frames of an earlier round stood, and end before them
        changed = [n for n, (a, b) in enumerate(zip(content, longer, strict=False)) if a != b]
        begin = changed[0] if changed else len(content)
        end = len(longer) if len(longer) > len(content) else changed[-1]
        file.write_bytes(longer[: self._random.randrange(begin + 1, end)])
        self.torn += 1

    def _opened(self, content: bytes) -> sqlite3.Connection:
        """A copy of the database with this log."""
        shutil.rmtree(self._copy, ignore_errors=True)
        self._copy.mkdir()
        shutil.copy(self._server.data / DATABASE_FILE, self._copy / DATABASE_FILE)
        (self._copy / f"{DATABASE_FILE}-wal").write_bytes(content)
        return sqlite3.connect(self._copy / DATABASE_FILE, isolation_level=None)

    def _events(self, content: bytes) -> int | None:
        """How many events SQLite finds with this log; None where it finds the database damaged."""
        with closing(self._opened(content)) as db:
            try:
                count: int = db.execute("SELECT count(*) FROM event").fetchone()[0]
            except sqlite3.DatabaseError:
                return None
            return count

    def heal(self) -> None:
        """Let it be ready."""
        if self._server.ended():
            self._server.launch()
        self._server.wait_until_ready()


@pytest.mark.torture
@pytest.mark.sqlite
def test_a_torn_write_ahead_log_loses_nothing_acknowledged_and_no_flipped_bit_loses_anything_in_silence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server, tokens = furnished(Forked(tmp_path / "data"), DOCUMENT, *ROLES)
    with capsys.disabled(), closing(server):
        run = Checked(tokens, url_of_server(server))
        damage = DamagedLog(server, run.random, tmp_path / "copy")
        server.start()
        run.run([server.url], times(STRIKES), damage)
        print(
            f"{run.figures()} {damage.torn} torn tails served, {damage.flips:,} bits flipped in copies: "
            f"{damage.refused:,} refused, {len(damage.silent)} lost something in silence."
        )
    assert damage.silent == []
    assert damage.torn > 0
    assert damage.refused > 0
