"""A report opened by a real spreadsheet program, as it is set up in Jakarta, Berlin and London.

Needs LibreOffice Calc (`apt-get install --no-install-recommends libreoffice-calc`); without it, this is skipped.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from server.contract.tables import Dialect, spreadsheet, table

SOFFICE = shutil.which("soffice")
ROWS: list[list[Any]] = [
    ["service", "issued", "wait_mean", "wait_p90", "within_target"],
    ["A", 1200, 90.5, None, 0.9333],
    ["B", 7, 1234.5, 0.1, 1.0],
    ["=1+1", 0, -0.5, 3.0, 0.0],
    ["Kasir; 2, \u0e01 \u201cé\u201d", 1, 2.0, 4.5, None],
]
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>{locale}</value></prop>
</item>
</oor:items>"""
NAMES = {
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
}


def opened(text: str, dialect: Dialect, locale: str, folder: Path) -> list[list[object]]:
    """Return the cells of the opened file, numbers as floats, on a machine with that locale."""
    file = folder / "report.csv"
    file.write_text(text, encoding="utf-8", newline="")
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(PROFILE.format(locale=locale))
    # the separator that the program proposes where people write numbers so; UTF-8 by the file's mark; its own language
    filtered = f"CSV:{ord(dialect.separator)},34,76,1"
    command = [
        str(SOFFICE), f"-env:UserInstallation=file://{profile}", "--headless", f"--infilter={filtered}",
        "--convert-to", "fods", "--outdir", str(folder), str(file),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert (folder / "report.fods").exists(), done.stderr
    rows = ElementTree.parse(folder / "report.fods").getroot().iterfind(".//table:table-row", NAMES)
    return [cells for row in rows if any(cells := _cells(row))]


def _cells(row: ElementTree.Element) -> list[object]:
    cells: list[object] = []
    for cell in row.iterfind("table:table-cell", NAMES):
        times = int(cell.get(f"{{{NAMES['table']}}}number-columns-repeated", "1"))
        kind = cell.get(f"{{{NAMES['office']}}}value-type")
        assert cell.get(f"{{{NAMES['table']}}}formula") is None, "a cell became a formula"
        value: object = None
        if kind in ("float", "percentage"):
            value = float(cell.get(f"{{{NAMES['office']}}}value", "nan"))
        elif kind is not None:
            value = "".join(cell.itertext()).strip()
        cells += [value] * min(times, len(ROWS[0]))
    return cells[: len(ROWS[0])]


@pytest.mark.torture
@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice Calc is not installed: apt-get install libreoffice-calc")
@pytest.mark.parametrize(("language", "locale"), [("id", "id-ID"), ("de", "de-DE"), ("en", "en-GB")])
def test_numbers_are_numbers_and_texts_are_texts(language: str, locale: str, tmp_path: Path) -> None:
    dialect = spreadsheet(language)
    cells = opened(table(dialect, ROWS), dialect, locale, tmp_path)
    expected = [[float(c) if isinstance(c, int | float) else c for c in row] for row in ROWS]
    expected[3][0] = "'=1+1"  # disarmed: a text, and no formula
    assert cells == expected
