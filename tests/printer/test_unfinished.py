"""What is remembered of a ticket that was begun."""

from pathlib import Path

import pytest

from printer.unfinished import LeftJob, Unfinished, place_for


def test_a_ticket_that_was_begun_is_known_to_the_next_process_until_it_is_ended(tmp_path: Path) -> None:
    place = tmp_path / "state" / "printer.unfinished"
    assert not Unfinished(place).there
    Unfinished(place).begin("job-12345", "lease-12345")
    Unfinished(place).begin("job-7", "lease-7")
    assert Unfinished(place).there
    assert Unfinished(place).left == LeftJob("job-7", "lease-7", cut=False)
    Unfinished(place).end()
    assert not Unfinished(place).there
    assert Unfinished(place).left is None


@pytest.mark.parametrize("torn", ["", '{"job": "7', "[]", '{"job": "7"}', "\x00\x00"])
def test_a_file_of_another_release_or_torn_by_a_power_cut_names_no_job(tmp_path: Path, torn: str) -> None:
    place = tmp_path / "printer.unfinished"
    place.write_text(torn)
    assert Unfinished(place).there
    assert Unfinished(place).left is None


def test_whether_the_cut_may_have_left_is_known_to_the_next_process(tmp_path: Path) -> None:
    place = tmp_path / "printer.unfinished"
    memory = Unfinished(place)
    memory.begin("job-7", "lease-7")
    assert Unfinished(place).left == LeftJob("job-7", "lease-7", cut=False)
    memory.cut()
    assert Unfinished(place).left == LeftJob("job-7", "lease-7", cut=True)
    memory.begin("job-8", "lease-8")
    assert Unfinished(place).left == LeftJob("job-8", "lease-8", cut=False)


def test_a_file_of_a_release_that_did_not_note_the_cut_says_nothing_of_it(tmp_path: Path) -> None:
    place = tmp_path / "printer.unfinished"
    place.write_text('{"job": "job-7", "lease": "lease-7"}')
    assert Unfinished(place).left == LeftJob("job-7", "lease-7", cut=True)


def test_where_the_cut_cannot_be_noted_nothing_claims_that_it_never_left(tmp_path: Path) -> None:
    place = tmp_path / "printer.unfinished"
    memory = Unfinished(place)
    memory.begin("job-7", "lease-7")
    place.unlink()
    memory.cut()
    assert not Unfinished(place).there


def test_a_place_that_cannot_be_written_is_no_reason_not_to_print(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    memory = Unfinished(tmp_path / "file" / "printer.unfinished")
    memory.begin("job-7", "lease-7")
    assert memory.there
    memory.end()
    assert not memory.there


def test_each_device_has_its_own_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    first, second = place_for("network://a"), place_for("network://b")
    assert first != second
    assert first.is_relative_to(tmp_path)
