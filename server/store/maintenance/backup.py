"""Backups: one file with the database at one moment, the recorded clips, and a manifest to check them.

The file is a ZIP of `giliran.db`, `clips/…` and `manifest.json`. The server may run meanwhile: the copy is one read
transaction, which in WAL mode never blocks the writer.
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
COMPRESSION_TYPES = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Compression methods that a backup may use; the libraries of others raise errors of their own."""
READ_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)
"""Errors of reading a damaged backup. RuntimeError: an entry claims a password or an unknown feature."""
PAGES_PER_STEP = 512
PAUSE_SECONDS = 0.005
"""Pause between two steps of the copy, so that a slow disk can serve the server's commits."""
CHUNK = 1 << 20
MAX_FILES = 10_000
MAX_MANIFEST_BYTES = 3 << 20
"""Ten thousand recordings take 1.3 MB of a manifest, five thousand branches 1 MB."""
MAX_READ_BYTES = 3 << 20
"""Bytes read at once of an unchecked backup, such as its list of files."""
SMALL_BYTES = 64 << 20
MAX_EXPANSION = 200
"""Largest ratio of unpacked to packed size, for backups of more than SMALL_BYTES unpacked."""


@dataclass(frozen=True)
class Manifest:
    """The contents of a backup. `counts`: rows by table; `files`: (bytes, SHA-256) by name in the backup."""

    format: int
    release: str
    schema: str
    created_at: str
    branches: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    files: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Total bytes of the files, unpacked."""
        return sum(size for size, _ in self.files.values())


def write(data: Path, file: Path, *, release: str, now: datetime, force: bool = False) -> Manifest:
    """Back up the data directory into `file`, completely or not at all, readable by the owner only.

    Returns the backup's manifest.

    Raises: Invalid if `file` exists (unless `force`); Unavailable if the data are damaged or cannot be read.
    """
    _refuse_to_overwrite(file, force=force)
    try:
        return _write(data, file, release=release, now=now, force=force)
    except OSError as error:
        raise Unavailable(f"The backup could not be written to {file}: {error.strerror}.") from None


def _write(data: Path, file: Path, *, release: str, now: datetime, force: bool) -> Manifest:
    with _temporary_directory(file) as folder:
        copy = folder / DATABASE_FILE
        _copy(data / DATABASE_FILE, copy)
        manifest = _describe(copy, release=release, now=now)
        packed = folder / "packed"
        with os.fdopen(os.open(packed, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6, strict_timestamps=False) as pack:
                manifest.files[DATABASE_FILE] = _add(pack, copy, DATABASE_FILE)
                clips = sorted(p for p in (data / CLIPS).rglob("*") if p.is_file())
                if len(clips) > MAX_FILES:
                    raise Unavailable(f"{data / CLIPS} has {len(clips)} files; a backup takes {MAX_FILES} at most.")
                for clip in clips:
                    name = clip.relative_to(data).as_posix()
                    manifest.files[name] = _add(pack, clip, name)
                info = zipfile.ZipInfo(MANIFEST, date_time=now.timetuple()[:6])
                info.external_attr = 0o600 << 16
                content = json.dumps(asdict(manifest), indent=1).encode()
                if len(content) > MAX_MANIFEST_BYTES:
                    raise Unavailable("There are too many branches and recordings for one backup.")
                pack.writestr(info, content)
            out.flush()
            os.fsync(out.fileno())
        _refuse_to_overwrite(file, force=force)
        packed.replace(file)
    sync_directory(file.parent)
    return manifest


def read_manifest(pack: zipfile.ZipFile) -> Manifest:
    """Return the manifest of an opened backup, after checking it against the list of files.

    No more is read than a real backup has: a small file may claim to unpack to a huge one.

    Raises: Invalid if this is no backup of Giliran, is damaged, or has a newer format.
    """
    entries = pack.infolist()
    if any(entry.compress_type not in COMPRESSION_TYPES or not _is_file(entry) for entry in entries):
        raise Invalid("This is no backup of Giliran, or it is damaged: it is packed in another way.")
    try:
        with pack.open(MANIFEST) as file:
            content = file.read(MAX_MANIFEST_BYTES + 1)
        if len(content) > MAX_MANIFEST_BYTES:
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
    except (*READ_ERRORS, OSError):  # OSError: its position lies beyond the end of the file
        raise Invalid("This backup is damaged: its manifest cannot be read.") from None
    in_pack = {entry.filename: entry.file_size for entry in entries if entry.filename != MANIFEST}
    duplicates = len(in_pack) + 1 != len(entries)
    if duplicates or set(in_pack) != set(files) or DATABASE_FILE not in files or not all(map(_is_expected_name, files)):
        raise Invalid("This backup does not hold what its manifest names; it has been changed or damaged.")
    _refuse_bomb(manifest, in_pack, sum(entry.compress_size for entry in entries))
    return manifest


def _is_file(entry: zipfile.ZipInfo) -> bool:
    """Return whether the entry is a plain file, not a directory, link or device."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    return not entry.is_dir() and kind in (0, stat.S_IFREG)


