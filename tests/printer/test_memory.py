"""What is remembered of how a printer answers."""

import functools
from pathlib import Path

import pytest

from printer.devices import Address
from printer.devices.network import NetworkPrinter
from printer.link import Habits, Proof
from printer.memory import Memory
from printer.probe import NoPrinter, probe
from printer.unfinished import habits_beside, place_for
from tests.printer.builders import HASTY

SMALL = Habits(proof=Proof.SENSOR, real_time=True, unanswered=(3,), tells=False, answer=0.2, rate=20_000.0)
SILENT = Habits(proof=Proof.NONE, real_time=True)


def test_habits_are_known_to_the_next_process_until_they_are_forgotten(tmp_path: Path) -> None:
    place = tmp_path / "state" / "printer.habits"
    Memory(place).learn(SMALL)
    assert Memory(place).habits == SMALL
    Memory(place).forget()
    assert Memory(place).habits == Habits()


def test_a_printer_is_taken_for_one_without_proof_after_two_tickets_and_asked_again_after_an_hour(
    tmp_path: Path,
) -> None:
    now = 1000.0
    place = tmp_path / "printer.habits"
    memory = Memory(place, lambda: now)
    memory.learn(SILENT)
    assert memory.habits.proof is None, "perhaps it was busy"
    memory.learn(SILENT)
    for later, proof in ((3599, Proof.NONE), (3600, None), (-1, None)):  # the last: the clock was set back
        assert Memory(place, functools.partial(float, now + later)).habits.proof is proof
    memory.learn(SMALL)
    memory.learn(SILENT)
    assert memory.habits.proof is None


@pytest.mark.parametrize("kept", ["", "[]", "{}", '{"proof": "magic", "unanswered": [], "unproven_at": null}'])
def test_a_file_that_makes_no_sense_is_no_reason_not_to_print(tmp_path: Path, kept: str) -> None:
    place = tmp_path / "printer.habits"
    place.write_text(kept)
    memory = Memory(place)
    assert memory.habits == Habits()
    memory.learn(SMALL)
    assert Memory(place).habits == SMALL


def test_a_place_that_cannot_be_written_is_no_reason_not_to_print(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    memory = Memory(tmp_path / "file" / "printer.habits")
    memory.learn(SMALL)
    assert memory.habits == SMALL


def test_a_probe_forgets_what_was_remembered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    address = Address(NetworkPrinter("network://127.0.0.1:1", "127.0.0.1", 1))
    place = habits_beside(place_for(address.device.address))
    Memory(place).learn(SMALL)
    with pytest.raises(NoPrinter):
        probe(address, None, "en", HASTY)
    assert not place.exists()
