"""Tables as CSV: plain for programs, or in the dialect of a language's spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TextIO

BYTE_ORDER_MARK = "\ufeff"
"""Without it, Excel reads UTF-8 in the machine's legacy encoding."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Characters that begin a formula in a spreadsheet; texts that begin with one are prefixed with '."""
_INDONESIAN_LANGUAGES = ("id", "ace", "ban", "bug", "jv", "mad", "min", "su")
_WITH_COMMA = frozenset(
    (
        *_INDONESIAN_LANGUAGES,
        *("az", "be", "bg", "bs", "ca", "cs", "da", "de", "el", "es", "et", "eu", "fi", "fr", "gl", "hr", "hu", "hy"),
        *("is", "it", "ka", "kk", "lt", "lv", "mk", "nb", "nl", "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sq"),
        *("sr", "sv", "tet", "tr", "uk", "uz", "vi"),
    )
)
"""Languages in which people, and the spreadsheets of their machines, write 1,5 for one and a half (Unicode CLDR)."""


@dataclass(frozen=True)
class Dialect:
    """The separator of cells, the decimal mark, and whether the file begins with a byte order mark."""

    separator: str = ","
    decimal: str = "."
    marked: bool = False


PLAIN = Dialect()
"""CSV for programs: RFC 4180, numbers with a point."""


def spreadsheet(language: str) -> Dialect:
    """Return the CSV dialect of spreadsheets in that language: 1,5 and semicolons, or 1.5 and commas."""
    return Dialect(";", ",", marked=True) if language in _WITH_COMMA else Dialect(",", ".", marked=True)


class TableWriter:
    """Writes rows in a dialect; a spreadsheet's byte order mark precedes the first."""

    def __init__(self, out: TextIO, dialect: Dialect) -> None:
        self._dialect = dialect
        self._writer = csv.writer(out, delimiter=dialect.separator, lineterminator="\r\n")
        if dialect.marked:
            out.write(BYTE_ORDER_MARK)

    def row(self, cells: Iterable[Any]) -> None:
        """Write a line: numbers in the dialect, None as an empty cell, and no text that begins a formula."""
        self._writer.writerow([self._cell(cell) for cell in cells])

    def _cell(self, cell: Any) -> Any:
        if isinstance(cell, float):
            return str(cell).replace(".", self._dialect.decimal)
        return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def table(dialect: Dialect, rows: Iterable[Iterable[Any]]) -> str:
    """Return rows as the text of a file."""
    out = io.StringIO()
    writer = TableWriter(out, dialect)
    for row in rows:
        writer.row(row)
    return out.getvalue()