def _refuse_bomb(manifest: Manifest, in_pack: dict[str, int], packed: int) -> None:
    """Raise Invalid if the backup would unpack to more than a database and recordings ever do."""
    sizes = {name: size for name, (size, _) in manifest.files.items()}
    if any(size < 0 or size != in_pack[name] for name, size in sizes.items()):
        raise Invalid("This backup is damaged: its files are not as large as its manifest says.")
    if len(sizes) > MAX_FILES + 1:
        raise Invalid(f"This is no backup of Giliran: it holds {len(sizes)} files, more than Giliran writes.")
    if manifest.size > max(SMALL_BYTES, MAX_EXPANSION * packed):
        raise Invalid(
            f"This is no backup of Giliran: its {packed >> 20} MB would unpack to {manifest.size >> 20} MB, as no "
            "database does."
        )


@contextmanager
def open_backup(file: Path) -> Iterator[zipfile.ZipFile]:
    """Open a backup for reading. Raises: Invalid if the file is missing or no backup."""
    try:
        with file.open("rb") as source:
            try:
                # limited reads: a file may claim that its list of files has gigabytes
                pack = zipfile.ZipFile(cast("IO[bytes]", _LimitedReader(source)))
            except (zipfile.BadZipFile, NotImplementedError):  # the second: an impossible version of ZIP
                raise Invalid(f"{file} is no backup of Giliran, or it was cut off. Nothing was changed.") from None
            with pack:
                yield pack
    except FileNotFoundError:
        raise Invalid(f"There is no file {file}.") from None


class _LimitedReader:
    """A file with reads of at most MAX_READ_BYTES. Raises: BadZipFile if a read would return more."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes; without a size, the rest of the file."""
        content = self._file.read(MAX_READ_BYTES + 1 if size < 0 else min(size, MAX_READ_BYTES + 1))
        if len(content) > MAX_READ_BYTES:
            raise zipfile.BadZipFile("it has a part that is larger than any that Giliran writes")
        return content


def check_database(copy: Path) -> None:
    """Check the pages and the foreign keys of a database file. Raises: Unavailable if it is damaged."""
    try:
        with closing(sqlite3.connect(copy)) as db:
            faults = [row[0] for row in db.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
            orphans = sum(1 for _ in db.execute("PRAGMA foreign_key_check"))
    except sqlite3.DatabaseError as error:
        raise Unavailable(f"The database is damaged: {error}.") from None
    except UnicodeDecodeError:  # the driver fails to decode an error message with a damaged name
        raise Unavailable("The database is damaged: the names of its tables or indexes are not text.") from None
    if faults:
        raise Unavailable(f"The database is damaged: {faults[0].splitlines()[-1]}.")
    if orphans:
        raise Unavailable(f"The database is damaged: {orphans} rows belong to rows that are missing.")


def row_counts(copy: Path) -> dict[str, int]:
    """Return the number of rows of each table, except Alembic's own."""
    with closing(sqlite3.connect(copy)) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {
            table: db.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608 - names from the schema
            for table in tables
            if table != "alembic_version" and not table.startswith("sqlite_")
        }


def sync_directory(path: Path) -> None:
    """Flush a directory's entries to the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refuse_to_overwrite(file: Path, *, force: bool) -> None:
    if file.is_dir():
        raise Invalid(f"{file} is a directory. Name the file to write, such as {file / 'giliran.zip'}.")
    if file.exists() and not force:
        raise Invalid(f"{file} exists already. Choose another name, or add --force to overwrite it.")
    if not file.absolute().parent.is_dir():
        raise Invalid(f"There is no directory {file.parent}.")


@contextmanager
def _temporary_directory(file: Path) -> Iterator[Path]:
    """Make a temporary directory on the same disk as the file."""
    with tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as folder:
        yield Path(folder)


def _copy(source: Path, target: Path) -> None:
    """Copy the database at one moment into one file."""
    needed, free = source.stat().st_size * 2, shutil.disk_usage(target.parent).free
    if free < needed:
        raise Unavailable(f"There is no room for the backup: it may need {needed >> 20} MB, {free >> 20} MB are free.")
    try:
        with (
            closing(sqlite3.connect(source, timeout=BUSY_SECONDS, isolation_level=None)) as live,
            closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            # one read transaction around all steps: otherwise every commit of the server would restart the copy
            live.execute("BEGIN")
            live.execute("SELECT count(*) FROM sqlite_master").fetchone()
            live.backup(copy, pages=PAGES_PER_STEP, progress=lambda _status, _remaining, _total: sleep(PAUSE_SECONDS))
            live.execute("ROLLBACK")
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise Unavailable(f"The database cannot be backed up: {error}.") from None
    check_database(target)


def _describe(copy: Path, *, release: str, now: datetime) -> Manifest:
    with closing(sqlite3.connect(copy)) as db:
        try:
            schema = db.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        except (sqlite3.OperationalError, TypeError):
            raise Invalid("There is no data in the database yet.") from None
        # logs of earlier releases have no digests
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
    return Manifest(FORMAT, release, schema, now.isoformat(timespec="seconds"), branches, row_counts(copy))


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
    """Read a file in pieces of CHUNK bytes."""
    while chunk := source.read(CHUNK):
        yield chunk


def _is_expected_name(name: str) -> bool:
    path = PurePosixPath(name)
    in_clips = len(path.parts) > 1 and path.parts[0] == CLIPS and ".." not in path.parts
    return name == DATABASE_FILE or (in_clips and not path.is_absolute() and path.as_posix() == name)
