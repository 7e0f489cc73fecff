"""A small file that unpacks to a large one is refused, and reading it takes little memory."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from server.domain.errors import Refused
from server.store.engines.store import DATABASE_FILE
from server.store.maintenance import backup, restoring
from server.store.maintenance.backup import MANIFEST
from tests.clock import HandClock
from tests.store.releases_kept import KEPT, put

pytestmark = pytest.mark.sqlite
ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
MB = 1 << 20
MEMORY_MB = 100
"""What reading one of these may take more than a process that has read nothing; each would take 150 and more."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("kept")
    put(KEPT[-1], place / "data")
    backup.write(place / "data", place / "true.zip", release="1", now=NOW)
    return place / "true.zip"


def zeros(pack: zipfile.ZipFile, name: str, megabytes: int) -> str:
    """Write a file of zeros, which compresses to a thousandth; return its SHA-256."""
    digest, part = sha256(), bytes(MB)
    with pack.open(name, "w", force_zip64=True) as file:
        for _ in range(megabytes):
            file.write(part)
            digest.update(part)
    return digest.hexdigest()


def a_manifest(kept: Path, **files: Any) -> dict[str, Any]:
    with zipfile.ZipFile(kept) as pack:
        manifest: dict[str, Any] = json.loads(pack.read(MANIFEST))
    manifest["files"] |= files
    return manifest


def packed(kept: Path, file: Path) -> zipfile.ZipFile:
    """Open a copy of the sample backup without its manifest."""
    with zipfile.ZipFile(kept) as pack:
        content = pack.read(DATABASE_FILE)
    new = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    new.writestr(DATABASE_FILE, content)
    return new


def manifest_of_zeros(kept: Path, file: Path) -> None:
    with packed(kept, file) as pack:
        zeros(pack, MANIFEST, 150)


def manifest_of_brackets(kept: Path, file: Path) -> None:
    with packed(kept, file) as pack:
        pack.writestr(MANIFEST, b"[" * MB)


def manifest_of_empty_lists(kept: Path, file: Path) -> None:
    with packed(kept, file) as pack:
        pack.writestr(MANIFEST, b"[" + b"[]," * (8 * MB) + b"0]")


def a_clip_of_zeros(kept: Path, file: Path) -> None:
    with packed(kept, file) as pack:
        digest = zeros(pack, "clips/id/A.wav", 150)
        pack.writestr(MANIFEST, json.dumps(a_manifest(kept, **{"clips/id/A.wav": [150 * MB, digest]})))


def a_clip_with_a_false_size(kept: Path, file: Path) -> None:
    with packed(kept, file) as pack:
        digest = zeros(pack, "clips/id/A.wav", 150)
        pack.writestr(MANIFEST, json.dumps(a_manifest(kept, **{"clips/id/A.wav": [10, digest]})))


def an_endless_list_of_files(_kept: Path, file: Path) -> None:
    size = 1 << 30
    with file.open("wb") as out:
        out.truncate(size)  # which takes no room on the disk
        out.seek(size)
        out.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFE, 0xFFFE, size, 0, 0))


def too_many_files(kept: Path, file: Path) -> None:
    with packed(kept, file) as pack:
        names = [f"clips/id/{n}.wav" for n in range(backup.MAX_FILES + 5)]
        for name in names:
            pack.writestr(zipfile.ZipInfo(name), b"")
        empty = [0, sha256().hexdigest()]
        pack.writestr(MANIFEST, json.dumps(a_manifest(kept, **dict.fromkeys(names, empty)), separators=(",", ":")))


def a_file_twice(kept: Path, file: Path) -> None:
    with packed(kept, file) as pack:
        with pytest.warns(UserWarning, match="Duplicate"):
            pack.writestr(DATABASE_FILE, b"another")
        pack.writestr(MANIFEST, json.dumps(a_manifest(kept)))


def a_link(kept: Path, file: Path) -> None:
    with packed(kept, file) as pack:
        link = zipfile.ZipInfo("clips/id")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        pack.writestr(link, "/etc")
        files = {"clips/id": [4, sha256(b"/etc").hexdigest()]}
        pack.writestr(MANIFEST, json.dumps(a_manifest(kept, **files)))


def negative_sizes(kept: Path, file: Path) -> None:
    with packed(kept, file) as pack:
        manifest = a_manifest(kept)
        manifest["files"][DATABASE_FILE][0] *= -1
        pack.writestr(MANIFEST, json.dumps(manifest))


def a_database_with_a_trigger(kept: Path, file: Path) -> None:
    place = file.parent / "trigger"
    with zipfile.ZipFile(kept) as pack:
        pack.extract(DATABASE_FILE, place)
    with closing(sqlite3.connect(place / DATABASE_FILE)) as db, db:
        db.execute("CREATE TRIGGER evil AFTER UPDATE ON branch BEGIN DELETE FROM ticket; END")
    content = (place / DATABASE_FILE).read_bytes()
    shutil.rmtree(place)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr(DATABASE_FILE, content)
        files = {DATABASE_FILE: [len(content), sha256(content).hexdigest()]}
        pack.writestr(MANIFEST, json.dumps(a_manifest(kept, **files)))


BOMBS: dict[Callable[[Path, Path], None], str] = {
    manifest_of_zeros: "manifest is larger",
    manifest_of_brackets: "no manifest that can be read",
    manifest_of_empty_lists: "manifest is larger",
    a_clip_of_zeros: "would unpack to",
    a_clip_with_a_false_size: "not as large as its manifest says",
    an_endless_list_of_files: "is no backup",
    too_many_files: "more than Giliran writes",
    a_file_twice: "does not hold what its manifest names",
    a_link: "packed in another way",
    negative_sizes: "not as large as its manifest says",
    a_database_with_a_trigger: "has a trigger",
}
READ = """
import resource, sys
from pathlib import Path
from server.domain.errors import Refused
from server.store.maintenance import restoring
from tests.clock import HandClock

resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
for file in map(Path, sys.argv[2:]):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        restoring.restore(Path(sys.argv[1]), file, clock=HandClock())
    except Refused as refused:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, refused.detail.replace("\\n", " "))
"""


def test_bombs_are_refused_and_take_little_memory(kept: Path, tmp_path: Path) -> None:
    files = [tmp_path / f"{bomb.__name__}.zip" for bomb in BOMBS]
    for bomb, file in zip(BOMBS, files, strict=True):
        bomb(kept, file)
    ran = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path / "data"), *map(str, files)],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = [batch_key.split(" ", 1) for batch_key in ran.stdout.splitlines()]
    assert len(told) == len(BOMBS), ran.stdout
    for (bomb, words), (kilobytes, detail) in zip(BOMBS.items(), told, strict=True):
        assert words in detail, bomb.__name__
        assert int(kilobytes) < MEMORY_MB * 1024, f"{bomb.__name__} took {int(kilobytes) // 1024} MB"
    assert not (tmp_path / "data" / DATABASE_FILE).exists()
    assert not (tmp_path / "data" / restoring.PREPARING).exists()


def test_a_real_backup_is_restored(kept: Path, tmp_path: Path) -> None:
    assert restoring.restore(tmp_path / "data", kept, clock=HandClock(NOW)).manifest.release == "1"


def test_a_directory_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises((Refused, OSError)):
        restoring.restore(tmp_path / "data", tmp_path, clock=HandClock(NOW))
