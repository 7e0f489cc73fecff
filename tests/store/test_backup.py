"""Backup and restore: everything is restored exactly, or nothing is changed."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from server.domain.errors import Invalid, Refused, Unavailable
from server.store.engines.store import DATABASE_FILE
from server.store.maintenance import backup, data_directory, restoring
from server.store.maintenance.migrating import newest
from tests.clock import HandClock
from tests.store.killed_restore import contents
from tests.store.releases_kept import KEPT, put, rows
from tests.store.sample_server import SampleServer

pytestmark = pytest.mark.sqlite

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a sample server's data, `rich/`, and their backup, `rich.zip`."""
    place = tmp_path_factory.mktemp("kept")
    rich = SampleServer(place / "rich")
    clip = place / "rich" / "clips" / "id" / "nomor-antrean.wav"
    clip.parent.mkdir(parents=True)
    clip.write_bytes(b"RIFF nomor antrean")
    # the server still has the database open, with its log beside it
    manifest = backup.write(place / "rich", place / "rich.zip", release="9.8.7", now=NOW)
    rich.close()
    assert [(b["slug"], b["tickets"]) for b in manifest.branches] == [("central", 14), ("kathmandu", 0)]
    return place


def restore(data: Path, file: Path, *, replace: bool = False) -> restoring.RestoreResult:
    return restoring.restore(data, file, clock=HandClock(NOW), replace=replace)


def test_every_row_and_clip_comes_back_as_it_was_for_the_owner_alone(kept: Path, tmp_path: Path) -> None:
    assert stat.S_IMODE((kept / "rich.zip").stat().st_mode) == 0o600
    data = tmp_path / "data"
    assert restore(data, kept / "rich.zip").aside is None
    assert contents(data) == contents(kept / "rich")
    assert [path for path in data.rglob("*") if path.is_file() and path.stat().st_mode & 0o077] == []
    again = restore(data, kept / "rich.zip", replace=True)
    assert contents(data) == contents(kept / "rich")
    assert again.aside is not None
    assert contents(again.aside) == contents(kept / "rich")
    assert sorted(path.name for path in data.iterdir()) == sorted(
        [again.aside.name, "clips", DATABASE_FILE, "server.lock"]
    )


def test_existing_data_are_replaced_only_with_the_option_and_never_under_a_server(kept: Path, tmp_path: Path) -> None:
    put(KEPT[0], tmp_path)
    before = contents(tmp_path)
    with pytest.raises(Invalid, match="--replace"):
        restore(tmp_path, kept / "rich.zip")
    with (
        data_directory.locked(tmp_path, data_directory.SERVER),
        pytest.raises(Unavailable, match="server already uses"),
    ):
        restore(tmp_path, kept / "rich.zip", replace=True)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("file", KEPT, ids=lambda file: file.stem)
def test_a_backup_of_an_earlier_release_is_brought_to_this_schema(file: Path, tmp_path: Path) -> None:
    put(file, tmp_path / "old")
    before = rows(tmp_path / "old" / DATABASE_FILE)
    manifest = backup.write(tmp_path / "old", tmp_path / "old.zip", release="0.0.1", now=NOW)
    assert manifest.schema == file.stem
    done = restore(tmp_path / "data", tmp_path / "old.zip")
    assert done.schema == newest()
    assert rows(tmp_path / "data" / DATABASE_FILE, like=before) == before


def test_a_file_is_not_written_over_unless_told(kept: Path, tmp_path: Path) -> None:
    file = tmp_path / "there.zip"
    file.write_text("mine")
    with pytest.raises(Invalid, match="--force"):
        backup.write(kept / "rich", file, release="1", now=NOW)
    assert file.read_text() == "mine"
    backup.write(kept / "rich", file, release="1", now=NOW, force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["there.zip"]
    assert zipfile.is_zipfile(file)


def test_a_damaged_database_is_not_taken_for_a_backup(tmp_path: Path) -> None:
    put(KEPT[0], tmp_path / "data")
    database = tmp_path / "data" / DATABASE_FILE
    content = bytearray(database.read_bytes())
    content[3 * 4096 : 3 * 4096 + 200] = b"\xff" * 200
    database.write_bytes(content)
    with pytest.raises(Unavailable, match="damaged"):
        backup.write(tmp_path / "data", tmp_path / "x.zip", release="1", now=NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def _cut(file: Path, at: float) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * at)])


