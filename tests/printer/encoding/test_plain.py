"""A ticket in the printer's own letters."""

import logging
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from printer.encoding import encode_text
from tests.printer.builders import a_content


@pytest.mark.parametrize(("paper", "columns"), [(80, 48), (58, 32)])
def test_no_line_is_longer_than_the_paper(paper: int, columns: int) -> None:
    _, head, _, foot, _ = encode_text(a_content(service="Pelayanan " * 9, branch="x" * 200), paper)
    for line in (head + foot).split(b"\n"):
        letters = re.sub(rb"\x1b[@tEMaG].?|\x1d!(.)", b"", line, flags=re.DOTALL)
        width = max(
            (sizes >> 4) + 1
            for sizes in [0, *(line[at + 2] for at in range(len(line)) if line[at : at + 2] == b"\x1d!")]
        )
        assert len(letters) * width <= columns


def test_letters_that_the_printer_has_not_are_written_in_the_nearest() -> None:
    text = b"".join(encode_text(a_content(branch="Łódź “Café” – 10…", service="日本"), 80))
    assert b'?\xa2dz "Caf\x82" - 10...' in text
    assert b"??" in text


def test_control_characters_of_a_name_never_reach_the_printer() -> None:
    plain = b"".join(encode_text(a_content(), 80))
    hostile = b"".join(encode_text(a_content(branch="Mal\x1dV\x00\x10\x04\x01"), 80))
    assert hostile.count(b"\x1dV") == plain.count(b"\x1dV")
    assert b"\x10\x04" not in hostile


def test_a_ticket_in_letters_is_short_enough_for_a_slow_line() -> None:
    assert len(b"".join(encode_text(a_content(), 80))) < 1000  # about a second at 9600 baud


def test_importing_the_library_leaves_logging_and_the_temporary_folder_alone(tmp_path: Path) -> None:
    code = (
        "import logging, tempfile\n"
        "from printer.encoding.library import escpos\n"
        "escpos().Dummy().text('x')\n"
        "print(len(logging.getLogger().handlers), tempfile.tempdir)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"TMPDIR": str(tmp_path), "PATH": "/usr/bin"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split()[0] == "0"
    assert list(tmp_path.iterdir()) == []
    assert tempfile.gettempdir()
    assert logging.getLogger("escpos").level in (logging.NOTSET, logging.WARNING)
