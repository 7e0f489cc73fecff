"""A flipped bit in the database file is reported, or changes no value that follows from the log."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner

from server.cli import giliran
from server.doctor import data as data_checks
from server.doctor.findings import Level
from server.domain.errors import Refused
from server.store.engines.store import DATABASE_FILE, DbError, Store, sqlite_url
from server.store.maintenance import deep_checkup
from server.store.maintenance.deep_checkup import NOT_IN_LOG
from tests.clock import HandClock
from tests.store.sample_server import SampleServer

pytestmark = pytest.mark.sqlite
Tables = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a server with rows in every table, closed."""
    place = tmp_path_factory.mktemp("whole")
    SampleServer(place).close()
    assert not (place / f"{DATABASE_FILE}-wal").exists()
    return (place / DATABASE_FILE).read_bytes()


def reported_fault(data: Path) -> str | None:
    """Return what is reported of the file, at the latest by the deep check; None if nothing is."""
    problems = [f.detail for f in data_checks.file(data) if f.level is Level.PROBLEM]
    if problems:
        return problems[0]
    store = None
    try:
        store = Store(sqlite_url(data), HandClock())
        found = [*data_checks.database(store, data)]
        if not any(f.level is Level.PROBLEM for f in found):
            found += data_checks.schema(store)
        problems = [f.detail for f in found if f.level is Level.PROBLEM]
        if problems:
            return problems[0]
        differences = store.scan(deep_checkup.examine).differences
        return f"{differences[0].where}: {differences[0].what}" if differences else None
    except (Refused, DbError) as error:
        return str(error)
    finally:
        if store is not None:
            store.close()


def tables(file: Path) -> Tables:
    with closing(sqlite3.connect(file)) as db:
        db.text_factory = bytes
        names = [name.decode() for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: ([c[1].decode() for c in db.execute(f'PRAGMA table_info("{name}")')], rows_of(db, name))
            for name in names
        }


def rows_of(db: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    return sorted(db.execute(f'SELECT * FROM "{table}"'), key=repr)


def changed(before: Tables, after: Tables) -> set[str]:
    """Return the columns with changed values, `table.column`."""
    found = set()
    for table in before.keys() | after.keys():
        (columns, old), (_, new) = before.get(table, ([], [])), after.get(table, ([], []))
        if len(old) != len(new):
            found.add(f"{table}.*")
        for n, column in enumerate(columns):
            if sorted((row[n] for row in old), key=repr) != sorted((row[n] for row in new), key=repr):
                found.add(f"{table}.{column}")
    return found


def flip(whole: bytes, place: Path, random: Random, flips: int) -> Counter[str]:
    """Flip one bit at a time; return how often each kind of result came."""
    original = place / "original.db"
    original.write_bytes(whole)
    before, excused = tables(original), {f"{table}.{c}" for table, columns in NOT_IN_LOG.items() for c in columns}
    outcome: Counter[str] = Counter()
    used = [at for at, byte in enumerate(whole) if byte]
    for n in range(flips):
        # three of four where something is written, since half of a young database is empty
        at, bit = random.choice(used) if n % 4 else random.randrange(len(whole)), random.randrange(8)
        content = bytearray(whole)
        content[at] ^= 1 << bit
        data = place / "data"
        data.mkdir()
        (data / DATABASE_FILE).write_bytes(content)
        told = reported_fault(data)
        if told is not None:
            outcome["told"] += 1
        else:
            other = changed(before, tables(data / DATABASE_FILE))
            assert other <= excused, f"byte {at}, bit {bit} changes {other}, and nothing is told of it"
            outcome["not in the log" if other else "nothing that is read"] += 1
        shutil.rmtree(data)
    return outcome


def test_a_flipped_bit_is_reported_or_changes_nothing_that_follows_from_the_log(whole: bytes, tmp_path: Path) -> None:
    outcome = flip(whole, tmp_path, Random(20261123), 24)
    assert outcome["told"] > 5


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_hundreds_of_flipped_bits_are_reported_or_change_nothing(whole: bytes, tmp_path: Path) -> None:
    seed = Random().randrange(1 << 32)
    print(f"seed {seed}")
    print(dict(flip(whole, tmp_path, Random(seed), 1500)))


@pytest.mark.parametrize("part", [b"CREATE TABLE audit", b"CREATE INDEX ix_leg_day ON leg"])
def test_a_damaged_name_of_a_table_or_index_is_reported_clearly(part: bytes, whole: bytes, tmp_path: Path) -> None:
    assert part in whole
    (tmp_path / DATABASE_FILE).write_bytes(whole.replace(part, part[:-2] + b"\xee" + part[-1:]))
    for command in (["doctor"], ["backup", str(tmp_path / "x.zip")], ["export"], ["migrate"]):
        result = CliRunner().invoke(giliran, [*command, "--data", str(tmp_path)])
        assert isinstance(result.exception, SystemExit) and result.exit_code == 1, (command, result.exception)
    assert reported_fault(tmp_path) is not None


def test_an_undamaged_file_has_no_problem(whole: bytes, tmp_path: Path) -> None:
    (tmp_path / DATABASE_FILE).write_bytes(whole)
    assert reported_fault(tmp_path) is None
