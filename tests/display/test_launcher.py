"""A wall screen in one command: the page full screen, kept there, and nothing left behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from display.launcher import display
from tests.kiosk.terminal import Terminal, a_server, until

SERVER = "http://192.168.1.10:8080"


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Terminal]:
    set_up = Terminal(tmp_path, package="display")
    set_up.set_up()
    yield set_up
    set_up.clear()


def test_the_browser_leads_to_the_wall_with_its_token_and_may_sound_untouched(screen: Terminal) -> None:
    screen.launch("--server", SERVER + "/", "--branch", "central", GILIRAN_TOKEN="s3cret")
    until(lambda: screen.starts("browser"))
    (started,) = screen.starts("browser")
    assert {"--kiosk", "--autoplay-policy=no-user-gesture-required"} <= set(started["argv"])
    assert f"--user-data-dir={screen.profile}" in started["argv"]
    assert not [word for word in started["argv"] if "s3cret" in word]
    assert started["secret"] == {}
    assert f'"{SERVER}/display/central#s3cret"' in (screen.profile / "start.html").read_text()


def test_the_only_branch_of_the_server_need_not_be_named(screen: Terminal) -> None:
    with a_server("central") as address:
        screen.launch("--server", address)
        until(lambda: screen.starts("browser"))
    assert f'"{address}/display/central"' in (screen.profile / "start.html").read_text()


def test_a_browser_that_dies_is_started_again_and_sigterm_ends_all(screen: Terminal) -> None:
    launcher = screen.launch("--server", SERVER, "--branch", "central")
    until(lambda: screen.starts("browser"))
    os.kill(screen.starts("browser")[0]["pid"], signal.SIGKILL)
    until(lambda: len(screen.starts("browser")) == 2)
    launcher.send_signal(signal.SIGTERM)
    assert launcher.wait(60) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(screen.starts("browser")[1]["pid"], 0)


def test_a_second_display_on_the_same_profile_is_refused(screen: Terminal) -> None:
    screen.launch("--server", SERVER, "--branch", "central")
    until(lambda: screen.starts("browser"))
    second = screen.launch("--server", SERVER, "--branch", "central")
    _, words = second.communicate(timeout=60)
    assert second.returncode == 1
    assert "a display is already running" in words


def test_a_dry_run_prints_the_command_without_the_token(tmp_path: Path) -> None:
    arguments = ["--server", SERVER, "--token", "s3cret", "--browser", "chromium", "--profile", str(tmp_path)]
    result = CliRunner().invoke(display, [*arguments, "--dry-run", "--browser-switch=--window-position=1920,0"])
    assert result.exit_code == 0
    assert f"page:    {SERVER}/display/BRANCH#…\n" in result.output
    assert "--window-position=1920,0" in result.output
    assert "s3cret" not in result.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["192.168.1.10:8080", "ftp://server", "http://"])
def test_what_is_no_address_is_refused_as_bad_usage(address: str) -> None:
    assert CliRunner().invoke(display, ["--server", address, "--dry-run"]).exit_code == 2
