"""Commands run in whatever folder they are called: the files that lie there are never taken for modules."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.cli import COMMANDS, PROGRAMS

pytestmark = pytest.mark.sqlite

ROOT = Path(__file__).parents[2]
GILIRAN = Path(sys.executable).with_name("giliran")
SHIPPED = ("server", "printer", "kiosk", "display")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file for every module that may be imported; each ends whoever imports it."""
    place = tmp_path_factory.mktemp("folder")
    installed = {name for name in importlib.metadata.packages_distributions() if name.isidentifier()}
    for name in {*installed, *sys.stdlib_module_names, *SHIPPED}:
        (place / f"{name}.py").write_text(f"raise SystemExit('{name} of the current folder was imported')\n")
    return place


@pytest.mark.parametrize("command", [["printer", "--device", "network://127.0.0.1:1?profile=TM-T88V", "--probe"]])
def test_a_program_does_its_work_in_a_folder_full_of_such_files(command: list[str], folder: Path) -> None:
    ended = run(command, folder)
    assert "The printer cannot be reached" in ended.stderr, ended.stderr
    assert ended.returncode == 1


@pytest.mark.parametrize("name", [*PROGRAMS, pytest.param("doctor", id="a-command-of-the-server")])
def test_no_command_takes_a_file_of_the_current_folder_for_a_module(name: str, folder: Path) -> None:
    ended = run([name, "--help"], folder)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert f"giliran {name} " in ended.stdout


@pytest.mark.torture
@pytest.mark.parametrize("name", COMMANDS)
def test_none_of_the_servers_commands_does(name: str, folder: Path) -> None:
    ended = run([name, "--help"], folder)
    assert (ended.returncode, ended.stderr) == (0, "")


def run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GILIRAN_", "PYTHON"))}
    return subprocess.run(
        [GILIRAN, *words],
        cwd=folder,
        env=environment | {"LANG": "C", "STATE_DIRECTORY": str(folder / "state")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_every_python_that_is_started_ignores_the_current_folder() -> None:
    for file in (file for part in SHIPPED for file in (ROOT / part).rglob("*.py")):
        for command in commands_of(ast.parse(file.read_text(encoding="utf-8"))):
            words = [word.value for word in command.elts[1:] if isinstance(word, ast.Constant)]
            assert words[:1] in (["-P"], ["-I"]), f"{file}:{command.lineno}: -P keeps the folder off the path"


def commands_of(tree: ast.AST) -> Iterator[ast.List | ast.Tuple]:
    """The lists of words that start this Python again."""
    for node in ast.walk(tree):
        if isinstance(node, ast.List | ast.Tuple) and node.elts and ast.unparse(node.elts[0]) == "sys.executable":
            yield node
