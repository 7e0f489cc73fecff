"""Restores a backup: checks and migrates a copy, then replaces the data in one step.

The copy is prepared in `restoring/` inside the data directory. Renaming that to `restored/` commits the restore:
before it the old data are valid, after it the new ones, and the next process that opens the directory makes the
remaining moves (`complete`). So a killed restore leaves either the old or the new data.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from server.domain.errors import Invalid, Unavailable
from server.store.engines.store import DATABASE_FILE, Store, sqlite_url
from server.store.maintenance import backup, data_directory
from server.store.maintenance.backup import Manifest
from server.store.maintenance.data_directory import CLIPS
from server.store.maintenance.migrating import migrate, revisions

PREPARING = "restoring"
READY = "restored"
PLAN = "plan.json"
REPLACES = {DATABASE_FILE: (f"{DATABASE_FILE}-wal", f"{DATABASE_FILE}-shm", DATABASE_FILE), CLIPS: (CLIPS,)}
"""The old files that each restored file or directory replaces. The old database's log moves before the database."""


@dataclass(frozen=True)
class RestoreResult:
    """The restored backup's manifest, the schema now, and the directory of the old data (None if there were none)."""

    manifest: Manifest
    schema: str
    aside: Path | None


def restore(data: Path, file: Path, *, clock: Callable[[], datetime], replace: bool = False) -> RestoreResult:
    """Replace the data directory's contents with a backup; with `replace`, old data are moved aside first.

    Nothing is changed after an error.

    Raises: Unavailable if a server uses the directory, or the backup is damaged or of a newer release;
    Invalid if the file is no backup, or there are old data and `replace` is false.
    """
    with backup.open_backup(file) as pack:
        manifest = backup.read_manifest(pack)
        if manifest.schema not in revisions():
            raise Unavailable(
                f"This backup is of a newer release ({manifest.release}, schema {manifest.schema}). Nothing was "
                "changed; install that release or a later one, and restore with it."
            )
        with data_directory.locked(data, "a restore"):
            complete(data)
            old = any((data / name).exists() for name in REPLACES)
            if old and not replace:
                raise Invalid(
                    f"{data.resolve()} holds data already. Add --replace to move them aside (they are kept under "
                    "another name), or restore into another --data directory."
                )
            folder = data / PREPARING
            shutil.rmtree(folder, ignore_errors=True)
            try:
                schema = _make(folder, pack, manifest, clock)
                aside = data / f"before-restore-{clock():%Y%m%d-%H%M%S}-{os.getpid()}"
                _write(folder / PLAN, json.dumps({"aside": aside.name}).encode())
                backup.sync_directory(folder)
                folder.rename(data / READY)
            except OSError as error:
                raise Unavailable(f"The backup could not be unpacked: {error.strerror}. Nothing was changed.") from None
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            backup.sync_directory(data)
            complete(data)
    return RestoreResult(manifest, schema, aside if aside.exists() else None)


def pending(data: Path) -> bool:
    """Return whether a committed restore still has moves to make."""
    return (data / READY).is_dir()


def complete(data: Path) -> None:
    """Make the remaining moves of a committed restore, if any. The caller holds the directory's lock."""
    ready = data / READY
    if not ready.is_dir():
        return
    # the plan stays until every move is made
    if (ready / PLAN).exists():
        _move(data, ready, data / str(json.loads((ready / PLAN).read_bytes())["aside"]))
        (ready / PLAN).unlink()
    ready.rmdir()


def _move(data: Path, ready: Path, aside: Path) -> None:
    for new, old in REPLACES.items():
        # a new file that is still here has not been moved, so its place still has the old one
        if not (ready / new).exists():
            continue
        for name in old:
            if (data / name).exists():
                aside.mkdir(mode=0o700, exist_ok=True)
                (data / name).rename(aside / name)
        (ready / new).rename(data / new)
    if aside.exists():
        backup.sync_directory(aside)
    backup.sync_directory(data)


def _make(folder: Path, pack: zipfile.ZipFile, manifest: Manifest, clock: Callable[[], datetime]) -> str:
    """Unpack, check and migrate the backup into `folder`; return the schema now."""
    folder.mkdir(mode=0o700)
    (folder / CLIPS).mkdir(mode=0o700)
    free = shutil.disk_usage(folder).free
    if free < manifest.size:
        raise Unavailable(
            f"There is no room to restore: it needs {manifest.size >> 20} MB, {free >> 20} MB are free. "
            "Nothing was changed."
        )
    for name in manifest.files:
        _unpack(pack, manifest, name, folder / name)
    database = folder / DATABASE_FILE
    _refuse_foreign(database)
    backup.check_database(database)
    if backup.row_counts(database) != manifest.counts or _schema(database) != manifest.schema:
        raise Unavailable("This backup is damaged: its rows do not match its manifest. Nothing was changed.")
    store = Store(sqlite_url(folder), clock)
    try:
        _, schema = migrate(store)
    finally:
        store.close()
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    with database.open("rb+") as file:
        os.fsync(file.fileno())
    return schema


def _unpack(pack: zipfile.ZipFile, manifest: Manifest, name: str, target: Path) -> None:
    size, expected_digest = manifest.files[name]
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, remaining = sha256(), size
    damaged = Unavailable(f"This backup is damaged: its file {name} has changed. Nothing was changed.")
    try:
        with (
            pack.open(name) as source,
            os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
        ):
            for chunk in backup.chunks(source):
                remaining -= len(chunk)
                if remaining < 0:
                    raise damaged
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
    except backup.READ_ERRORS:
        raise damaged from None
    if remaining or digest.hexdigest() != expected_digest:
        raise damaged
    backup.sync_directory(target.parent)


def _refuse_foreign(database: Path) -> None:
    """Raise Invalid for a database with triggers or views: Giliran's has none, and they could run foreign code."""
    try:
        with closing(sqlite3.connect(database)) as db:
            other = db.execute("SELECT type FROM sqlite_master WHERE type NOT IN ('table', 'index') LIMIT 1").fetchone()
    except (sqlite3.DatabaseError, UnicodeDecodeError):  # the second: an error message with a damaged name
        raise Unavailable("The database in it is damaged. Nothing was changed.") from None
    if other is not None:
        raise Invalid(f"This is no backup of Giliran: its database has a {other[0]}. Nothing was changed.")


def _schema(database: Path) -> str | None:
    with closing(sqlite3.connect(database)) as db:
        row = db.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def _write(file: Path, content: bytes) -> None:
    with file.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