def _flip(file: Path, at: Callable[[bytes], int] = lambda content: len(content) // 2, bits: int = 1) -> None:
    content = bytearray(file.read_bytes())
    content[at(bytes(content))] ^= bits
    file.write_bytes(content)


def _flip_entry(file: Path, at: int, bits: int) -> None:
    """Flip bits in the ZIP directory's entry of the last file, the manifest."""
    _flip(file, lambda content: content.rindex(b"PK\1\2") + at, bits)


def _pack_again(file: Path, change: Callable[[dict[str, bytes]], Any]) -> None:
    with zipfile.ZipFile(file) as pack:
        files = {name: pack.read(name) for name in pack.namelist()}
    change(files)
    with zipfile.ZipFile(file, "w") as pack:
        for name, content in files.items():
            pack.writestr(name, content)


def _change_manifest(**changes: object) -> Callable[[Path], None]:
    def change(files: dict[str, bytes]) -> None:
        files["manifest.json"] = json.dumps(json.loads(files["manifest.json"]) | changes).encode()

    return lambda file: _pack_again(file, change)


def _smuggle(file: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        files["clips/../../evil"] = b"x"
        manifest = json.loads(files["manifest.json"])
        manifest["files"]["clips/../../evil"] = [1, "x"]
        files["manifest.json"] = json.dumps(manifest).encode()

    _pack_again(file, change)


BAD: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no file": (lambda file: file.unlink(), "no file"),
    "garbage": (lambda file: file.write_bytes(b"\x00\x07 not a backup" * 999), "no backup"),
    "nothing in it": (lambda file: file.write_bytes(b""), "no backup"),
    "a database": (lambda file: shutil.copy(file.parent / "rich" / DATABASE_FILE, file), "no backup"),
    "another zip": (lambda file: _pack_again(file, lambda files: files.pop("manifest.json")), "no manifest"),
    "cut off early": (lambda file: _cut(file, 0.1), "cut off"),
    "cut off late": (lambda file: _cut(file, 0.99), "cut off"),
    "one bit": (_flip, "damaged"),
    "one bit of the manifest": (lambda file: _flip(file, lambda pack: pack.index(b"manifest.json") + 20), "damaged"),
    "one bit that asks for a password": (lambda file: _flip_entry(file, 8, 1), "damaged"),
    "one bit that names another packing": (lambda file: _flip_entry(file, 10, 4), "damaged"),
    "one bit that sends beyond the end": (lambda file: _flip_entry(file, 45, 128), "damaged"),
    "one bit that needs another zip": (lambda file: _flip_entry(file, 6, 128), "no backup"),
    "database left out": (lambda file: _pack_again(file, lambda files: files.pop(DATABASE_FILE)), "damaged"),
    "another clip": (
        lambda file: _pack_again(file, lambda files: files.update({"clips/id/nomor-antrean.wav": b"longer than then"})),
        "damaged",
    ),
    "a path that leads out": (_smuggle, "changed or damaged"),
    "a row less": (_change_manifest(counts={}), "rows"),
    "newer schema": (_change_manifest(schema="9999"), "newer release"),
    "newer format": (_change_manifest(format=99), "newer release"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_a_damaged_or_foreign_file_is_refused_and_nothing_is_changed(fault: str, kept: Path, tmp_path: Path) -> None:
    spoil, words = BAD[fault]
    shutil.copytree(kept / "rich", tmp_path / "rich")
    file = tmp_path / "rich.zip"
    shutil.copy(kept / "rich.zip", file)
    spoil(file)
    put(KEPT[0], tmp_path / "data")
    before = contents(tmp_path / "data")
    with pytest.raises(Refused, match=words):
        restore(tmp_path / "data", file, replace=True)
    assert contents(tmp_path / "data") == before
    assert {path.name for path in (tmp_path / "data").iterdir()} <= {DATABASE_FILE, "server.lock"}
    assert sorted(path.name for path in tmp_path.iterdir() if path != file) == ["data", "rich"]


FULL_DISK = """
import resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from server.domain.errors import Unavailable
from server.store.maintenance import backup, restoring

place = Path(sys.argv[1])
now = datetime.now(UTC)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
for attempt in (
    lambda: backup.write(place / "data", place / "new.zip", release="1", now=now),
    lambda: restoring.restore(place / "data", place / "rich.zip", clock=lambda: now, replace=True),
):
    try:
        attempt()
    except Unavailable as refused:
        print(refused.detail)
"""


def test_on_a_full_disk_backup_and_restore_leave_nothing_behind(kept: Path, tmp_path: Path) -> None:
    shutil.copy(kept / "rich.zip", tmp_path / "rich.zip")
    put(KEPT[0], tmp_path / "data")
    before = contents(tmp_path / "data")
    ran = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert [batch_key.split(":")[0].split(" to ")[0] for batch_key in ran.stdout.splitlines()] == [
        "The database cannot be backed up",
        "The backup could not be unpacked",
    ]
    assert contents(tmp_path / "data") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "rich.zip"]
    assert {path.name for path in (tmp_path / "data").iterdir()} == {DATABASE_FILE, "server.lock"}


def _killed(kept: Path, work: Path, *words: str) -> str:
    shutil.copytree(kept / "rich", work / "new")
    shutil.copy(kept / "rich.zip", work / "new.zip")
    put(KEPT[0], work / "old")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.store.killed_restore", str(work), *words],
        cwd=ROOT, capture_output=True, text=True, timeout=1000, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_restore_that_is_killed_leaves_the_old_or_the_new(kept: Path, tmp_path: Path) -> None:
    print(_killed(kept, tmp_path))


@pytest.mark.torture
@pytest.mark.timeout(1200)
def test_a_restore_that_is_killed_at_any_file_leaves_the_old_or_the_new(kept: Path, tmp_path: Path) -> None:
    print(_killed(kept, tmp_path, "every"))
