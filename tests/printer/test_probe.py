"""What the operator is told about a printer, and what to do about it."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from printer.devices import Address
from printer.devices.file import FilePrinter
from printer.encoding.library import roll_of
from printer.layout import draw
from printer.link import Outcome, Proof
from printer.memory import Memory
from printer.probe import NoPrinter, language_of, probe, texts
from printer.unfinished import habits_beside, place_for
from printer.virtual import VirtualPrinter
from tests.printer.builders import HASTY, a_content, a_delivery_to, the_address_of


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ({}, ["Ready    yes", "by its own name", "it tells by itself", "80 mm paper"]),
        ({"answers": "in_order"}, ["GS r", "While its memory is full", "a strip of their own"]),
        ({"answers": "status"}, ["does not say its name", "each one stays in doubt", "probe it again"]),
        (
            {"answers": "status", "off_line": True},
            ["names no cause", "If it prints nevertheless", "?proof=none to its"],
        ),
        ({"hot": True}, ["too hot. Let it cool down", "cannot be told while it is not ready"]),
        ({"off_line": True}, ["yes: it always says that it is off line", "by its own name"]),
        ({"late": 1.2}, ["by its own name"]),
        ({"paper": "out"}, ["the paper is out. Load a roll.", "Paper    out"]),
        ({"paper": "near_end"}, ["Have a roll at hand"]),
        ({"cover_open": True}, ["Close it"]),
        ({"cutter": "stuck"}, ["the cutter is stuck"]),
        ({"cutter": "broken"}, ["Switch it off and on"]),
    ],
)
def test_it_says_in_plain_words_how_the_printer_is_and_what_to_do(faults: dict[str, Any], words: list[str]) -> None:
    with VirtualPrinter(pace=None) as printer:
        printer.set_faults(**faults)
        said = "\n".join(probe(the_address_of(printer), None, "en", HASTY))
    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ({"refuse": True}, "cannot be reached: .* connection refused"),
        ({"unreachable": True}, "cannot be reached: .* timed out"),
        ({"stall": True}, "not answer as a printer does.*probe it again.*proof=none"),
        ({"answers": "none"}, "not answer as a printer does.*probe it again.*proof=none"),
    ],
)
def test_without_a_printer_it_says_in_one_line_what_to_look_at(faults: dict[str, Any], words: str) -> None:
    with VirtualPrinter(pace=None) as printer:
        printer.set_faults(**faults)
        with pytest.raises(NoPrinter, match=words):
            probe(the_address_of(printer), None, "en", HASTY)


@pytest.mark.parametrize(
    "faults", [{"paper": "out"}, {"cover_open": True}, {"hot": True}, {"busy": True}, {"late": 1.2}]
)
def test_a_printer_that_cannot_show_its_proof_now_is_never_advised_to_do_without(faults: dict[str, Any]) -> None:
    with VirtualPrinter(pace=None) as printer:
        printer.set_faults(**faults)
        said = "\n".join(probe(the_address_of(printer), None, "en", replace(HASTY, first=0.5)))
    assert "proof=none" not in said


def test_letters_that_a_small_printer_makes_of_a_question_are_not_the_head_of_the_next_ticket() -> None:
    with VirtualPrinter(pace=None) as printer:
        printer.set_faults(answers="in_order", letters=True)
        probe(the_address_of(printer), None, "en", HASTY)
        assert a_delivery_to(printer).outcome is Outcome.PRINTED
        assert printer.tickets[-1].picture.tobytes() == draw(a_content(), 80).tobytes()
        assert len(printer.tickets) == 2


def test_what_a_probe_found_need_not_be_asked_on_the_first_customers_ticket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    with VirtualPrinter(pace=None) as printer:
        printer.set_faults(answers="in_order", letters=True)
        address = the_address_of(printer)
        probe(address, None, "en", HASTY)
        known = Memory(habits_beside(place_for(address.device.address))).habits
        assert (known.proof, known.tells) == (Proof.SENSOR, False)
        assert a_delivery_to(printer, habits=known).outcome is Outcome.PRINTED
        assert len(printer.tickets) == 2


def test_a_file_has_no_paper_and_keeps_what_is_written(tmp_path: Path) -> None:
    lines = probe(Address(FilePrinter("file", tmp_path / "tickets.bin")), 58, "id", HASTY)
    assert [line.split()[0] for line in lines] == ["Siap", "Bukti", "Tiket", "Aksara"]
    assert "58 mm" in lines[-2]


def test_the_roll_of_a_listed_model_is_known() -> None:
    assert (roll_of("TM-T88II"), roll_of("no such model")) == (80, None)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "id_ID.UTF-8"}, "id"),
        ({"LC_ALL": "en_GB", "LANG": "id_ID"}, "en"),
        ({"LANG": "de_DE"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_is_the_systems(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


def test_both_languages_say_the_same_things_with_the_same_blanks() -> None:
    english, indonesian = texts()["en"], texts()["id"]
    assert english.keys() == indonesian.keys()
    for key, words in english.items():
        assert set(re.findall(r"\{\w+\}", words)) == set(re.findall(r"\{\w+\}", indonesian[key]))
