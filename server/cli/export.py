"""`export`: tickets, legs and events for other programs."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TextIO, TypeAlias

import click

from server.cli.options import existing, honest, option, where
from server.cli.terminal import RowsOnTerminal, say
from server.contract import tables
from server.domain.errors import Invalid
from server.store.engines.store import Store
from server.store.maintenance import exporting
from server.store.maintenance.exporting import COLUMNS, ExportKind
from server.store.maintenance.migrating import newest, refuse_newer, revision
from server.store.tables import branches

KINDS: tuple[ExportKind, ...] = ("tickets", "legs", "events")
DAY = click.DateTime(["%Y-%m-%d"])
_Put: TypeAlias = Callable[[tuple[Any, ...]], None]


@click.command()
@click.argument("what", type=click.Choice([*KINDS, "all"]), default="tickets")
@option("--branch", help="The branch's slug; without it, every branch, retired ones too.")
@option("--from", "first", type=DAY, help="The first business day.")
@option("--to", "last", type=DAY, help="The last business day, included.")
@option(
    "--format",
    "form",
    type=click.Choice(["csv", "spreadsheet", "jsonl"]),
    default="csv",
    show_default=True,
    help="CSV for programs, CSV for a spreadsheet in the branch's first language, or JSON lines.",
)
@option("--output", type=click.Path(path_type=Path), help="A file to write; for `all`, a directory.  [default: stdout]")
@option("--force", is_flag=True, help="Write over files that are there.")
@where
@honest
def export(
    what: str,
    branch: str | None,
    first: datetime | None,
    last: datetime | None,
    form: str,
    output: Path | None,
    force: bool,
    data: Path,
    database: str | None,
) -> None:
    """Write tickets, legs, events, or all three, also while the server runs.

    UTF-8; times are UTC, business days the branch's own. In CSV a text that a spreadsheet would take for a formula has
    a ' before it; JSON lines have every text as it is. Notes and reasons that staff have written come along.
    """
    if first is not None and last is not None and last < first:
        raise Invalid("--to is before --from.")
    if what == "all" and output is None:
        raise Invalid("`all` is three files: name a directory for them with --output DIR.")
    kinds = KINDS if what == "all" else tuple(k for k in KINDS if k == what)
    store = existing(data, database)
    try:
        known = revision(store)
        refuse_newer(known)
        if known != newest():
            raise Invalid("The data are of an older release. Run `giliran migrate` first, with the server stopped.")
        ending = "jsonl" if form == "jsonl" else "csv"
        dialect = _spreadsheet(store, branch) if form == "spreadsheet" else tables.PLAIN
        for kind in kinds:
            target = output / f"{kind}.{ending}" if what == "all" and output is not None else output
            days = (first.date() if first else None, last.date() if last else None)
            with _target(target, force=force) as out:
                put = _json(out, kind) if form == "jsonl" else _csv(out, kind, dialect)
                count = _write(store, put, kind, branch, *days)
            if target is not None:
                say(f"{target}: {count} {kind}")
    finally:
        store.close()


def _write(store: Store, put: _Put, kind: ExportKind, branch: str | None, first: date | None, last: date | None) -> int:
    def all_rows(db: Any) -> int:
        count = 0
        for count, row in enumerate(exporting.rows(db, kind, branch, first, last), 1):  # noqa: B007 - the last is the count
            put(row)
        return count

    return store.scan(all_rows)


def _spreadsheet(store: Store, slug: str | None) -> tables.Dialect:
    """The dialect of the branch's first language; where none is named, of the first branch's."""

    def language(db: Any) -> str:
        found = branches.list_all(db, retired_too=True) if slug is None else [branches.get(db, slug, retired_too=True)]
        return found[0].languages[0] if found else "en"

    return tables.spreadsheet(store.read(language))


def _csv(out: TextIO, kind: ExportKind, dialect: tables.Dialect) -> _Put:
    writer = tables.TableWriter(out, dialect)
    writer.row(COLUMNS[kind])

    def put(row: tuple[Any, ...]) -> None:
        writer.row(_cell(value) for value in row)

    return put


def _cell(value: Any) -> Any:
    plain = _plain(value)
    return json.dumps(plain, ensure_ascii=False) if isinstance(plain, dict | list) else plain


def _json(out: TextIO, kind: ExportKind) -> _Put:
    columns = tuple(COLUMNS[kind])

    def put(row: tuple[Any, ...]) -> None:
        out.write(json.dumps(dict(zip(columns, map(_plain, row), strict=True)), ensure_ascii=False) + "\n")

    return put


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


@contextmanager
def _target(file: Path | None, *, force: bool) -> Iterator[TextIO]:
    """Where to write: stdout, or a file that is there whole or not at all, for its owner alone."""
    if file is None and sys.stdout.isatty():
        yield RowsOnTerminal()
        return
    if file is None:
        # as bytes: a terminal's own encoding, or Windows' line ends, would change what is written
        out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
        try:
            yield out
            out.flush()
        finally:
            out.detach()
        return
    if file.exists() and not force:
        raise Invalid(f"{file} is there already. Choose another name, or say --force to write over it.")
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as text:
            yield text
            text.flush()
            os.fsync(text.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
