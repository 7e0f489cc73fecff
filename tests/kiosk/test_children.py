"""What is kept running starts again when it ends, ever less eagerly, and ends whole."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from kiosk.terminal.children import FIRST_PAUSE, LONGEST_PAUSE, STEADY_AFTER, Child, Command
from tests.kiosk.terminal import Told, tend_until_said, until


def a_child(program: str, told: Told, *, patience: float = 10.0) -> Child:
    """A child that runs a piece of Python."""
    return Child("browser", Command([sys.executable, "-c", program]), dict(os.environ), told, patience)


def is_running(pid: int) -> bool:
    try:
        # a zombie that its new parent has not collected yet runs no more
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_program_that_keeps_ending_is_started_after_pauses_that_double_up_to_a_limit() -> None:
    told = Told()
    child = a_child("raise SystemExit(3)", told)
    now = 0.0
    for count in range(1, 8):
        tend_until_said(child, told, count, now)
        now += LONGEST_PAUSE
    pauses = [line.rsplit(" in ", 1)[1] for line in told]
    assert pauses == ["1 s", "2 s", "4 s", "8 s", "16 s", "30 s", "30 s"]
    assert "ended with status 3" in told[0]


def test_a_program_is_not_started_before_its_pause_is_over(tmp_path: Path) -> None:
    told = Told()
    child = a_child(f"open({str(tmp_path / 'runs')!r}, 'a').write('x')", told)
    tend_until_said(child, told, 1, 0.0)
    child.tend(FIRST_PAUSE / 2)
    child.tend(FIRST_PAUSE / 2)
    assert len(told) == 1
    tend_until_said(child, told, 2, FIRST_PAUSE)
    assert (tmp_path / "runs").read_text() == "xx"


def test_a_program_that_ran_well_for_long_is_started_again_soon() -> None:
    told = Told()
    child = a_child("pass", told)
    tend_until_said(child, told, 1, 0.0)
    tend_until_said(child, told, 2, 10.0)
    child.tend(100.0)  # started
    tend_until_said(child, told, 3, 100.0 + STEADY_AFTER)
    assert told[2].endswith("in 1 s")


def test_a_program_that_is_not_there_is_told_and_tried_again() -> None:
    told = Told()
    child = Child("browser", Command(["/nowhere/chromium"]), {}, told, 1.0)
    child.tend(0.0)
    assert "cannot be started" in told[0]
    child.tend(FIRST_PAUSE)
    assert len(told) == 2


@pytest.mark.parametrize("deaf", [False, True], ids=["in good order", "by force"])
def test_a_program_ends_with_all_that_it_started(tmp_path: Path, deaf: bool) -> None:
    pids = tmp_path / "pids"
    family = f"""
import os, signal, subprocess, sys
if {deaf}: signal.signal(signal.SIGTERM, signal.SIG_IGN)
helper = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
new = {str(pids)!r} + '.new'
open(new, 'w').write(f'{{os.getpid()}} {{helper.pid}}')
os.rename(new, {str(pids)!r})
signal.pause()
"""
    told = Told()
    child = a_child(family, told, patience=0.3 if deaf else 10.0)
    child.tend(0.0)
    until(pids.exists)
    child.ask_to_end()
    child.end()
    family_pids = [int(pid) for pid in pids.read_text().split()]
    assert len(family_pids) == 2
    until(lambda: not any(map(is_running, family_pids)))
    assert any("killed" in line for line in told) is deaf
