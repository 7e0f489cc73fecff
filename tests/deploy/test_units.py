"""The systemd units: each starts a command that there is, is narrow, and is called as people are told."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
from click import Context

from server.cli import giliran

ROOT = Path(__file__).resolve().parents[2]
UNITS = {path.name: path for path in sorted((ROOT / "deploy").iterdir()) if path.suffix in (".service", ".timer")}
SERVICES = [name for name in UNITS if name.endswith(".service")]
EXPOSURE = {
    "giliran.service": 3.0,
    "giliran-backup.service": 3.0,
    "giliran-printer.service": 3.0,
    # their browser has a sandbox of its own to build
    "giliran-kiosk.service": 3.5,
    "giliran-display.service": 3.5,
}
"""The most that `systemd-analyze security` may say."""


def directives(name: str) -> dict[str, list[str]]:
    """What a unit says, by directive; some of them come several times."""
    found = defaultdict(list)
    for line in UNITS[name].read_text(encoding="utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found[key].append(value)
    return found


def test_there_is_a_unit_for_everything_that_runs() -> None:
    assert sorted(EXPOSURE) == SERVICES


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_starts_a_command_that_there_is(name: str) -> None:
    (start,) = directives(name)["ExecStart"]
    command = re.search(r"/opt/giliran/bin/giliran (\w+)", start)
    assert command, start
    assert command[1] in giliran.list_commands(Context(giliran))


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_has_bounds_and_no_rights(name: str) -> None:
    said = directives(name)
    assert said["MemoryMax"]
    assert said["TasksMax"]
    assert said["CapabilityBoundingSet"] == [""]
    for narrow in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "RestrictSUIDSGID", "LockPersonality"):
        assert said[narrow] == ["yes"], narrow
    assert said["ProtectSystem"] == ["strict"]


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "giliran-backup.service"])
def test_what_shall_always_run_is_started_again_for_ever(name: str) -> None:
    said = directives(name)
    assert said["Restart"] == ["always"]
    # by default systemd gives up after five starts in ten seconds
    assert said["StartLimitIntervalSec"] == ["0"]


def test_a_server_that_hangs_is_ended_and_nothing_else_holds_its_start_up() -> None:
    said = directives("giliran.service")
    assert said["Type"] == ["notify"]
    assert said["WatchdogSec"] == ["60"]
    assert said["TimeoutStartSec"] == ["infinity"]


def test_a_launcher_sees_the_process_of_its_page() -> None:
    for name in ("giliran-kiosk.service", "giliran-display.service"):
        assert "ProtectProc" not in directives(name)
        assert {"user", "pid", "net"} <= set(directives(name)["RestrictNamespaces"][0].split())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_is_as_narrow_as_it_is_said_to_be(name: str) -> None:
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(UNITS[name])]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    exposure = re.search(r"exposure level for \S+: ([\d.]+)", said.stdout)
    assert exposure, said.stderr
    assert float(exposure[1]) <= EXPOSURE[name]
    documented = re.search(
        rf"\| `{name}` \|.*\| ([\d.]+) \|", (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    )
    assert documented
    # releases of systemd count a little differently
    assert abs(float(documented[1]) - float(exposure[1])) <= 0.5


def told() -> list[tuple[str, str]]:
    """Every unit that the doctor, the docs and the units themselves name, and where."""
    sources = [
        ROOT / "README.md",
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "server").rglob("*.py"),
        *(ROOT / "kiosk").rglob("*.py"),
        *(ROOT / "printer").rglob("*.py"),
        *UNITS.values(),
    ]
    named = re.compile(
        r"(?:systemctl (?:\w+ )?(?:--now )?|journalctl -u |deploy/|with )"
        r"(giliran(?:-[a-z]+)*(?:\.(?:service|timer))?)\b(?!\.|/)"
    )
    return [
        (name, str(path.relative_to(ROOT)))
        for path in sources
        for name in named.findall(path.read_text(encoding="utf-8"))
    ]


def test_only_units_that_there_are_are_named() -> None:
    names = told()
    assert ("giliran-printer", "server/doctor/branch.py") in names
    unknown = [(name, where) for name, where in names if name not in UNITS and f"{name}.service" not in UNITS]
    assert unknown == []
