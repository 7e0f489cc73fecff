"""The data: whole, of this release, and what the log says they are."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from server.doctor.findings import Finding, ok, problem, warning
from server.domain.calendar import business_day
from server.domain.errors import Unavailable
from server.store.engines import database_file
from server.store.engines.store import DATABASE_FILE, Db, Store
from server.store.maintenance import backup, checkup, write_ahead_log
from server.store.maintenance.data_directory import CLIPS
from server.store.maintenance.migrating import newest, revision, revisions
from server.store.tables import branches, servers

LOG_WARNING = 256 << 20
"""Bytes of write-ahead log; usually it stays at some 4 MB."""
NUMBERS_TOLD = 5


def database(store: Store, data: Path) -> list[Finding]:
    """Whether the file is whole and its log is short."""
    if not store.sqlite:
        return [ok("data", "They are on a database server.")]
    file = data / DATABASE_FILE
    try:
        backup.check_database(file)
    except Unavailable as error:
        return [
            problem(
                "data",
                error.detail,
                "Stop the server, copy the whole data directory away, and restore the last backup: "
                f"giliran restore FILE --replace --data {data}. Then have the disk looked at.",
            )
        ]
    found = [ok("data", f"{file.name} is whole ({file.stat().st_size / 1e6:,.1f} MB).")]
    log = file.with_name(f"{file.name}-wal")
    size = log.stat().st_size if log.exists() else 0
    if size > LOG_WARNING:
        found.append(
            warning(
                "data",
                f"The write-ahead log has grown to {size / 1e6:,.0f} MB: something reads without an end.",
                "End exports that still run, and restart the server.",
            )
        )
    return found


def file(data: Path) -> list[Finding]:
    """Whether the database's file is lost; nothing where it can be opened."""
    try:
        database_file.refuse_lost(data / DATABASE_FILE, data / CLIPS)
    except Unavailable as error:
        return [problem("data", error.detail, "Do not start a server on it before the data are back.")]
    return []


def write_ahead(data: Path) -> list[Finding]:
    """Whether the log of a server that has ended badly can be read to its end."""
    try:
        state = write_ahead_log.refuse_damaged(data / DATABASE_FILE)
    except Unavailable as error:
        return [problem("data", error.detail, "Do not start a server on it before you have decided between the two.")]
    if not state.torn:
        return []
    return [
        warning(
            "data",
            "The end of the write-ahead log is an unfinished transaction, which is dropped: the machine or the server "
            "stopped while it was written. All transactions before it are kept.",
            "Nothing to do. If it happens often, look after the power supply of this machine.",
        )
    ]


def schema(store: Store) -> list[Finding]:
    """Whether this release can read the data; not ok, the doctor looks no further into them."""
    known, wanted = revision(store), newest()
    if known == wanted:
        return [ok("schema", f"{known}, as this release wants it.")]
    if known is not None and known not in revisions():
        return [
            problem(
                "schema", f"The data are of a newer release (schema {known}).", "Install that release or a later one."
            )
        ]
    return [
        problem(
            "schema",
            f"The data are of an older release (schema {known or 'none'}, this one speaks {wanted}).",
            "Make a backup, then start the server from this release; it migrates the data.",
        )
    ]


def serving(db: Db, now: datetime) -> list[Finding]:
    """Which servers work on a shared database, and whether they hear of each other at once."""
    alive = servers.alive(db, now)
    if not alive:
        return [problem("servers", "No server works on this database.", "systemctl start giliran, on its machines.")]
    late = servers.missing_redis_warning(alive)
    if late is not None:
        return [warning("servers", late, "Start each with the same --redis redis://…")]
    return [ok("servers", f"On this database: {', '.join(f'{s.host}:{s.port} (process {s.pid})' for s in alive)}.")]


def log(db: Db, now: datetime) -> list[Finding]:
    """Whether the event log alone makes today's tickets what their rows say."""
    found = []
    for branch in branches.list_all(db):
        wrong = checkup.tickets_unlike_log(db, branch.id, business_day.today(branch, now))
        if wrong:
            some = ", ".join(wrong[:NUMBERS_TOLD]) + (" …" if len(wrong) > NUMBERS_TOLD else "")
            found.append(
                problem(
                    "log",
                    f"{branch.slug}: {len(wrong)} of today's tickets are not what the event log tells ({some}).",
                    "Make a backup now and send it to whoever maintains Giliran; statistics of today may be wrong.",
                )
            )
    return found or [ok("log", "Today's tickets are what the event log tells.")]
