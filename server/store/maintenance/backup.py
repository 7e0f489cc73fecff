"""One file that holds a server: its database as of one moment, its recorded clips, and a manifest to check them by.

The file is a ZIP of `giliran.db`, `clips/…` and `manifest.json`. It is made beside a live server from one read
transaction, which in WAL mode never holds up the writer.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from time import sleep
from typing import IO, Any, cast

from server.domain.errors import Invalid, Unavailable
from server.store.engines.sqlite import BUSY_SECONDS
from server.store.engines.store import DATABASE_FILE
from server.store.maintenance.data_directory import CLIPS

FORMAT = 1
MANIFEST = "manifest.json"
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How the files of a backup may be packed; the libraries of other ways raise errors of their own."""
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)
"""What reading a damaged one raises. RuntimeError: where it seems to have a password, or a feature nobody knows."""
PAGES_A_STEP = 512
PAUSE_SECONDS = 0.005
"""Between two steps of the copy, so that a slow disk serves the server's commits in between."""
CHUNK = 1 << 20
MOST_FILES = 10_000
LONGEST_MANIFEST = 3 << 20
"""Bytes of a manifest; ten thousand recordings take 1.3 MB, five thousand branches 1 MB."""
MOST_READ = 3 << 20
"""Bytes that are read of a backup at once, such as its list of files, before anything is known of it."""
SMALL = 64 << 20
MOST_UNPACKED = 200
"""A backup of more than SMALL bytes unpacked is at most so many times as large as packed."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `counts`: rows of each table; `files`: name in the file → (bytes, SHA-256)."""

    format: int
    release: str
    schema: str
    created_at: str
    branches: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    files: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of what is in it, unpacked."""
        return sum(size for size, _ in self.files.values())


def write(data: Path, file: Path, *, release: str, now: datetime, force: bool = False) -> Manifest:
    """Back up the data directory into `file`, whole or not at all, for the owner alone; what it holds.

    Raises Invalid where `file` is there (unless `force`), Unavailable where the data are damaged or cannot be read.
    """
    _refuse_to_overwrite(file, force=force)
    try:
        return _write(data, file, release=release, now=now, force=force)
    except OSError as error:
        raise Unavailable(f"The backup could not be written to {file}: {error.strerror}.") from None


def _write(data: Path, file: Path, *, release: str, now: datetime, force: bool) -> Manifest:
    with _beside(file) as place:
        copy = place / DATABASE_FILE
        _copy(data / DATABASE_FILE, copy)
        manifest = _describe(copy, release=release, now=now)
        packed = place / "packed"
        with os.fdopen(os.open(packed, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6, strict_timestamps=False) as pack:
                manifest.files[DATABASE_FILE] = _add(pack, copy, DATABASE_FILE)
                clips = sorted(p for p in (data / CLIPS).rglob("*") if p.is_file())
                if len(clips) > MOST_FILES:
                    raise Unavailable(f"{data / CLIPS} has {len(clips)} files; a backup takes {MOST_FILES} at most.")
                for clip in clips:
                    name = clip.relative_to(data).as_posix()
                    manifest.files[name] = _add(pack, clip, name)
                info = zipfile.ZipInfo(MANIFEST, date_time=now.timetuple()[:6])
                info.external_attr = 0o600 << 16
                content = json.dumps(asdict(manifest), indent=1).encode()
                if len(content) > LONGEST_MANIFEST:
                    raise Unavailable("There are too many branches and recordings for one backup.")
                pack.writestr(info, content)
            out.flush()
            os.fsync(out.fileno())
        _refuse_to_overwrite(file, force=force)
        packed.replace(file)
    sync_directory(file.parent)
    return manifest


def read_manifest(pack: zipfile.ZipFile) -> Manifest:
    """What an opened backup says that it holds. Raises Invalid where that is no backup of ours or of a newer format.

    Nothing is read that is larger than a backup's own parts are: a small file may say that it unpacks to a large one.
    """
    entries = pack.infolist()
    if any(entry.compress_type not in PACKED or not _is_file(entry) for entry in entries):
        raise Invalid("This is no backup of Giliran, or it is damaged: it is packed in another way.")
    try:
        with pack.open(MANIFEST) as file:
            content = file.read(LONGEST_MANIFEST + 1)
        if len(content) > LONGEST_MANIFEST:
            raise Invalid("This is no backup of Giliran: its manifest is larger than any that Giliran writes.")
        value = json.loads(content)
        if value["format"] > FORMAT:
            raise Invalid(
                f"This backup was made by a newer release ({value['release']}). Nothing was changed; "
                "install that release or a later one, and restore with it."
            )
        files = {str(name): (int(size), str(digest)) for name, (size, digest) in value.pop("files").items()}
        manifest = Manifest(**value, files=files)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise Invalid("This is no backup of Giliran: it has no manifest that can be read.") from None
    except (*UNREADABLE, OSError):  # OSError: it is said to be where no file ends
        raise Invalid("This backup is damaged: its manifest cannot be read.") from None
    in_pack = {entry.filename: entry.file_size for entry in entries if entry.filename != MANIFEST}
    twice = len(in_pack) + 1 != len(entries)
    if twice or set(in_pack) != set(files) or DATABASE_FILE not in files or not all(map(_belongs, files)):
        raise Invalid("This backup does not hold what its manifest names; it has been changed or damaged.")
    _refuse_bomb(manifest, in_pack, sum(entry.compress_size for entry in entries))
    return manifest


def _is_file(entry: zipfile.ZipInfo) -> bool:
    """Whether it is packed as a plain file: no directory, link or device."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    return not entry.is_dir() and kind in (0, stat.S_IFREG)


