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

from server.cli.options import data_options, existing_store, option, report_errors
from server.cli.terminal import TerminalRows, print_line
from server.contract import tables
from server.domain.errors import Invalid
from server.store.engines.store import Store
from server.store.maintenance import exporting
from server.store.maintenance.exporting import COLUMNS, ExportKind
from server.store.maintenance.migrating import newest, refuse_newer, revision
from server.store.tables import branches

KINDS: tuple[ExportKind, ...] = ("tickets", "legs", "events")
DAY = click.DateTime(["%Y-%m-%d"])
_WriteRow: TypeAlias = Callable[[tuple[Any, ...]], None]


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
@option("--force", is_flag=True, help="Overwrite existing files.")
@data_options
@report_errors
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

    The encoding is UTF-8. Times are UTC, business days are the branch's own. In CSV, text that a spreadsheet would
    take for a formula gets a ' before it; JSON lines contain all text unchanged. Notes and reasons written by staff
    are included.
    """
    if first is not None and last is not None and last < first:
        raise Invalid("--to is before --from.")
    if what == "all" and output is None:
        raise Invalid("`all` writes three files: name a directory for them with --output DIR.")
    kinds = KINDS if what == "all" else tuple(k for k in KINDS if k == what)
    store = existing_store(data, database)
    try:
        current = revision(store)
        refuse_newer(current)
        if current != newest():
            raise Invalid("The data are of an older release. Run `giliran migrate` first, with the server stopped.")
        suffix = "jsonl" if form == "jsonl" else "csv"
        dialect = _spreadsheet(store, branch) if form == "spreadsheet" else tables.PLAIN
        for kind in kinds:
            target = output / f"{kind}.{suffix}" if what == "all" and output is not None else output
            days = (first.date() if first else None, last.date() if last else None)
            with _target(target, force=force) as out:
                write_row = _json(out, kind) if form == "jsonl" else _csv(out, kind, dialect)
                count = _write(store, write_row, kind, branch, *days)
            if target is not None:
                print_line(f"{target}: {count} {kind}")
    finally:
        store.close()


def _write(
    store: Store, write_row: _WriteRow, kind: ExportKind, branch: str | None, first: date | None, last: date | None
) -> int:
    def all_rows(db: Any) -> int:
        count = 0
        for count, row in enumerate(exporting.rows(db, kind, branch, first, last), 1):  # noqa: B007 - the last value is the count
            write_row(row)
        return count

    return store.scan(all_rows)


def _spreadsheet(store: Store, slug: str | None) -> tables.Dialect:
    """Return the dialect of the branch's first language, or of the first branch's if none is named."""

    def language(db: Any) -> str:
        selected = (
            branches.list_all(db, retired_too=True) if slug is None else [branches.get(db, slug, retired_too=True)]
        )
        return selected[0].languages[0] if selected else "en"

    return tables.spreadsheet(store.read(language))


def _csv(out: TextIO, kind: ExportKind, dialect: tables.Dialect) -> _WriteRow:
    writer = tables.TableWriter(out, dialect)
    writer.row(COLUMNS[kind])

    def put(row: tuple[Any, ...]) -> None:
        writer.row(_cell(value) for value in row)

    return put


def _cell(value: Any) -> Any:
    plain = _plain(value)
    return json.dumps(plain, ensure_ascii=False) if isinstance(plain, dict | list) else plain


def _json(out: TextIO, kind: ExportKind) -> _WriteRow:
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
    """Open the output: stdout, or a file that appears only when complete, readable by its owner only."""
    if file is None and sys.stdout.isatty():
        yield TerminalRows()
        return
    if file is None:
        # bytes, since the terminal's encoding or Windows line ends would change the output
        out = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
        try:
            yield out
            out.flush()
        finally:
            out.detach()
        return
    if file.exists() and not force:
        raise Invalid(f"{file} exists already. Choose another name, or add --force to overwrite it.")
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
