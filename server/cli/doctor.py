"""`doctor`: what is wrong, what it means, what to do."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from socket import gethostname

import click

from server.cli.options import DEFAULT_DATA, existing, honest, option, where
from server.clock import system_clock
from server.doctor import accounts, machine
from server.doctor import branch as branch_checks
from server.doctor import data as data_checks
from server.doctor.findings import Finding, Level
from server.doctor.letters import letters
from server.store import access, branches, data_directory, servers
from server.store.data_directory import Owner
from server.store.engine import Db, Store

STYLE = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "red"}


@click.command()
@option("--json", "as_json", is_flag=True, help="For programs: one JSON object.")
@where
@honest
def doctor(as_json: bool, data: Path, database: str | None) -> None:
    """Look everything over: data, disk, clock, server, printers, devices, papers, accounts.

    Changes nothing. Exit 0 when there is no problem (warnings may be), 1 otherwise.
    """
    owner = data_directory.owner(data) if database is None else None
    # looked at before the database is opened: SQLite drops what it cannot read
    found = data_checks.write_ahead(data) if database is None and owner is None else []
    if not any(f.level is Level.PROBLEM for f in found):
        store = existing(data, database)
        try:
            found += examine(store, data, system_clock(), owner)
        finally:
            store.close()
    counts = Counter(f.level for f in found)
    if as_json:
        told = {
            "data": str(data.resolve()) if database is None else store.url.render_as_string(),
            "at": system_clock().isoformat(timespec="seconds"),
            "problems": counts[Level.PROBLEM],
            "warnings": counts[Level.WARNING],
            "findings": [asdict(f) for f in found],
        }
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        for finding in found:
            click.echo(
                f"{click.style(f'{finding.level:8}', fg=STYLE[finding.level])} {finding.about}: {finding.detail}"
            )
            if finding.advice:
                click.echo(f"{'':8} → {finding.advice}")
        if data != DEFAULT_DATA and database is None and any("giliran " in (f.advice or "") for f in found):
            click.echo(f"\nThe commands named above want --data {data} too.")
        click.echo(f"\n{_many(counts[Level.PROBLEM], 'problem')}, {_many(counts[Level.WARNING], 'warning')}.")
    sys.exit(1 if counts[Level.PROBLEM] else 0)


def examine(store: Store, data: Path, now: datetime, owner: Owner | None) -> list[Finding]:
    """Everything that is found: of data of another schema only what concerns the machine."""
    from server.app import pages_build

    build = pages_build()
    found = [*(machine.server(data, owner, build) if store.sqlite else []), *data_checks.database(store, data)]
    readable = all(f.level is not Level.PROBLEM for f in found if f.about == "data")
    schema = data_checks.schema(store) if readable else []
    found += schema
    zones: set[str] = set()
    faults: machine.Faults = {}
    inside: list[Finding] = []
    if readable and all(f.level is Level.OK for f in schema):
        zones = store.read(lambda db: {b.timezone for b in branches.every(db)})
        faults = store.read(lambda db: branches.clock_faults(db, now))
        inside = store.read(lambda db: _inside(db, now, owner)) if not machine.unknown_zones(zones) else []
        if not store.sqlite:
            found += store.read(lambda db: data_checks.serving(db, now))
        key = store.read(access.server_key)
        for one in _here(store, owner, now):
            found += machine.running(one, key) if key else []
    return [
        *found,
        *(machine.disk(data) + machine.permissions(data, owner) if data.is_dir() else []),
        *machine.clock(now, zones, faults),
        *machine.voice(data),
        *machine.pages(build),
        *inside,
    ]


def _here(store: Store, owner: Owner | None, now: datetime) -> list[Owner]:
    """The servers of this machine that work on the data."""
    if store.sqlite:
        return [owner] if owner is not None and owner.port is not None else []
    alive = store.read(lambda db: servers.alive(db, now))
    return [Owner(data_directory.SERVER, one.pid, None, one.port) for one in alive if one.host == gethostname()]


def _inside(db: Db, now: datetime, owner: Owner | None) -> list[Finding]:
    every = branches.every(db)
    found = [*data_checks.log(db, now), *accounts.look(db)]
    for one in every:
        found += [
            *branch_checks.services(db, one, now),
            *branch_checks.day(db, one, now),
            *branch_checks.address(one, owner),
            *branch_checks.devices(db, one, now),
            *branch_checks.papers(db, one, now),
            *letters(one),
        ]
    return found if every else [*found, branch_checks.no_branch()]


def _many(count: int, word: str) -> str:
    return f"{count or 'no'} {word}{'' if count == 1 else 's'}"
