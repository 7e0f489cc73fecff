"""The write-ahead log after power cuts and flipped bits, and what is served from it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import struct
import tracemalloc
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result

from server.app import build
from server.cli import giliran
from server.domain.errors import Unavailable
from server.settings import Settings
from server.store.engines.store import DATABASE_FILE
from server.store.maintenance import write_ahead_log
from server.store.maintenance.write_ahead_log import FRAME, HEADER, SECTOR, LogState

PAGE = 4096
STEP = FRAME + PAGE
TRIES = 200
TRANSACTIONS = 16


@dataclass(frozen=True)
class Log:
    """A log made by SQLite, the earlier round that it overwrote, and the ends of its commits."""

    database: bytes
    content: bytes
    earlier: bytes
    ends: list[int]

    def rows(self, content: bytes, place: Path) -> int:
        """Return how many rows SQLite finds with this log."""
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        (place / "log.db").write_bytes(self.database)
        (place / "log.db-wal").write_bytes(content)
        with closing(sqlite3.connect(place / "log.db")) as db:
            try:
                count: int = db.execute("SELECT count(*) FROM line").fetchone()[0]
            except sqlite3.DatabaseError:
                return 0
            return count


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    file = tmp_path_factory.mktemp("log") / "log.db"
    random = Random(1)
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=0"):
            db.execute(f"PRAGMA {pragma}")
        db.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, words TEXT)")
        earlier = written(db, file, random)
        db.execute("PRAGMA wal_checkpoint(RESTART)")  # the next round is written over this one
        database, content = file.read_bytes(), written(db, file, random)
    salt, starts = content[16:24], range(HEADER, len(content), STEP)
    content = content[: next((at for at in starts if content[at + 8 : at + 16] != salt), len(content))]
    ends = [at + STEP for at in range(HEADER, len(content), STEP) if content[at + 4 : at + 8] != b"\0\0\0\0"]
    return Log(database, content, earlier, ends)


def written(db: sqlite3.Connection, file: Path, random: Random) -> bytes:
    """Write transactions; return the log after them."""
    for _ in range(TRANSACTIONS):
        db.execute("BEGIN")
        for _ in range(random.randint(1, 15)):
            db.execute("INSERT INTO line (words) VALUES (?)", (random.randbytes(random.randint(5, 300)).hex(),))
        db.execute("COMMIT")
    return file.with_name("log.db-wal").read_bytes()


def test_the_checksum_is_the_one_of_the_format(log: Log) -> None:
    """Compare with the rule of the format's description, a pair of words at a time."""
    a = b = 0
    for first, second in struct.iter_unpack("<II", log.content[:24]):
        a = (a + first + b) & 0xFFFFFFFF
        b = (b + second + a) & 0xFFFFFFFF
    assert write_ahead_log.checksum(log.content[:24], (0, 0), "<") == (a, b)


def test_a_whole_log_is_whole(log: Log) -> None:
    assert write_ahead_log.inspect_log(BytesIO(log.content), PAGE) == LogState(commits=len(log.ends))
    assert write_ahead_log.inspect_log(BytesIO(b""), PAGE) == LogState()


@pytest.mark.parametrize("size", [0, 3, 256, 513, 12288, 65535])
def test_a_size_of_pages_that_is_damaged_in_the_database_is_taken_from_the_log(
    log: Log, tmp_path: Path, size: int
) -> None:
    database = bytearray(log.database)
    database[16:18] = size.to_bytes(2, "big")
    (tmp_path / "log.db").write_bytes(database)
    (tmp_path / "log.db-wal").write_bytes(log.content)
    assert write_ahead_log.inspect(tmp_path / "log.db") == LogState(commits=len(log.ends))
    (tmp_path / "log.db-wal").write_bytes(log.content[:8] + bytes(4) + log.content[12:])
    assert write_ahead_log.inspect(tmp_path / "log.db").torn


def test_a_log_of_any_length_is_read_a_frame_at_a_time(log: Log, tmp_path: Path) -> None:
    """A long reader can keep the log growing for days: it can be larger than the memory."""
    length = 64 * 1024 * 1024
    (tmp_path / "log.db").write_bytes(log.database)
    aside = tmp_path / "log.db-wal"
    for damage in (log.ends[3] + 100, HEADER - 1, None):
        content = bytearray(log.content)
        if damage is not None:
            content[damage] ^= 4
        aside.write_bytes(content)
        state = write_ahead_log.inspect(tmp_path / "log.db")
        os.truncate(aside, length)  # zeros behind it, which take no room on the disk
        tracemalloc.start()
        longer = write_ahead_log.inspect(tmp_path / "log.db")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert longer == state and most < length / 20