def _refuse_bomb(manifest: Manifest, in_pack: dict[str, int], packed: int) -> None:
    """Raise Invalid for a backup that would unpack to more than a database and recordings ever do."""
    sizes = {name: size for name, (size, _) in manifest.files.items()}
    if any(size < 0 or size != in_pack[name] for name, size in sizes.items()):
        raise Invalid("This backup is damaged: its files are not as large as its manifest says.")
    if len(sizes) > MOST_FILES + 1:
        raise Invalid(f"This is no backup of Giliran: it holds {len(sizes)} files, more than Giliran writes.")
    if manifest.size > max(SMALL, MOST_UNPACKED * packed):
        raise Invalid(
            f"This is no backup of Giliran: its {packed >> 20} MB would unpack to {manifest.size >> 20} MB, as no "
            "database does."
        )


@contextmanager
def opened(file: Path) -> Iterator[zipfile.ZipFile]:
    """A backup to read. Raises Invalid for a file that is none."""
    try:
        with file.open("rb") as source:
            try:
                # a file that says that it has a list of files of some gigabytes is not believed
                pack = zipfile.ZipFile(cast("IO[bytes]", _ReadInParts(source)))
            except (zipfile.BadZipFile, NotImplementedError):  # such as a version of zip that there will never be
                raise Invalid(f"{file} is no backup of Giliran, or it was cut off. Nothing was changed.") from None
            with pack:
                yield pack
    except FileNotFoundError:
        raise Invalid(f"There is no file {file}.") from None


class _ReadInParts:
    """A file of which no more than MOST_READ bytes are read at once. Raises BadZipFile for more."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """Some bytes; without a size, all that are left, where those are not too many."""
        content = self._file.read(MOST_READ + 1 if size < 0 else min(size, MOST_READ + 1))
        if len(content) > MOST_READ:
            raise zipfile.BadZipFile("it has a part that is larger than any that Giliran writes")
        return content


def check(copy: Path) -> None:
    """Raise Unavailable where a database file is damaged: its pages, or a row whose parent is missing."""
    try:
        with closing(sqlite3.connect(copy)) as db:
            faults = [row[0] for row in db.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
            orphans = sum(1 for _ in db.execute("PRAGMA foreign_key_check"))
    except sqlite3.DatabaseError as error:
        raise Unavailable(f"The database is damaged: {error}.") from None
    except UnicodeDecodeError:  # the driver's, of an error that quotes a damaged name
        raise Unavailable("The database is damaged: the names of its parts are no text.") from None
    if faults:
        raise Unavailable(f"The database is damaged: {faults[0].splitlines()[-1]}.")
    if orphans:
        raise Unavailable(f"The database is damaged: {orphans} rows are without the row that they belong to.")


def counts(copy: Path) -> dict[str, int]:
    """Rows of each table, but for Alembic's own."""
    with closing(sqlite3.connect(copy)) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {
            table: db.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608 - names from the schema
            for table in tables
            if table != "alembic_version" and not table.startswith("sqlite_")
        }


