"""Hours, special days and last-ticket time in the file of `giliran apply`."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from server.config_file.reading import read_declarations
from server.domain.branch import Span
from server.domain.errors import Invalid
from tests.scene import Scene

FILE = """
branch:
  slug: central
  name: {en: Central}
  timezone: Asia/Jakarta
  hours: {mon-fri: "08:00-12:00, 13:00-15:00", sat: "20:00-24:00"}
"""


def test_special_days_are_read_kept_and_declared_again_without_a_change(tmp_path: Path) -> None:
    text = FILE + '  special_days: {2026-12-25: closed, "2026-12-24": "08:00-12:00", 2027-01-01: 9:30-11:00}\n'
    (declaration,) = read_declarations(text + "  last_ticket_minutes: 30\n")
    branch = declaration.branch
    assert branch.special_days == {
        date(2026, 12, 24): (Span(time(8), time(12)),),
        date(2026, 12, 25): (),
        date(2027, 1, 1): (Span(time(9, 30), time(11)),),
    }
    assert (branch.last_ticket, (branch.hours or {})[5]) == (timedelta(minutes=30), (Span(time(20), time(0)),))
    scene = Scene(tmp_path)
    assert "branch central: special_days changed" in scene.declare(branch)
    assert scene.declare(branch) == []
    scene.restart()
    assert (scene.branch.special_days, scene.branch.last_ticket) == (branch.special_days, branch.last_ticket)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("special_days: {'2026-02-30': closed}", "special_days: '2026-02-30' is no date; write one like 2026-12-25"),
        ("special_days: {25 December: closed}", "special_days: '25 December' is no date"),
        ("special_days: {20261225: closed}", "special_days: '20261225' is no date"),
        ("special_days: {2026-12-25 08:00:00: closed}", "special_days: '2026-12-25 08:00:00' is no date"),
        ("special_days: {2026-12-25: morning}", "special_days: 2026-12-25: 'morning' is no span"),
        ("special_days: {2026-12-25: 08:00-25:00}", "special_days: 2026-12-25: '08:00-25:00' is no span"),
        ('special_days: {2026-12-25: closed, "2026-12-25": closed}', "'2026-12-25' is there twice"),
        ("special_days: [2026-12-25]", "branch.special_days: must be a group"),
        ("last_ticket_minutes: -5", "branch.last_ticket_minutes: must be at least 0"),
        ("last_ticket_minutes: 1440", "branch.last_ticket_minutes: must be less than 1440"),
        ("last_ticket_minutes: 120", "last_ticket_minutes: 120 leaves no time for numbers on mon (13:00-15:00)"),
        (
            'last_ticket_minutes: 60\n  special_days: {2026-12-24: "08:00-09:00"}',
            "last_ticket_minutes: 60 leaves no time for numbers on 2026-12-24 (08:00-09:00)",
        ),
    ],
)
def test_invalid_hours_are_refused_with_their_place(more: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_declarations(f"{FILE}  {more}\n")
    assert said in refused.value.detail
