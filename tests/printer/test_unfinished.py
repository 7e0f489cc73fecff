"""What is remembered of a ticket that was begun."""

from pathlib import Path

import pytest

from printer.unfinished import Unfinished, place_for


def test_a_ticket_that_was_begun_is_known_to_the_next_process_until_it_is_ended(tmp_path: Path) -> None:
    place = tmp_path / "state" / "printer.unfinished"
    assert not Unfinished(place).there
    Unfinished(place).begin()
    assert Unfinished(place).there
    Unfinished(place).end()
    assert not Unfinished(place).there


def test_a_place_that_cannot_be_written_is_no_reason_not_to_print(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    memory = Unfinished(tmp_path / "file" / "printer.unfinished")
    memory.begin()
    assert memory.there
    memory.end()
    assert not memory.there


def test_each_device_has_its_own_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    first, second = place_for("network://a"), place_for("network://b")
    assert first != second
    assert first.is_relative_to(tmp_path)
