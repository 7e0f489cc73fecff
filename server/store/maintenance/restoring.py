"""Restoring a backup: checked and migrated aside, then put in the place of the data in one step.

Everything is made ready in `restoring/` inside the data directory. Renaming that to `restored/` is the one step that
decides: before it the old data stand, after it the new ones, and whoever opens the directory next moves what has not
been moved yet (`complete`). So a restore that is killed leaves either the old or the new.
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

MAKING = "restoring"
READY = "restored"
PLAN = "plan.json"
MOVED = {DATABASE_FILE: (f"{DATABASE_FILE}-wal", f"{DATABASE_FILE}-shm", DATABASE_FILE), CLIPS: (CLIPS,)}
"""What is put in place → what is moved away for it. The log of the old database goes before the database."""


@dataclass(frozen=True)
class Restored:
    """What came back: the backup's manifest, the schema now, and where the old data are (None: there were none)."""

    manifest: Manifest
    schema: str
    aside: Path | None


def restore(data: Path, file: Path, *, clock: Callable[[], datetime], replace: bool = False) -> Restored:
    """Put a backup in the place of the data directory's contents, which `replace` allows to be put aside.

    Raises Unavailable while a server runs on the directory, and for a damaged or newer backup; Invalid for a file that
    is none, and where there are data that may not be replaced. Nothing was changed then.
    """
    with backup.opened(file) as pack:
        manifest = backup.read_manifest(pack)
        if manifest.schema not in revisions():
            raise Unavailable(
                f"This backup is of a newer release ({manifest.release}, schema {manifest.schema}). Nothing was "
                "changed; install that release or a later one, and restore with it."
            )
        with data_directory.held(data, "a restore"):
            complete(data)
            old = any((data / name).exists() for name in MOVED)
            if old and not replace:
                raise Invalid(
                    f"{data.resolve()} holds data already. Say --replace to put them aside (they are kept, renamed), "
                    "or restore into another --data directory."
                )
            making = data / MAKING
            shutil.rmtree(making, ignore_errors=True)
            try:
                schema = _make(making, pack, manifest, clock)
                aside = data / f"before-restore-{clock():%Y%m%d-%H%M%S}-{os.getpid()}"
                _write(making / PLAN, json.dumps({"aside": aside.name}).encode())
                backup.sync_directory(making)
                making.rename(data / READY)
            except OSError as error:
                raise Unavailable(f"The backup could not be unpacked: {error.strerror}. Nothing was changed.") from None
            finally:
                shutil.rmtree(making, ignore_errors=True)
            backup.sync_directory(data)
            complete(data)
    return Restored(manifest, schema, aside if aside.exists() else None)


def pending(data: Path) -> bool:
    """Whether a restore was decided and its last moves are still to be made."""
    return (data / READY).is_dir()


def complete(data: Path) -> None:
    """Make the last moves of a restore that was decided; none is left to make, nothing happens. Hold the directory."""
    ready = data / READY
    if not ready.is_dir():
        return
    # the plan is there until every move is made
    if (ready / PLAN).exists():
        _move(data, ready, data / str(json.loads((ready / PLAN).read_bytes())["aside"]))
        (ready / PLAN).unlink()
    ready.rmdir()


def _move(data: Path, ready: Path, aside: Path) -> None:
    for new, old in MOVED.items():
        # as long as the new one is not in its place, what stands there is the old one
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


def _make(making: Path, pack: zipfile.ZipFile, manifest: Manifest, clock: Callable[[], datetime]) -> str:
    """Unpack, check and migrate; returns the schema now."""
    making.mkdir(mode=0o700)
    (making / CLIPS).mkdir(mode=0o700)
    free = shutil.disk_usage(making).free
    if free < manifest.size:
        raise Unavailable(
            f"There is no room to restore: it needs {manifest.size >> 20} MB, {free >> 20} MB are free. "
            "Nothing was changed."
        )
    for name in manifest.files:
        _unpack(pack, manifest, name, making / name)
    database = making / DATABASE_FILE
    _refuse_foreign(database)
    backup.check(database)
    if backup.counts(database) != manifest.counts or _schema(database) != manifest.schema:
        raise Unavailable("This backup does not hold the rows that its manifest counts. Nothing was changed.")
    store = Store(sqlite_url(making), clock)
    try:
        _, schema = migrate(store)
    finally:
        store.close()
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA journal_mode=DELETE")  # one file, with no log beside it
    with database.open("rb+") as file:
        os.fsync(file.fileno())
    return schema


def _unpack(pack: zipfile.ZipFile, manifest: Manifest, name: str, target: Path) -> None:
    size, wanted = manifest.files[name]
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, left = sha256(), size
    damaged = Unavailable(f"This backup is damaged: {name} in it is not what was written. Nothing was changed.")
    try:
        with (
            pack.open(name) as source,
            os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
        ):
            for chunk in backup.chunks(source):
                left -= len(chunk)
                if left < 0:
                    raise damaged
                digest.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
    except backup.UNREADABLE:
        raise damaged from None
    if left or digest.hexdigest() != wanted:
        raise damaged
    backup.sync_directory(target.parent)


def _refuse_foreign(database: Path) -> None:
    """Raise Invalid for a database that does things by itself, which none of Giliran does."""
    try:
        with closing(sqlite3.connect(database)) as db:
            found = db.execute("SELECT type FROM sqlite_master WHERE type NOT IN ('table', 'index') LIMIT 1").fetchone()
    except (sqlite3.DatabaseError, UnicodeDecodeError):  # the second: of an error that quotes a damaged name
        raise Unavailable("The database in it is damaged. Nothing was changed.") from None
    if found is not None:
        raise Invalid(f"This is no backup of Giliran: its database has a {found[0]}. Nothing was changed.")


def _schema(database: Path) -> str | None:
    with closing(sqlite3.connect(database)) as db:
        row = db.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def _write(file: Path, content: bytes) -> None:
    with file.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
