"""Checks of the data: undamaged, of this release, and equal to the event log."""

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
"""Bytes of write-ahead log; usually it has about 4 MB."""
NUMBERS_LISTED = 5


def database(store: Store, data: Path) -> list[Finding]:
    """Check that the database file is undamaged and its log is short."""
    if not store.sqlite:
        return [ok("data", "The data are on a database server.")]
    file = data / DATABASE_FILE
    try:
        backup.check_database(file)
    except Unavailable as error:
        return [
            problem(
                "data",
                error.detail,
                "Stop the server, copy the whole data directory away, and restore the last backup: "
                f"giliran restore FILE --replace --data {data}. Then have the disk checked.",
            )
        ]
    findings = [ok("data", f"{file.name} is undamaged ({file.stat().st_size / 1e6:,.1f} MB).")]
    log = file.with_name(f"{file.name}-wal")
    size = log.stat().st_size if log.exists() else 0
    if size > LOG_WARNING:
        findings.append(
            warning(
                "data",
                f"The write-ahead log has grown to {size / 1e6:,.0f} MB: a read never ends.",
                "Stop exports that still run, and restart the server.",
            )
        )
    return findings


def file(data: Path) -> list[Finding]:
    """Check that the database file is not lost; no findings if it can be opened."""
    try:
        database_file.refuse_lost(data / DATABASE_FILE, data / CLIPS)
    except Unavailable as error:
        return [
            problem("data", error.detail, "Do not start a server with this directory before the data are restored.")
        ]
    return []


def write_ahead(data: Path) -> list[Finding]:
    """Check that the log of a server that was killed can be read to its end."""
    try:
        state = write_ahead_log.refuse_damaged(data / DATABASE_FILE)
    except Unavailable as error:
        return [
            problem(
                "data",
                error.detail,
                "Do not start a server with this directory before you have decided between the two.",
            )
        ]
    if not state.torn:
        return []
    return [
        warning(
            "data",
            "The end of the write-ahead log is an unfinished transaction, which is dropped: the machine or the server "
            "stopped while it was written. All transactions before it are kept.",
            "Nothing to do. If it happens often, check the power supply of this machine.",
        )
    ]


def schema(store: Store) -> list[Finding]:
    """Check that this release can read the data; if not, the doctor does not read them."""
    current, target = revision(store), newest()
    if current == target:
        return [ok("schema", f"{current}, which this release needs.")]
    if current is not None and current not in revisions():
        return [
            problem(
                "schema", f"The data are of a newer release (schema {current}).", "Install that release or a later one."
            )
        ]
    return [
        problem(
            "schema",
            f"The data are of an older release (schema {current or 'none'}, this one needs {target}).",
            "Make a backup, then start the server from this release; it migrates the data.",
        )
    ]


def serving(db: Db, now: datetime) -> list[Finding]:
    """Check the servers on a shared database, and that they notify each other at once."""
    live_servers = servers.alive(db, now)
    if not live_servers:
        return [problem("servers", "No server uses this database.", "systemctl start giliran, on its machines.")]
    warning_text = servers.missing_redis_warning(live_servers)
    if warning_text is not None:
        return [warning("servers", warning_text, "Start each server with the same --redis redis://…")]
    return [
        ok(
            "servers",
            f"Servers on this database: {', '.join(f'{s.host}:{s.port} (process {s.pid})' for s in live_servers)}.",
        )
    ]


def log(db: Db, now: datetime) -> list[Finding]:
    """Check that today's tickets are equal to what the event log contains."""
    findings = []
    for branch in branches.list_all(db):
        numbers = checkup.tickets_unlike_log(db, branch.id, business_day.today(branch, now))
        if numbers:
            listed = ", ".join(numbers[:NUMBERS_LISTED]) + (" …" if len(numbers) > NUMBERS_LISTED else "")
            findings.append(
                problem(
                    "log",
                    f"{branch.slug}: {len(numbers)} of today's tickets differ from the event log ({listed}).",
                    "Make a backup now and send it to the maintainers of Giliran; today's statistics may be wrong.",
                )
            )
    return findings or [ok("log", "Today's tickets match the event log.")]
