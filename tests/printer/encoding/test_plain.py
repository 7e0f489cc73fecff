"""A ticket in the printer's own letters."""

import importlib
import logging
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from printer.encoding import commands, encode_text
from printer.encoding.library import models
from printer.link import deliver
from printer.virtual import Model, VirtualPrinter
from tests.printer.builders import CALM, a_content, the_line_to


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
    text = b"".join(encode_text(a_content(branch="Łódź “Café” – 10…", service="日本 🎉"), 80))
    assert b'L\xa2dz "Caf\x82" - 10...' in text
    assert b"RiBen\n" in text
    assert b"?" not in text.replace(b"http://", b"")


@pytest.mark.parametrize("profile", ["default", "simple", *(model.key for model in models())])
def test_no_printer_gets_a_question_mark_for_a_letter(profile: str) -> None:
    name = "Łódź Żółw €5 Größe Ñandú İstanbul Ελλάδα Привет ไทย 日本 한국 العربية ½ ✓ ☎ 🎉 \ue000"
    text = b"".join(encode_text(a_content(branch=name, service="🎉", url=None), 80, profile=profile))
    assert b"?" not in text
    assert b"tada" in text  # a name of nothing but pictures is said in words


@pytest.mark.parametrize(
    ("profile", "name"),
    [("TM-T88V", "Łódź Żółw, 5 €"), ("POS-5890", "Łódź Żółw, 5 €"), ("TM-T88V", "Ελλάδα, Привет, Ñandú")],
)
def test_letters_of_the_models_own_sets_come_out_as_they_are(profile: str, name: str) -> None:
    text = read_as(profile, b"".join(encode_text(a_content(branch=name, url=None), 80, profile=profile)))
    assert name + "\n" in text


def test_a_euro_is_written_in_the_set_that_most_printers_have() -> None:
    capabilities = importlib.import_module("escpos.capabilities").CAPABILITIES
    for model in models():
        sets = capabilities["profiles"][model.key]["codePages"]
        numbers = [int(number) for number, name in sets.items() if name == "CP858"]
        job = b"".join(encode_text(a_content(branch="5 €", url=None), 80, profile=model.key))
        if numbers:
            assert any(b"\x1bt" + bytes([number]) + b"\xd5" in job for number in numbers), model.key


def read_as(profile: str, job: bytes) -> str:
    """The letters of a job as the printer of that profile has them, ESC t by ESC t."""
    capabilities = importlib.import_module("escpos.capabilities").CAPABILITIES
    sets = capabilities["profiles"][profile]["codePages"]
    first, *others = re.split(rb"\x1bt(.)", job, flags=re.DOTALL)
    text = first.decode("cp437")
    for number, part in zip(others[::2], others[1::2], strict=True):
        entry = capabilities["encodings"][sets[str(number[0])]]
        upper = (
            "".join(entry["data"])
            if "data" in entry
            else bytes(range(128, 256)).decode(entry["python_encode"], "replace")
        )
        text += "".join(chr(byte) if byte < 128 else upper[byte - 128] for byte in part)
    return text


def test_a_printer_made_for_china_is_told_that_letters_are_letters_where_it_must() -> None:
    content = a_content(branch="Café Größe", url=None)
    with VirtualPrinter(pace=None) as plain, VirtualPrinter(pace=None, model=Model(576, chinese=True)) as chinese:
        for printer in (plain, chinese):
            line = the_line_to(printer)
            deliver(line, lambda: encode_text(content, 80), identifier=b"0001", on_start=lambda: None, patience=CALM)
        assert chinese.tickets[0].picture.tobytes() == plain.tickets[0].picture.tobytes()
    for plain_words, profile in ((a_content(url=None), "default"), (content, "TM-T88V")):
        assert commands.LEAVE_CHINESE not in b"".join(encode_text(plain_words, 80, profile=profile))


def test_a_narrower_head_has_shorter_lines() -> None:
    for dots, letters in ((512, 42), (360, 30), (576, 48)):
        text = b"".join(encode_text(a_content(url=None), 80, dots=dots))
        assert b"\n" + b"-" * letters + b"\n" in re.sub(rb"\x1b[EMa].|\x1d!.", b"", text)


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
