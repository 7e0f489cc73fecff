"""`doctor`: what is wrong, what it means, what to do."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from socket import gethostname
from time import monotonic

import click

from server.cli.options import DEFAULT_DATA, existing, honest, option, where
from server.cli.terminal import say, say_json
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

STYLE = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "red"}


PROGRESS_SECONDS = 2.0
"""So often a long look says how far it is."""


@click.command()
@option("--deep", is_flag=True, help="Also make every row anew from the log of events, and compare. Takes its time.")
@click.option(
    "--head",
    "kept",
    multiple=True,
    metavar="BRANCH:SEQ:DIGEST",
    help="A head that was printed earlier: is the log up to it as it was then? Looks deep; may be given several times.",
)
@option("--json", "as_json", is_flag=True, help="For programs: one JSON object.")
@where
@honest
def doctor(deep: bool, kept: tuple[str, ...], as_json: bool, data: Path, database: str | None) -> None:
    """Look everything over: data, disk, clock, server, printers, devices, papers, accounts.

    Changes nothing. Exit 0 when there is no problem (warnings may be), 1 otherwise.
    """
    heads = [_head(text) for text in kept]
    owner = data_directory.current_owner(data) if database is None else None
    found = data_checks.file(data) if database is None and not restoring.pending(data) else []
    if database is None and owner is None and not found:
        # looked at before the database is opened: SQLite drops what it cannot read
        found += data_checks.write_ahead(data)
    where_it_is = str(data.resolve())
    if not any(f.level is Level.PROBLEM for f in found):
        store = existing(data, database)
        try:
            found += examine(store, data, system_clock(), owner)
            if (deep or heads) and not any(f.about in ("data", "schema") and f.level is Level.PROBLEM for f in found):
                found += store.scan(lambda db: deep_checks.look(db, heads, _Progress().tell))
            where_it_is = where_it_is if database is None else store.url.render_as_string()
        finally:
            store.close()
    counts = Counter(f.level for f in found)
    if as_json:
        say_json(
            {
                "data": where_it_is,
                "at": system_clock().isoformat(timespec="seconds"),
                "problems": counts[Level.PROBLEM],
                "warnings": counts[Level.WARNING],
                "findings": [asdict(f) for f in found],
            }
        )
    else:
        for finding in found:
            say(f" {finding.about}: {finding.detail}", colour=(f"{finding.level:8}", STYLE[finding.level]))
            if finding.advice:
                say(f"{'':8} → {finding.advice}")
        if data != DEFAULT_DATA and database is None and any("giliran " in (f.advice or "") for f in found):
            say()
            say(f"The commands named above want --data {data} too.")
        say()
        say(f"{_many(counts[Level.PROBLEM], 'problem')}, {_many(counts[Level.WARNING], 'warning')}.")
    sys.exit(1 if counts[Level.PROBLEM] else 0)


def _head(text: str) -> Head:
    try:
        return read_head(text)
    except ValueError as error:
        raise Invalid(str(error)) from None


class _Progress:
    """Says on stderr how far a long look is, not more often than people read."""

    def __init__(self) -> None:
        self._next = monotonic() + PROGRESS_SECONDS

    def tell(self, done: str) -> None:
        if monotonic() >= self._next:
            say(f"giliran: {done}", err=True)
            self._next = monotonic() + PROGRESS_SECONDS


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
        try:
            zones, faults, inside = _read(store, now, owner)
            key = store.read(access.server_key)
        except Exception as error:  # noqa: BLE001 - whatever damaged rows lead to is what the doctor is there to tell
            found.append(
                problem(
                    "rows",
                    f"What is in the data cannot all be read: {error!r}.",
                    "giliran doctor --deep names the rows.",
                )
            )
            key = None
        if not store.sqlite:
            found += store.read(lambda db: data_checks.serving(db, now))
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


def _read(store: Store, now: datetime, owner: Owner | None) -> tuple[set[str], machine.Faults, list[Finding]]:
    """(the zones of the branches, what is wrong with the clock by their last events, what is found inside)."""
    zones = store.read(lambda db: {b.timezone for b in branches.list_all(db)})
    faults = store.read(lambda db: branches.clock_faults(db, now))
    inside = store.read(lambda db: _inside(db, now, owner)) if not machine.unknown_zones(zones) else []
    return zones, faults, inside


def _here(store: Store, owner: Owner | None, now: datetime) -> list[Owner]:
    """The servers of this machine that work on the data."""
    if store.sqlite:
        return [owner] if owner is not None and owner.port is not None else []
    alive = store.read(lambda db: servers.alive(db, now))
    return [Owner(data_directory.SERVER, one.pid, None, one.port) for one in alive if one.host == gethostname()]


def _inside(db: Db, now: datetime, owner: Owner | None) -> list[Finding]:
    every = branches.list_all(db)
    found = [*data_checks.log(db, now), *deep_checks.heads(db), *accounts.look(db)]
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
