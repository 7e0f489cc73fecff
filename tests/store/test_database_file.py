"""A database that has lost its content is refused, and never treated as a new one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from server.app import build
from server.cli import giliran
from server.domain.errors import Unavailable
from server.settings import Settings
from server.store.engines.store import DATABASE_FILE, Store, sqlite_url
from server.store.maintenance.migrating import migrate, newest, revision
from tests.clock import HandClock
from tests.store.killed_restore import contents
from tests.store.releases_kept import KEPT, put

pytestmark = pytest.mark.sqlite


def _empty(data: Path) -> None:
    (data / DATABASE_FILE).write_bytes(b"")


def _clip(data: Path) -> None:
    clip = data / "clips" / "id" / "A.wav"
    clip.parent.mkdir(parents=True)
    clip.write_bytes(b"RIFF")


def _log(data: Path) -> None:
    (data / f"{DATABASE_FILE}-wal").write_bytes(b"x" * 5000)


def _lock(data: Path) -> None:
    (data / "server.lock").write_text("{}")


def _aside(data: Path) -> None:
    (data / "before-restore-20261123-080000-77").mkdir()


def _changed(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def spoil(data: Path) -> None:
        put(KEPT[0], data)
        file = data / DATABASE_FILE
        file.write_bytes(change(file.read_bytes()))

    return spoil


LOST: dict[str, tuple[tuple[Callable[[Path], None], ...], str]] = {
    "empty": ((_empty,), "is empty"),
    "empty beside clips": ((_empty, _clip), "is empty"),
    "empty beside a lock": ((_empty, _lock), "is empty"),
    "empty beside a log": ((_empty, _log), "is empty"),
    "gone beside clips": ((_clip,), "is not there"),
    "gone beside a log": ((_log,), "is not there"),
    "gone beside what a restore put aside": ((_aside,), "is not there"),
    "without its beginning": ((_changed(lambda content: bytes(100) + content[100:]),), "is not a database any more"),
    "all zeros": ((_changed(lambda content: bytes(len(content))),), "is not a database any more"),
    "some bytes": ((_changed(lambda content: content[:99]),), "is not a database any more"),
}
COMMANDS = (
    ("doctor",),
    ("migrate",),
    ("backup", "FILE"),
    ("apply", "BRANCH"),
    ("apply", "--dry-run", "BRANCH"),
    ("user", "add", "rani", "--role", "admin", "--password-stdin"),
    ("export",),
    ("clock",),
    ("declared",),
)


@pytest.mark.parametrize("how", LOST)
def test_a_lost_database_is_refused_by_every_command_and_not_changed(how: str, tmp_path: Path) -> None:
    data, branch = tmp_path / "data", tmp_path / "branch.yaml"
    data.mkdir()
    branch.write_text("branch: {slug: x, name: {en: X}, timezone: UTC, languages: [en]}\n")
    spoils, words = LOST[how]
    for spoil in spoils:
        spoil(data)
    before = _files(data)
    with pytest.raises(Unavailable, match=words):
        build(Settings(data=data), clock=HandClock())
    for command in COMMANDS:
        arguments = [{"FILE": str(tmp_path / "x.zip"), "BRANCH": str(branch)}.get(word, word) for word in command]
        result = CliRunner().invoke(giliran, [*arguments, "--data", str(data)], input="a long password\n")
        assert result.exit_code == 1, (command, result.output)
        assert words in result.output and "restore" in result.output, (command, result.output)
    assert _files(data) == before


def _files(data: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(data)): path.read_bytes()
        for path in sorted(data.rglob("*"))
        if path.is_file() and path.name != "server.lock"
    }


def test_a_first_start_that_is_killed_leaves_no_empty_file_and_can_be_repeated(tmp_path: Path) -> None:
    store = Store(sqlite_url(tmp_path), HandClock())
    # whatever comes next, the file has its beginning already
    assert (tmp_path / DATABASE_FILE).stat().st_size >= 512
    assert (tmp_path / DATABASE_FILE).stat().st_mode & 0o077 == 0
    store.close()
    build(Settings(data=tmp_path), clock=HandClock()).stop()
    store = Store(sqlite_url(tmp_path), HandClock())
    assert revision(store) == newest()
    store.close()


def test_the_leftovers_of_a_killed_first_start_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / f"{DATABASE_FILE}.new").write_bytes(b"half")
    store = Store(sqlite_url(tmp_path), HandClock())
    migrate(store)
    store.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [DATABASE_FILE]
    assert contents(tmp_path)
