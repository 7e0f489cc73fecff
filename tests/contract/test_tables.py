"""CSV for programs and for spreadsheets."""

from __future__ import annotations

from typing import Any

import pytest

from server.contract.tables import PLAIN, Dialect, spreadsheet, table

ROWS: list[list[Any]] = [
    ["key", "n", "mean"],
    ["A", 1200, 12.5],
    ["=1+1", None, 0.9333],
    ["a;b,c", -3, 3.0],
    ['say "x"', 7, -0.5],
]


def test_plain_csv_is_for_programs() -> None:
    assert table(PLAIN, ROWS) == (
        'key,n,mean\r\nA,1200,12.5\r\n\'=1+1,,0.9333\r\n"a;b,c",-3,3.0\r\n"say ""x""",7,-0.5\r\n'
    )


@pytest.mark.parametrize("language", ["id", "de", "su", "fr"])
def test_with_a_decimal_comma_cells_are_separated_by_semicolons(language: str) -> None:
    assert table(spreadsheet(language), ROWS) == (
        '\ufeffkey;n;mean\r\nA;1200;12,5\r\n\'=1+1;;0,9333\r\n"a;b,c";-3;3,0\r\n"say ""x""";7;-0,5\r\n'
    )


@pytest.mark.parametrize("language", ["en", "ms", "th", "zh", "xx"])
def test_with_a_decimal_point_cells_are_separated_by_commas(language: str) -> None:
    assert table(spreadsheet(language), ROWS) == "\ufeff" + table(PLAIN, ROWS)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\tx", "\rx", "\n=1"])
@pytest.mark.parametrize("dialect", [PLAIN, spreadsheet("id"), spreadsheet("en")])
def test_no_text_begins_a_formula(dialect: Dialect, text: str) -> None:
    written = table(dialect, [[text]])
    assert written.lstrip("\ufeff").strip('"\r\n').startswith("'")
