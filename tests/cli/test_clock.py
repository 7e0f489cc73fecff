"""`giliran clock` reports and confirms the clock, also beside a running server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import CliRunner, Result

from server.cli import giliran
from tests.scene import Scene


def clock(data: Path, *options: str) -> Result:
    return CliRunner().invoke(giliran, ["clock", "--data", str(data), *options])


def test_a_clock_behind_the_last_event_is_reported_and_can_be_confirmed(tmp_path: Path) -> None:
    scene = Scene(tmp_path, now=datetime.now(UTC) + timedelta(days=2))
    scene.issue()
    report = clock(tmp_path)
    assert (report.exit_code, "branch central: the clock is behind; its last event was at" in report.output) == (
        1,
        True,
    )
    assert "1 ticket of days to come expired" in clock(tmp_path, "--right").output
    assert (clock(tmp_path).exit_code, scene.log[-1].type) == (0, "expired")
    scene.store.close()


def test_a_clock_months_ahead_is_confirmed_in_the_same_way(tmp_path: Path) -> None:
    scene = Scene(tmp_path, now=datetime.now(UTC) - timedelta(days=130))
    scene.issue()
    assert "the clock is ahead" in clock(tmp_path).output
    assert clock(tmp_path, "--right").exit_code == 0
    assert clock(tmp_path).exit_code == 0
    scene.store.close()
