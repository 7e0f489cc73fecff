"""Kinds of printers that shops sell, each as a virtual printer, and the tables of docs/printers.md that they fill.

python -m tests.printer.kinds     writes the tables anew
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from printer.encoding.library import KnownModel, models
from printer.virtual import Model

PAGE = Path(__file__).resolve().parents[2] / "docs" / "printers.md"
_TABLE = "<!-- {name}: filled by tests/printer/kinds.py -->\n(.*?)<!-- end of {name} -->\n"


@dataclass(frozen=True)
class Kind:
    """A kind of printer, what to write after its address, and which roll its agent and the server are told."""

    name: str
    model: Model
    options: str = ""
    paper: int | None = None
    declared: int = 80


SILENT = "Fantasy 3000"  # a name that no list has

KINDS = (
    Kind("80 mm, 203 dots an inch", Model(576, SILENT)),
    Kind("80 mm, 180 dots an inch, says its model (Epson TM-T88, TM-T70, TM-T90)", Model(512, "TM-T88V")),
    Kind("80 mm, 180 dots an inch, says no model that is known", Model(512, SILENT), "?dots=512"),
    Kind("80 mm, narrower area set in the printer (42 columns)", Model(504, SILENT), "?dots=504"),
    Kind("112 mm, 203 dots an inch", Model(832, SILENT), "?dots=832"),
    Kind("58 mm, declared as such", Model(384, SILENT), declared=58),
    Kind("58 mm, says its model (POS-5890)", Model(384, "POS-5890", cutter=False)),
    Kind("58 mm, declared as 80 mm", Model(384, SILENT), paper=58),
    Kind("58 mm, without a cutter", Model(384, SILENT, cutter=False), declared=58),
    Kind("58 mm, 180 dots an inch", Model(360, SILENT), "?dots=360", declared=58),
    Kind("80 mm, without a cutter", Model(576, SILENT, cutter=False), "?cut=no"),
    Kind("drops pictures of more than 4 KB", Model(576, SILENT, raster_bytes=4096)),
    Kind("prints pictures of more than 4 KB as letters", Model(576, SILENT, raster_bytes=4096, spills=True)),
    Kind("drops pictures of more than 2 KB", Model(576, SILENT, raster_bytes=2048), "?band=24"),
    Kind("drops pictures of more than 24 rows", Model(384, SILENT, raster_rows=24), "?band=24", declared=58),
    Kind("loses pictures whose height is a multiple of 48 (POS-5890K)", Model(384, SILENT, swallows=48), declared=58),
    Kind("loses pictures whose height is a multiple of 8 or a power of two", Model(576, SILENT, swallows=8)),
    Kind("made for China, printing letters", Model(576, SILENT, chinese=True), "?mode=text"),
)


def kinds_table() -> str:
    """One row a kind: what to set for it."""
    rows = ["| kind of printer | what to set |", "|---|---|"]
    for kind in KINDS:
        flags = [f"`{kind.options[1:]}`"] if kind.options else []
        flags += [f"`--paper {kind.paper}`"] if kind.paper else []
        rows.append(f"| {kind.name} | {', '.join(flags) or 'nothing'} |")
    return "\n".join(rows) + "\n"


def models_table() -> str:
    """One row a model of python-escpos's list: what `profile=` brings for it."""
    rows = ["| `profile=` | maker | dots | roll | cutter | tickets |", "|---|---|---|---|---|---|"]
    return "\n".join([*rows, *map(_row, models())]) + "\n"


def _row(model: KnownModel) -> str:
    dots = model.dots or "set `dots=` or `--paper`"
    roll = f"{model.paper} mm" if model.paper else "?"
    tickets = "drawn" if model.pictures else "in its own letters"
    return f"| {model.key} | {model.maker} | {dots} | {roll} | {'yes' if model.cutter else 'no'} | {tickets} |"


TABLES = {"kinds": kinds_table, "models": models_table}


def in_page(name: str, page: str) -> str:
    """A table as the page has it."""
    return _find(name, page)[1]


def _find(name: str, page: str) -> re.Match[str]:
    found = re.search(_TABLE.format(name=name), page, re.DOTALL)
    assert found is not None, f"docs/printers.md has no place for the table {name}"
    return found


def main() -> None:
    """Writes the tables into the page."""
    page = PAGE.read_text(encoding="utf-8")
    for name, table in TABLES.items():
        found = _find(name, page)
        page = page[: found.start(1)] + table() + page[found.end(1) :]
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
