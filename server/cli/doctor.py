"""`doctor`: reports what is wrong, what it means and what to do."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from socket import gethostname
from time import monotonic

import click

from server.cli.options import DEFAULT_DATA, data_options, existing_store, option, report_errors
from server.cli.terminal import print_json, print_line
from server.clock import system_clock
from server.doctor import accounts, machine
from server.doctor import branch as branch_checks
from server.doctor import data as data_checks
from server.doctor import deep as deep_checks
from server.doctor.findings import Finding, Level, problem
from server.doctor.letters import letters
from server.domain.errors import Invalid
from server.domain.history.event_chain import Head, read_head
from server.store.engines.store import Db, Store
from server.store.maintenance import data_directory, restoring
from server.store.maintenance.data_directory import Owner
from server.store.tables import access, branches, servers
from server.web.release import pages_build

STYLE = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "red"}


PROGRESS_SECONDS = 2.0
"""Seconds between two progress lines of a long check."""


@click.command()
@option("--deep", is_flag=True, help="Also rebuild every row from the event log, and compare. This takes a while.")
@click.option(
    "--head",
    "head_texts",
    multiple=True,
    metavar="BRANCH:SEQ:DIGEST",
    help="A head printed earlier: check that the log up to it is unchanged (implies --deep; repeatable).",
)
@option("--json", "as_json", is_flag=True, help="For programs: one JSON object.")
@data_options
@report_errors
def doctor(deep: bool, head_texts: tuple[str, ...], as_json: bool, data: Path, database: str | None) -> None:
    """Check everything: data, disk, clock, server, printers, devices, papers, accounts.

    Changes nothing. Exit 0 without problems (there may be warnings), 1 otherwise.
    """
    heads = [_head(text) for text in head_texts]
    owner = data_directory.current_owner(data) if database is None else None
    findings = data_checks.file(data) if database is None and not restoring.pending(data) else []
    if database is None and owner is None and not findings:
        # before the database is opened: SQLite drops what it cannot read
        findings += data_checks.write_ahead(data)
    location = str(data.resolve())
    if not any(f.level is Level.PROBLEM for f in findings):
        store = existing_store(data, database)
        try:
            findings += examine(store, data, system_clock(), owner)
            if (deep or heads) and not any(
                f.about in ("data", "schema") and f.level is Level.PROBLEM for f in findings
            ):
                findings += store.scan(lambda db: deep_checks.check(db, heads, _Progress().report))
            location = location if database is None else store.url.render_as_string()
        finally:
            store.close()
    counts = Counter(f.level for f in findings)
    if as_json:
        print_json(
            {
                "data": location,
                "at": system_clock().isoformat(timespec="seconds"),
                "problems": counts[Level.PROBLEM],
                "warnings": counts[Level.WARNING],
                "findings": [asdict(f) for f in findings],
            }
        )
    else:
        for finding in findings:
            print_line(f" {finding.about}: {finding.detail}", colour=(f"{finding.level:8}", STYLE[finding.level]))
            if finding.advice:
                print_line(f"{'':8} → {finding.advice}")
        if data != DEFAULT_DATA and database is None and any("giliran " in (f.advice or "") for f in findings):
            print_line()
            print_line(f"Add --data {data} to the commands above.")
        print_line()
        print_line(f"{_count_of(counts[Level.PROBLEM], 'problem')}, {_count_of(counts[Level.WARNING], 'warning')}.")
    sys.exit(1 if counts[Level.PROBLEM] else 0)


def _head(text: str) -> Head:
    try:
        return read_head(text)
    except ValueError as error:
        raise Invalid(str(error)) from None


class _Progress:
    """Prints the progress of a long check on stderr, at most every PROGRESS_SECONDS."""

    def __init__(self) -> None:
        self._next = monotonic() + PROGRESS_SECONDS

    def report(self, progress: str) -> None:
        if monotonic() >= self._next:
            print_line(f"giliran: {progress}", err=True)
            self._next = monotonic() + PROGRESS_SECONDS


def examine(store: Store, data: Path, now: datetime, owner: Owner | None) -> list[Finding]:
    """Return all findings; for data of another schema, only those about the machine."""
    build = pages_build()
    findings = [*(machine.server(data, owner, build) if store.sqlite else []), *data_checks.database(store, data)]
    readable = all(f.level is not Level.PROBLEM for f in findings if f.about == "data")
    schema = data_checks.schema(store) if readable else []
    findings += schema
    zones: set[str] = set()
    faults: machine.Faults = {}
    branch_findings: list[Finding] = []
    if readable and all(f.level is Level.OK for f in schema):
        try:
            zones, faults, branch_findings = _read_branches(store, now, owner)
            key = store.read(access.server_key)
        except Exception as error:  # noqa: BLE001 - damaged rows can cause any error, and the doctor reports it
            findings.append(
                problem(
                    "rows",
                    f"Some of the data cannot be read: {error!r}.",
                    "giliran doctor --deep names the rows.",
                )
            )
            key = None
        if not store.sqlite:
            findings += store.read(lambda db: data_checks.serving(db, now))
        for owner_here in _local_servers(store, owner, now):
            findings += machine.status(owner_here, key) if key else []
    return [
        *findings,
        *(machine.disk(data) + machine.permissions(data, owner) if data.is_dir() else []),
        *machine.clock(now, zones, faults),
        *machine.voice(data),
        *machine.pages(build),
        *branch_findings,
    ]


def _read_branches(store: Store, now: datetime, owner: Owner | None) -> tuple[set[str], machine.Faults, list[Finding]]:
    """Return (time zones of the branches, clock faults by their last events, findings about branches)."""
    zones = store.read(lambda db: {b.timezone for b in branches.list_all(db)})
    faults = store.read(lambda db: branches.clock_faults(db, now))
    findings = store.read(lambda db: _branch_findings(db, now, owner)) if not machine.unknown_zones(zones) else []
    return zones, faults, findings


def _local_servers(store: Store, owner: Owner | None, now: datetime) -> list[Owner]:
    """Return the servers of this machine that use the data."""
    if store.sqlite:
        return [owner] if owner is not None and owner.port is not None else []
    alive = store.read(lambda db: servers.alive(db, now))
    return [
        Owner(data_directory.SERVER, server.pid, None, server.port) for server in alive if server.host == gethostname()
    ]


def _branch_findings(db: Db, now: datetime, owner: Owner | None) -> list[Finding]:
    all_branches = branches.list_all(db)
    findings = [*data_checks.log(db, now), *deep_checks.heads(db), *accounts.check(db)]
    for branch in all_branches:
        findings += [
            *branch_checks.services(db, branch, now),
            *branch_checks.day(db, branch, now),
            *branch_checks.address(branch, owner),
            *branch_checks.devices(db, branch, now),
            *branch_checks.papers(db, branch, now),
            *letters(branch),
        ]
    return findings if all_branches else [*findings, branch_checks.no_branch()]


def _count_of(count: int, word: str) -> str:
    return f"{count or 'no'} {word}{'' if count == 1 else 's'}"