def sync_directory(path: Path) -> None:
    """Make the names in a directory as durable as the files."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refuse_to_overwrite(file: Path, *, force: bool) -> None:
    if file.is_dir():
        raise Invalid(f"{file} is a directory. Name the file to write, such as {file / 'giliran.zip'}.")
    if file.exists() and not force:
        raise Invalid(f"{file} is there already. Choose another name, or say --force to write over it.")
    if not file.absolute().parent.is_dir():
        raise Invalid(f"There is no directory {file.parent}.")


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A directory of our own on the same disk, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as place:
        yield Path(place)


def _copy(source: Path, target: Path) -> None:
    """The database as of one moment, in one file."""
    needed, free = source.stat().st_size * 2, shutil.disk_usage(target.parent).free
    if free < needed:
        raise Unavailable(f"There is no room for the backup: it may need {needed >> 20} MB, {free >> 20} MB are free.")
    try:
        with (
            closing(sqlite3.connect(source, timeout=BUSY_SECONDS, isolation_level=None)) as live,
            closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            # one read transaction around all steps: without it every commit of the server would begin the copy anew
            live.execute("BEGIN")
            live.execute("SELECT count(*) FROM sqlite_master").fetchone()
            live.backup(copy, pages=PAGES_A_STEP, progress=lambda _status, _remaining, _total: sleep(PAUSE_SECONDS))
            live.execute("ROLLBACK")
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise Unavailable(f"The database cannot be backed up: {error}.") from None
    check(target)


def _describe(copy: Path, *, release: str, now: datetime) -> Manifest:
    with closing(sqlite3.connect(copy)) as db:
        try:
            schema = db.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        except (sqlite3.OperationalError, TypeError):
            raise Invalid("There is no data in the database yet.") from None
        # of an earlier release, whose log has no digests
        chained = any(row[1] == "chain_head" for row in db.execute("PRAGMA table_info(branch)"))
        heads = dict(db.execute("SELECT id, hex(chain_head) FROM branch")) if chained else {}
        rows = db.execute(
            "SELECT id, slug, seq, last_at, (SELECT count(*) FROM ticket WHERE branch_id = branch.id) FROM branch"
            " ORDER BY slug"
        )
        branches = [
            {
                "slug": slug,
                "seq": seq,
                "last_event": datetime.fromtimestamp(at // 1_000_000, UTC).isoformat() if seq else None,
                "tickets": n,
                "head": heads.get(branch_id, "").lower() or None,
            }
            for branch_id, slug, seq, at, n in rows
        ]
    return Manifest(FORMAT, release, schema, now.isoformat(timespec="seconds"), branches, counts(copy))


def _add(pack: zipfile.ZipFile, path: Path, name: str) -> tuple[int, str]:
    info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
    info.external_attr = 0o600 << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    digest, size = sha256(), 0
    with path.open("rb") as source, pack.open(info, "w") as target:
        for chunk in chunks(source):
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk)
    return size, digest.hexdigest()


def chunks(source: IO[bytes]) -> Iterator[bytes]:
    """A file in pieces, so that its size costs no memory."""
    while chunk := source.read(CHUNK):
        yield chunk


def _belongs(name: str) -> bool:
    path = PurePosixPath(name)
    in_clips = len(path.parts) > 1 and path.parts[0] == CLIPS and ".." not in path.parts
    return name == DATABASE_FILE or (in_clips and not path.is_absolute() and path.as_posix() == name)