@pytest.mark.parametrize("seed", range(4))
def test_no_flipped_bit_loses_a_commit_silently(log: Log, tmp_path: Path, seed: int) -> None:
    random, whole = Random(seed), log.rows(log.content, tmp_path / "sqlite")
    silent, refused = [], 0
    for _ in range(TRIES // 4):
        at, damaged = random.randrange(len(log.content) * 8), bytearray(log.content)
        damaged[at // 8] ^= 1 << at % 8
        state = write_ahead_log.inspect_log(BytesIO(damaged), PAGE)
        if not (state.lost or state.torn) and log.rows(bytes(damaged), tmp_path / "sqlite") != whole:
            silent.append(at)
        refused += state.lost > 0
    assert silent == []
    assert refused > TRIES // 4 * 0.8  # all but what hits the last transaction


def test_the_lost_commits_are_counted(log: Log) -> None:
    damaged = bytearray(log.content)
    damaged[log.ends[9] + FRAME + 100] ^= 4  # in the eleventh transaction
    state = write_ahead_log.inspect_log(BytesIO(damaged), PAGE)
    assert (state.commits, state.lost) == (10, len(log.ends) - 10)


def test_a_sector_that_was_written_over_in_the_middle_is_damage(log: Log) -> None:
    random = Random(5)
    for _ in range(20):
        damaged, at = bytearray(log.content), random.randrange(log.ends[5], log.ends[-3]) // SECTOR * SECTOR
        damaged[at : at + SECTOR] = random.randbytes(SECTOR)
        assert write_ahead_log.inspect_log(BytesIO(damaged), PAGE).lost > 0


@pytest.mark.parametrize("seed", range(4))
def test_no_power_cut_looks_like_damage(log: Log, seed: int) -> None:
    """The last transaction's sectors reach the disk in any order or not at all; earlier ones are on the disk."""
    random = Random(seed)
    refused, told = [], 0
    for _ in range(TRIES // 4):
        last = random.randrange(3, len(log.ends))
        begin, end = log.ends[last - 1], log.ends[last]
        torn = bytearray(log.content[:end])
        for sector in range(begin // SECTOR, -(-end // SECTOR)):
            low, high = max(begin, sector * SECTOR), min(end, (sector + 1) * SECTOR)
            old = random.choice([bytes(high - low), log.earlier[low:high].ljust(high - low, b"\0")])
            if random.random() < 0.4:
                torn[low:high] = old
        if random.random() < 0.4:
            del torn[random.randrange(begin, end) :]
        state = write_ahead_log.inspect_log(BytesIO(torn), PAGE)
        told += state.torn
        if state.lost:
            refused.append((last, state))
    assert refused == []
    assert told > TRIES // 8


# the server and its commands


def run(*words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(giliran, list(words), input=stdin)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory of a killed server, with commits in the log that are not yet in the database."""
    living, dead = tmp_path / "living", tmp_path / "dead"
    file = tmp_path / "branch.yaml"
    file.write_text("branch: {slug: central, name: {en: Central}, timezone: Asia/Jakarta}\n")
    assert run("apply", str(file), "--data", str(living)).exit_code == 0
    with closing(sqlite3.connect(living / DATABASE_FILE, isolation_level=None)) as keeper:
        keeper.execute(
            "SELECT count(*) FROM branch"
        ).fetchone()  # whoever has it open keeps the log from being taken in
        for name in ("rani", "sri", "budi"):
            words = ("user", "add", name, "--role", "agent", "--branch", "central", "--password-stdin")
            added = run(*words, "--data", str(living), stdin="a long enough one")
            assert added.exit_code == 0, added.output
        shutil.copytree(living, dead)
    return dead


def flip_in_first_frame(data: Path) -> None:
    file = data / f"{DATABASE_FILE}-wal"
    content = bytearray(file.read_bytes())
    content[HEADER + FRAME + 50] ^= 1
    file.write_bytes(content)


def test_a_server_refuses_a_damaged_log_and_changes_nothing(data: Path) -> None:
    flip_in_first_frame(data)
    before = {file.name: file.read_bytes() for file in data.glob(f"{DATABASE_FILE}*")}
    with pytest.raises(Unavailable, match=r"damaged: \d+ saved commits cannot be read"):
        build(Settings(data=data))
    assert {file.name: file.read_bytes() for file in data.glob(f"{DATABASE_FILE}*")} == before


@pytest.mark.parametrize("command", [("clock",), ("export",), ("migrate",)])
def test_no_command_opens_a_damaged_log(data: Path, command: tuple[str, ...]) -> None:
    flip_in_first_frame(data)
    before = (data / f"{DATABASE_FILE}-wal").read_bytes()
    refused = run(*command, "--data", str(data))
    assert (refused.exit_code, "is damaged" in refused.stderr) == (1, True), refused.output
    assert (data / f"{DATABASE_FILE}-wal").read_bytes() == before


def test_doctor_names_a_damaged_log(data: Path) -> None:
    flip_in_first_frame(data)
    looked = run("doctor", "--json", "--data", str(data))
    told = json.loads(looked.stdout)
    assert (looked.exit_code, told["problems"]) == (1, 1)
    assert "saved commits cannot be read" in told["findings"][0]["detail"]


def test_recover_asks_first_keeps_the_files_and_then_the_server_starts(data: Path) -> None:
    flip_in_first_frame(data)
    damaged = (data / f"{DATABASE_FILE}-wal").read_bytes()
    asked = run("recover", "--data", str(data))
    assert (asked.exit_code, "add --yes" in asked.stderr) == (1, True)
    assert (data / f"{DATABASE_FILE}-wal").read_bytes() == damaged

    done = run("recover", "--yes", "--data", str(data))
    assert done.exit_code == 0, done.output
    (aside,) = data.glob("before-recovery-*")
    assert (aside / f"{DATABASE_FILE}-wal").read_bytes() == damaged
    build(Settings(data=data)).stop()
    assert run("recover", "--yes", "--data", str(data)).output == "The write-ahead log is not damaged: nothing to do.\n"


def test_an_unfinished_last_transaction_is_dropped_and_reported(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = data / f"{DATABASE_FILE}-wal"
    file.write_bytes(file.read_bytes()[: -PAGE // 2])
    looked = run("doctor", "--json", "--data", str(shutil.copytree(data, data.with_name("copy"))))
    assert "unfinished" in json.loads(looked.stdout)["findings"][0]["detail"]
    build(Settings(data=data)).stop()
    assert capfd.readouterr().err.count("unfinished_transaction_dropped") == 1
