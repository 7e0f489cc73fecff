"""What a browser left behind, or its disk, never keeps the page from the screen; a living browser keeps its profile."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from kiosk.terminal import profile as profiles
from kiosk.terminal.browser import TRIES, Browser
from kiosk.terminal.children import LONGEST_PAUSE, Child
from kiosk.terminal.fullscreen import write_start_page
from kiosk.terminal.profile import LOCKS, ProfileInUse, clear_lock, writable
from tests.kiosk.terminal import Terminal, Told, tend_until_said, until

SERVER = "http://192.168.1.10:8080"


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    set_up = Terminal(tmp_path)
    set_up.set_up()
    yield set_up
    set_up.clear()


def locked(profile: Path, owner: str, listener: str = "/tmp/gone/SingletonSocket") -> Path:
    """A profile as Chromium locks it."""
    profile.mkdir(exist_ok=True)
    for name, target in zip(LOCKS, (owner, listener, "1234567890"), strict=True):
        (profile / name).symlink_to(target)
    return profile


def locks(profile: Path) -> set[str]:
    return {name for name in LOCKS if (profile / name).is_symlink()}


@pytest.fixture
def dead() -> int:
    """The id of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_a_lock_of_another_host_is_cleared_before_the_browser_starts(terminal: Terminal) -> None:
    locked(terminal.profile, "kiosk-before-it-was-renamed-4321")
    launcher = terminal.launch("--server", SERVER, "--branch", "central")
    until(lambda: terminal.starts("browser"))
    assert locks(terminal.profile) == set()
    launcher.send_signal(signal.SIGTERM)
    _, said = launcher.communicate(timeout=60)
    assert "process 4321 on the machine kiosk-before-it-was-renamed had left" in said


def test_a_lock_of_a_dead_process_is_cleared_and_said(tmp_path: Path, dead: int) -> None:
    told = Told()
    clear_lock(locked(tmp_path / "p", f"{socket.gethostname()}-{dead}"), told)
    assert locks(tmp_path / "p") == set()
    assert f"process {dead} had left" in told[0]


def test_a_lock_that_is_no_link_any_more_is_cleared(tmp_path: Path) -> None:
    (tmp_path / LOCKS[0]).write_text("copied by something that follows links")
    clear_lock(tmp_path, Told())
    assert list(tmp_path.iterdir()) == []


def test_a_profile_without_a_lock_is_left_as_it_is(tmp_path: Path) -> None:
    told = Told()
    clear_lock(tmp_path, told)
    assert told == []


@pytest.mark.parametrize("host", ["renamed", None], ids=["of an earlier name", "of this name"])
def test_the_lock_of_a_browser_that_answers_is_never_cleared(tmp_path: Path, host: str | None) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.listen()
        taken = locked(tmp_path / "p", f"{host or socket.gethostname()}-1", str(tmp_path / "socket"))
        with pytest.raises(ProfileInUse, match=f"process {os.getpid()} .*--profile"):
            clear_lock(taken, Told())
    assert locks(taken) == set(LOCKS)


def test_the_lock_of_a_browser_that_is_stuck_is_not_cleared_and_the_screen_comes_when_it_ends(
    terminal: Terminal,
) -> None:
    locked(terminal.profile, "renamed-1")
    stuck = subprocess.Popen([sys.executable, "-c", "input()", f"--user-data-dir={terminal.profile}"], stdin=-1)
    until(lambda: b"user-data-dir" in Path(f"/proc/{stuck.pid}/cmdline").read_bytes())
    launcher = terminal.launch("--server", SERVER, "--branch", "central")
    assert launcher.stderr is not None
    assert f"the browser of process {stuck.pid} already uses" in launcher.stderr.readline()
    assert locks(terminal.profile) == set(LOCKS)
    stuck.communicate(b"\n")
    until(lambda: terminal.starts("browser"))


