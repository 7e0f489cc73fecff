"""A terminal in one command: the page full screen, the print agent beside it, and nothing left behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kiosk.launcher import kiosk
from tests.kiosk.terminal import Terminal, a_server, until

SERVER = "http://192.168.1.10:8080"


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    set_up = Terminal(tmp_path)
    set_up.set_up()
    yield set_up
    set_up.clear()


def dry_run(*arguments: str) -> Result:
    return CliRunner().invoke(kiosk, ["--server", SERVER, "--browser", "chromium", "--dry-run", *arguments])


def test_the_browser_begins_with_a_page_that_leads_to_the_kiosk_with_its_token(terminal: Terminal) -> None:
    terminal.launch("--server", SERVER + "/", "--branch", "central", "--token", "s3cret/+")
    until(lambda: terminal.starts("browser"))
    arguments = terminal.starts("browser")[0]["argv"]
    assert {"--kiosk", "--autoplay-policy=no-user-gesture-required", "--disable-pinch"} <= set(arguments)
    assert f"--user-data-dir={terminal.profile}" in arguments
    start = terminal.profile / "start.html"
    assert arguments[-1] == start.as_uri()
    assert f'["{SERVER}/healthz", "{SERVER}/kiosk/central#s3cret%2F%2B"]' in start.read_text()


def test_no_token_is_on_the_list_of_processes_or_readable_by_others(terminal: Terminal) -> None:
    terminal.launch(
        *("--server", SERVER, "--branch", "central", "--device", "virtual://:9100"),
        GILIRAN_TOKEN="k1osk",
        GILIRAN_PRINTER_TOKEN="pr1nter",
    )
    until(lambda: terminal.starts("browser") and terminal.starts("printer"))
    browser, printer = terminal.starts("browser")[0], terminal.starts("printer")[0]
    assert not [word for word in browser["argv"] + printer["argv"] if "k1osk" in word or "pr1nter" in word]
    assert browser["secret"] == {}
    assert printer["secret"] == {"GILIRAN_TOKEN": "pr1nter"}
    assert (terminal.profile / "start.html").stat().st_mode & 0o077 == 0


def test_the_print_agent_gets_the_terminals_server_device_and_paper(terminal: Terminal) -> None:
    device = "network://10.0.0.5:9100"
    terminal.launch(
        *("--server", SERVER, "--branch", "central"),
        *("--device", device, "--printer-token", "p", "--paper", "58"),
    )
    until(lambda: terminal.starts("printer"))
    assert terminal.starts("printer")[0]["argv"] == ["--server", SERVER, "--device", device, "--paper", "58"]


def test_a_browser_that_dies_is_started_again(terminal: Terminal) -> None:
    terminal.launch("--server", SERVER, "--branch", "central")
    until(lambda: terminal.starts("browser"))
    os.kill(terminal.starts("browser")[0]["pid"], signal.SIGKILL)
    until(lambda: len(terminal.starts("browser")) == 2)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_browser_and_the_print_agent(terminal: Terminal, number: signal.Signals) -> None:
    launcher = terminal.launch(
        *("--server", SERVER, "--branch", "central"),
        *("--device", "virtual://:9100", "--printer-token", "p"),
    )
    until(lambda: terminal.starts("browser") and terminal.starts("printer"))
    launcher.send_signal(number)
    assert launcher.wait(60) == 0
    for who in ("browser", "printer"):
        with pytest.raises(ProcessLookupError):
            os.kill(terminal.starts(who)[0]["pid"], 0)


def test_without_a_branch_it_is_the_servers_only_one(terminal: Terminal) -> None:
    with a_server("mal-cempaka") as server:
        terminal.launch("--server", server)
        until(lambda: terminal.starts("browser"))
    assert f'"{server}/kiosk/mal-cempaka"' in (terminal.profile / "start.html").read_text()


@pytest.mark.parametrize(
    ("slugs", "advice"),
    [
        (("north", "south"), "choose one with --branch: north, south"),
        (("north", "\x1b[2J"), "choose one with --branch: north, \\x1b[2J"),
        ((), "make one first"),
    ],
)
def test_without_a_branch_to_choose_it_says_what_to_do(terminal: Terminal, slugs: tuple[str, ...], advice: str) -> None:
    with a_server(*slugs) as server:
        launcher = terminal.launch("--server", server)
        _, said = launcher.communicate(timeout=60)
    assert launcher.returncode == 1
    assert advice in said
    assert terminal.starts("browser") == []


def test_a_server_that_is_not_up_yet_is_waited_for_and_mentioned_once(terminal: Terminal) -> None:
    with a_server() as gone:
        address = gone
    launcher = terminal.launch("--server", address)
    assert launcher.stderr is not None
    assert f"waiting for the server at {address}" in launcher.stderr.readline()
    launcher.send_signal(signal.SIGTERM)
    _, rest = launcher.communicate(timeout=60)
    assert (launcher.returncode, rest) == (0, "")


def test_a_second_launcher_on_the_same_profile_is_refused(terminal: Terminal) -> None:
    terminal.launch("--server", SERVER, "--branch", "central")
    until(lambda: terminal.starts("browser"))
    second = terminal.launch("--server", SERVER, "--branch", "central")
    _, said = second.communicate(timeout=60)
    assert second.returncode == 1
    assert "already running" in said


def test_a_dry_run_prints_the_commands_without_the_tokens_and_starts_nothing(tmp_path: Path) -> None:
    said = dry_run(
        *("--branch", "central", "--token", "k1osk", "--profile", str(tmp_path / "p")),
        *("--device", "usb://04b8:0202", "--printer-token", "pr1nter", "--browser-switch=--no-sandbox"),
    )
    assert said.exit_code == 0, said.output
    assert f"{SERVER}/kiosk/central#…" in said.output
    assert "--no-sandbox" in said.output
    assert "GILIRAN_TOKEN=… " in said.output
    assert "k1osk" not in said.output
    assert "pr1nter" not in said.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [("--device", "virtual://:9100"), ("--printer-token", "p")])
def test_a_printer_needs_both_its_device_and_its_token(wrong: tuple[str, str]) -> None:
    said = dry_run(*wrong)
    assert said.exit_code == 2
    assert "belong together" in said.output


def test_an_address_without_http_is_refused() -> None:
    said = CliRunner().invoke(kiosk, ["--server", "192.168.1.10:8080", "--dry-run"])
    assert said.exit_code == 2
    assert "http://" in said.output


def test_a_machine_without_a_browser_is_told_which_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.terminal.fullscreen.PROGRAMS", ("there-is-no-such-browser",))
    said = CliRunner().invoke(kiosk, ["--server", SERVER, "--dry-run"])
    assert said.exit_code == 1
    assert "apt install chromium" in said.output
