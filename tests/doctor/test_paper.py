"""The doctor and `apply` warn about faults on paper: another roll than declared, letters without a font."""

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

READY = {"online": True, "paper": "ok", "cover_open": False, "error": None, "device": "", "detail": None}


def finding_about_printer(scene: Scene, **status: Any) -> Finding:
    """Return the doctor's finding about the branch's printer, after its agent has reported this status."""

    def report(tx: Transaction) -> None:
        (printer,) = access.devices(tx.db, scene.branch.id, "printer")
        access.set_device_status(tx.db, printer.id, READY | status, scene.clock())
        access.add_token(tx.db, scene.branch.id, "printer", "front", "hash", printer.id, scene.clock())

    scene.store.write(report, lambda *_: None)
    (finding,) = scene.store.read(lambda db: checks.devices(db, scene.branch, scene.clock()))
    return finding


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path, a_branch(), printers=["front"])


def test_a_roll_that_is_another_than_declared_is_a_warning(scene: Scene) -> None:
    finding = finding_about_printer(scene, paper_mm=58)
    assert (finding.level, finding.detail) == (
        Level.WARNING,
        "Its roll is 58 mm wide, but 80 mm is declared: tickets are drawn for 58 mm.",
    )
    assert finding.advice is not None
    assert "Declare paper: 58" in finding.advice
    assert "--paper 80" in finding.advice


@pytest.mark.parametrize("status", [{"paper_mm": 80}, {"paper_mm": None}, {}])
def test_a_declared_or_unknown_roll_is_no_warning(scene: Scene, status: dict[str, Any]) -> None:
    assert finding_about_printer(scene, **status).level is Level.OK


def test_letters_that_the_terminal_cannot_draw_are_a_warning(scene: Scene) -> None:
    finding = finding_about_printer(scene, undrawn="Korean (한국): install fonts-noto-cjk")
    assert (finding.level, "fonts-noto-cjk" in finding.detail) == (Level.WARNING, True)


def test_an_open_cover_is_reported_before_a_wrong_roll(scene: Scene) -> None:
    assert finding_about_printer(scene, cover_open=True, paper_mm=58).level is Level.PROBLEM


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
    result = CliRunner().invoke(giliran, ["apply", str(file), "--data", str(tmp_path / "data")])
    assert result.exit_code == 0
    assert f"No font of this machine draws {NEVER_DRAWN}" in result.stderr
    assert "fonts-symbola" in result.stderr


def test_a_token_can_make_a_printer_with_a_narrow_roll(tmp_path: Path) -> None:
    scene = Scene(tmp_path, a_branch())
    arguments = ["token", "create", "--role", "printer", "--branch", "central", "--data", str(tmp_path)]
    assert CliRunner().invoke(giliran, [*arguments, "--name", "narrow", "--paper", "58"]).exit_code == 0
    assert CliRunner().invoke(giliran, [*arguments, "--name", "wide"]).exit_code == 0
    printers = scene.store.read(lambda db: access.devices(db, scene.branch.id, "printer"))
    assert {device.name: device.paper for device in printers} == {"narrow": 58, "wide": 80}


def test_a_printer_that_says_it_is_off_line_is_told_with_what_helps(scene: Scene) -> None:
    finding = finding_about_printer(scene, detail="the printer is off line")
    assert finding.level is Level.PROBLEM
    assert "proof=none" in (finding.advice or "")