def test_where_nothing_can_be_kept_the_page_is_shown_from_memory_and_it_is_said(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.profile.symlink_to("/proc/nothing-can-be-made-here")
    memory = tmp_path / "memory"
    memory.mkdir()
    launcher = terminal.launch(
        "--server", SERVER, "--branch", "central", "--token", "k1osk", XDG_RUNTIME_DIR=str(memory)
    )
    until(lambda: terminal.starts("browser"))
    (folder,) = memory.iterdir()
    arguments = terminal.starts("browser")[0]["argv"]
    assert f"--user-data-dir={folder}" in arguments
    assert "#k1osk" in (folder / "start.html").read_text()
    launcher.send_signal(signal.SIGTERM)
    _, said = launcher.communicate(timeout=60)
    assert f"nothing can be kept in {terminal.profile}" in said
    assert list(memory.iterdir()) == []


def test_a_disk_that_is_nearly_full_is_one_to_which_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = os.statvfs(tmp_path).f_frsize * os.statvfs(tmp_path).f_blocks + 1
    monkeypatch.setattr(profiles, "LEAST_BYTES", full)
    with pytest.raises(click.ClickException, match="make room"), writable(tmp_path, Told()):
        pass


def a_browser(folder: Path, program: str) -> str:
    """A browser made of Python that answers as Chromium does, or does not."""
    path, code = folder / "browser", folder / "browser.py"
    code.write_text(f"import json, os, sys\nsys.argv[0] = {str(path)!r}\n{program}")
    # a #! line holds no path with a space
    path.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(code))} "$@"\n')
    path.chmod(0o700)
    return str(path)


ENDS_WITH_A_BROKEN_PROFILE = """
(profile,) = [word.partition("=")[2] for word in sys.argv if word.startswith("--user-data-dir=")]
with open(sys.argv[0] + ".starts", "a") as starts:
    starts.write(json.dumps(profile) + "\\n")
if os.path.exists(profile + "/broken"):
    sys.exit(1)
os.write(4, b'{"id": 1, "result": {}}\\0')
while os.read(3, 1000):
    pass
"""


def test_a_profile_with_which_the_browser_ends_at_each_start_is_replaced_by_a_new_one(tmp_path: Path) -> None:
    profile, told = tmp_path / "profile", Told()
    write_start_page(profile, SERVER, f"{SERVER}/kiosk/central")
    (profile / "broken").touch()
    program = a_browser(tmp_path, ENDS_WITH_A_BROKEN_PROFILE)
    child = Child(
        "browser",
        Browser(program, profile, ("--headless", "--no-sandbox"), SERVER, os.environ, told),
        os.environ,
        told,
        9.0,
    )
    now = 0.0
    try:
        for count in range(1, TRIES + 1):
            tend_until_said(child, told, count, now)
            now += LONGEST_PAUSE
        tend_until_said(child, told, TRIES + 1, now)
    finally:
        child.kill()
    starts = Path(f"{program}.starts").read_text().splitlines()
    assert list(map(json.loads, starts)) == [str(profile)] * TRIES + [str(profile / "spare")]
    assert f"does not start with what is in {profile}" in told[-1]
    assert (profile / "broken").exists()


def test_what_ends_every_browser_is_said_and_is_not_the_profiles_fault(tmp_path: Path) -> None:
    profile, told = tmp_path / "profile", Told()
    write_start_page(profile, SERVER, f"{SERVER}/kiosk/central")
    program = a_browser(tmp_path, "sys.exit(1)")
    dark = {"PATH": os.environ["PATH"]}
    child = Child("browser", Browser(program, profile, ("--no-sandbox",), SERVER, dark, told), dark, told, 9.0)
    tend_until_said(child, told, 1, 0.0)
    tend_until_said(child, told, 2, 100.0)
    tend_until_said(child, told, TRIES + 1, 200.0)
    child.kill()
    assert "there is no screen to show a browser on: neither DISPLAY nor WAYLAND_DISPLAY is set" in told
