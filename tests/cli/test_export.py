"""Export: every row, for any spreadsheet or program, and no text that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from server.cli import giliran
from server.store.engines.store import DATABASE_FILE, Store, sqlite_url
from server.store.maintenance.exporting import COLUMNS
from server.store.maintenance.migrating import migrate
from tests.clock import HandClock
from tests.store.releases_kept import KEPT, put

DANGEROUS = '=HYPERLINK("http://evil")'


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first release's data, at this schema, where a note looks like a formula."""
    folder = tmp_path_factory.mktemp("data")
    put(KEPT[0], folder)
    store = Store(sqlite_url(folder), HandClock())
    migrate(store)
    store.close()
    with closing(sqlite3.connect(folder / DATABASE_FILE)) as db, db:
        db.execute("UPDATE ticket SET note = ? WHERE id = 4", (DANGEROUS,))
        db.execute("UPDATE ticket SET note = ? WHERE id = 5", ("baris satu\nbaris dua, \u202e\u0928\u093e\u092e",))
    return folder


def export(data: Path, *words: str) -> Result:
    return CliRunner().invoke(giliran, ["export", *words, "--data", str(data)])


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def table(data: Path, name: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(data / DATABASE_FILE)) as db:
        return db.execute(f"SELECT * FROM {name}").fetchall()


def test_csv_and_json_lines_hold_the_same_rows_and_all_of_them(data: Path, tmp_path: Path) -> None:
    for form in ("csv", "jsonl"):
        result = export(data, "all", "--format", form, "--output", str(tmp_path / form))
        assert result.exit_code == 0, result.output
    for kind in ("tickets", "legs", "events"):
        lines = (tmp_path / "jsonl" / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines()
        from_json = [json.loads(line) for line in lines]
        from_csv = read((tmp_path / "csv" / f"{kind}.csv").read_bytes().decode())
        assert len(from_json) == len(from_csv) == len(table(data, kind.removesuffix("s")))
        for json_row, csv_row in zip(from_json, from_csv, strict=True):
            for column, value in json_row.items():
                expected = (
                    "" if value is None else json.dumps(value, ensure_ascii=False) if column == "data" else str(value)
                )
                assert csv_row[column].removeprefix("'") == expected
    assert [path for path in tmp_path.rglob("*.csv") if path.stat().st_mode & 0o077] == []


def test_a_text_that_looks_like_a_formula_is_disarmed_in_csv_and_as_it_is_in_json(data: Path) -> None:
    notes = {row["id"]: row["note"] for row in read(export(data, "tickets").stdout)}
    assert notes["4"] == "'" + DANGEROUS
    assert notes["5"] == "baris satu\nbaris dua, \u202e\u0928\u093e\u092e"
    lines = export(data, "tickets", "--format", "jsonl").stdout.splitlines()
    assert {row["id"]: row["note"] for row in map(json.loads, lines)}[4] == DANGEROUS


def test_days_are_the_branchs_own_and_both_ends_belong(data: Path) -> None:
    for kind in ("tickets", "legs", "events"):
        whole = read(export(data, kind, "--branch", "central").stdout)
        days = [
            read(export(data, kind, "--branch", "central", "--from", day, "--to", day).stdout)
            for day in ("2026-11-23", "2026-11-24")
        ]
        assert all(days)
        assert days[0] + days[1] == whole
    assert read(export(data, "tickets", "--branch", "kathmandu").stdout) == []


def test_an_unknown_branch_days_in_the_wrong_order_and_a_file_that_is_there_are_refused(
    data: Path, tmp_path: Path
) -> None:
    existing = tmp_path / "existing.csv"
    existing.write_text("mine")
    for words, message in (
        (("--branch", "mars"), "mars"),
        (("--from", "2026-11-24", "--to", "2026-11-23"), "before"),
        (("--output", str(existing)), "--force"),
        (("all",), "--output"),
        (("all", "--branch", "mars", "--output", str(tmp_path / "out")), "mars"),
    ):
        result = export(data, *words)
        assert (result.exit_code, message in result.stderr) == (1, True), result.stderr
    assert existing.read_text() == "mine"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["existing.csv"]


def test_the_columns_are_those_of_the_operations_guide() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    for kind, columns in COLUMNS.items():
        assert f"| {kind} | {', '.join(columns)}".replace("data", "data (JSON)") + " |" in guide
