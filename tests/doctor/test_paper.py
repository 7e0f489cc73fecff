"""The doctor and `apply` say what would be wrong on paper: another roll than declared, letters without a font."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from server.cli import giliran
from server.doctor import branch as checks
from server.doctor.findings import Finding, Level
from server.doctor.letters import letters
from server.store.engines.transaction import Transaction
from server.store.tables import access
from tests.scene import Scene, a_branch, a_class

WELL = {"online": True, "paper": "ok", "cover_open": False, "error": None, "device": "", "detail": None}


def said_of(scene: Scene, **status: Any) -> Finding:
    """What the doctor says of the branch's printer, whose agent has just said this of it."""

    def say(tx: Transaction) -> None:
        (printer,) = access.devices(tx.db, scene.branch.id, "printer")
        access.set_device_status(tx.db, printer.id, WELL | status, scene.clock())
        access.add_token(tx.db, scene.branch.id, "printer", "front", "hash", printer.id, scene.clock())

    scene.store.write(say, lambda *_: None)
    (finding,) = scene.store.read(lambda db: checks.devices(db, scene.branch, scene.clock()))
    return finding


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path, a_branch(), printers=["front"])


def test_a_roll_that_is_another_than_declared_is_a_warning(scene: Scene) -> None:
    finding = said_of(scene, paper_mm=58)
    assert (finding.level, finding.detail) == (
        Level.WARNING,
        "Its roll is 58 mm wide, and 80 mm is declared: tickets are drawn for 58 mm.",
    )
    assert finding.advice is not None
    assert "Declare paper: 58" in finding.advice
    assert "--paper 80" in finding.advice


@pytest.mark.parametrize("status", [{"paper_mm": 80}, {"paper_mm": None}, {}])
def test_a_roll_that_is_as_declared_or_not_known_is_none(scene: Scene, status: dict[str, Any]) -> None:
    assert said_of(scene, **status).level is Level.OK


def test_letters_that_the_terminal_cannot_draw_are_a_warning(scene: Scene) -> None:
    finding = said_of(scene, undrawn="Korean (한국): install fonts-noto-cjk")
    assert (finding.level, "fonts-noto-cjk" in finding.detail) == (Level.WARNING, True)


def test_a_cover_that_is_open_comes_first(scene: Scene) -> None:
    assert said_of(scene, cover_open=True, paper_mm=58).level is Level.PROBLEM


NEVER_DRAWN = "\U0001f9ff"  # an amulet: no font of outlines that is common has it


def test_names_without_a_font_are_named_with_what_to_install() -> None:
    branch = a_branch(name={"en": f"Central {NEVER_DRAWN}"})
    (finding,) = letters(branch)
    assert (finding.level, NEVER_DRAWN in finding.detail) == (Level.WARNING, True)
    assert finding.advice is not None
    assert "apt install fonts-symbola" in finding.advice
    assert letters(a_branch(priority_classes=(replace(a_class(), name={"id": "Lansia", "th": "ผู้สูงอายุ"}),))) == []


def test_a_long_name_that_no_line_can_break_is_named() -> None:
    (finding,) = letters(a_branch(name={"km": "ការិយាល័យសេវាសាធារណៈខេត្តសៀមរាប"}))
    assert finding.advice is not None
    assert "U+200B" in finding.advice


def test_apply_says_which_letters_no_font_draws(tmp_path: Path) -> None:
    file = tmp_path / "branch.yaml"
    file.write_text(
        f"branch: {{slug: central, name: {{en: Central {NEVER_DRAWN}}}, timezone: Asia/Jakarta}}\n", encoding="utf-8"
    )
    said = CliRunner().invoke(giliran, ["apply", str(file), "--data", str(tmp_path / "data")])
    assert said.exit_code == 0
    assert f"No font of this machine draws {NEVER_DRAWN}" in said.stderr
    assert "fonts-symbola" in said.stderr


def test_a_token_can_make_a_printer_with_a_narrow_roll(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch())
    arguments = ["token", "create", "--role", "printer", "--branch", "central", "--data", str(tmp_path)]
    assert CliRunner().invoke(giliran, [*arguments, "--name", "narrow", "--paper", "58"]).exit_code == 0
    assert CliRunner().invoke(giliran, [*arguments, "--name", "wide"]).exit_code == 0
    found = scene.store.read(lambda db: access.devices(db, scene.branch.id, "printer"))
    assert {device.name: device.paper for device in found} == {"narrow": 58, "wide": 80}


def test_a_printer_that_says_it_is_off_line_is_told_with_what_helps(scene: Scene) -> None:
    finding = said_of(scene, detail="the printer is off line")
    assert finding.level is Level.PROBLEM
    assert "proof=none" in (finding.advice or "")
