"""The bootstrap, in a bare directory that holds a project without dependencies."""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy import bootstrap

BACKEND = """
import zipfile

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name = "bare-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{wheel_directory}/{name}", "w") as wheel:
        wheel.writestr("bare.py", "")
        info = "bare-1.0.dist-info/"
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: bare\\nVersion: 1.0\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return name
"""

PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["deploy"]
[project]
name = "bare"
version = "1.0"
"""


def a_bare_clone(root: Path) -> Path:
    """A clone with the real bootstrap, and a project that needs no package and no page."""
    deploy = root / "deploy"
    deploy.mkdir(parents=True)
    shutil.copy(bootstrap.__file__, deploy)
    (deploy / "backend.py").write_text(BACKEND)
    (deploy / "pages.py").write_text("print('the pages are looked at')\n")
    for lock in ("requirements.txt", "requirements-test.txt"):
        (deploy / lock).write_text(f"# {lock}\n")
    (root / "pyproject.toml").write_text(PROJECT)
    return root


def bootstrapped(clone: Path, *arguments: str) -> list[str]:
    """Runs the bootstrap of a clone, which must succeed, and returns the lines that it says."""
    done = subprocess.run(
        [sys.executable, "deploy/bootstrap.py", *arguments],
        cwd=clone,
        check=True,
        capture_output=True,
        text=True,
        # The user's own pip settings must not stand in the way of an environment.
        env={**os.environ, "PIP_USER": "1"},
    )
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in a path with spaces, whose environment every test here leaves whole."""
    clone = a_bare_clone(tmp_path_factory.mktemp("bootstrap") / "a clone")
    said = bootstrapped(clone)
    assert [line.split()[1] for line in said] == ["Making", "Installing", "Installing"]
    return clone


def test_a_bare_clone_gets_an_environment_with_the_project_in_it(clone: Path) -> None:
    imported = [str(clone / ".venv" / "bin" / "python"), "-c", "import bare"]
    assert subprocess.run(imported, check=False).returncode == 0


def test_doing_it_again_only_looks_at_the_pages(clone: Path) -> None:
    assert bootstrapped(clone) == ["the pages are looked at"]


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a bootstrap decides to do in a clone of its own. The steps, which take seconds each, are only noted."""
    clone, noted = a_bare_clone(tmp_path / "clone"), []
    env = clone / ".venv"
    monkeypatch.setattr(bootstrap, "ROOT", clone)
    monkeypatch.setattr(bootstrap, "ENV", env)
    monkeypatch.setattr(bootstrap, "ENV_PYTHON", env / "bin" / "python")
    monkeypatch.setattr(bootstrap, "STAMP", env / "giliran.json")
    monkeypatch.setattr(bootstrap, "PROJECT", clone / "pyproject.toml")
    for kind, lock in bootstrap.LOCKS.items():
        monkeypatch.setitem(bootstrap.LOCKS, kind, clone / "deploy" / lock.name)

    def create() -> None:
        noted.append("environment")
        shutil.rmtree(env, ignore_errors=True)
        (env / "bin").mkdir(parents=True)
        bootstrap.ENV_PYTHON.write_text(f"#!/bin/sh\nexec '{sys.executable}' \"$@\"\n")
        bootstrap.ENV_PYTHON.chmod(0o755)

    monkeypatch.setattr(bootstrap, "create_environment", create)
    monkeypatch.setattr(bootstrap, "install", lambda *words: noted.append(Path(words[-1]).name))
    monkeypatch.setattr(bootstrap, "build_pages", lambda: noted.append("pages"))
    return noted


def decided(steps: list[str], kind: str = "run") -> list[str]:
    """The steps of the next bootstrap."""
    steps.clear()
    bootstrap.make_environment(kind)
    return steps


EVERYTHING = ["environment", "requirements.txt", "clone"]


def test_packages_are_installed_again_when_their_lock_has_changed(steps: list[str]) -> None:
    assert decided(steps) == EVERYTHING
    assert decided(steps) == ["pages"]
    bootstrap.LOCKS["run"].write_text("# newer pins\n")
    assert decided(steps) == ["requirements.txt", "clone"]
    assert decided(steps) == ["pages"]


def test_what_the_tests_need_holds_what_a_run_needs(steps: list[str]) -> None:
    assert decided(steps, "test") == ["environment", "requirements-test.txt", "clone"]
    assert decided(steps) == ["pages"]


def test_an_environment_that_was_made_in_another_place_is_made_anew(steps: list[str]) -> None:
    decided(steps)
    bootstrap.STAMP.write_text(bootstrap.STAMP.read_text().replace(str(bootstrap.ENV), "/another/place"))
    assert decided(steps) == EVERYTHING


def test_an_environment_whose_making_was_interrupted_is_made_anew(steps: list[str]) -> None:
    decided(steps)
    bootstrap.ENV_PYTHON.unlink()
    bootstrap.ENV_PYTHON.symlink_to("a-python-that-is-gone")
    assert decided(steps) == EVERYTHING


@contextmanager
def an_index_with(folder: Path, page: str, wheel: bytes) -> Iterator[str]:
    """A package index on loopback that offers one page for pip and one wheel; yields its URL."""
    (folder / "simple" / "pip").mkdir(parents=True)
    (folder / "simple" / "pip" / "index.html").write_text(page)
    (folder / "files").mkdir()
    (folder / "files" / bootstrap.PIP_WHEEL).write_bytes(wheel)
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/simple"
        finally:
            server.shutdown()
            thread.join()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing; the tests look at what was served."""


def a_link_to(name: str) -> str:
    return f'<a href="../../files/{name}#sha256=00">{name}</a>'


def test_pip_is_taken_from_the_index_that_the_user_has_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = b"the pip that is meant"
    page = a_link_to("pip-1.0-py3-none-any.whl") + a_link_to(bootstrap.PIP_WHEEL)
    monkeypatch.setattr(bootstrap, "PIP_SHA256", hashlib.sha256(wheel).hexdigest())
    with an_index_with(tmp_path, page, wheel) as url:
        assert bootstrap.fetch_pip(url) == wheel


def test_a_pip_with_another_content_is_refused(tmp_path: Path) -> None:
    refused = pytest.raises(bootstrap.BootstrapError, match="not the file it should be")
    with an_index_with(tmp_path, a_link_to(bootstrap.PIP_WHEEL), b"something else") as url, refused:
        bootstrap.fetch_pip(url)


def test_an_index_without_that_pip_is_named(tmp_path: Path) -> None:
    refused = pytest.raises(bootstrap.BootstrapError, match="does not offer")
    with an_index_with(tmp_path, "<p>nothing here</p>", b"") as url, refused:
        bootstrap.fetch_pip(url)


def test_without_a_network_the_message_says_what_is_needed() -> None:
    with pytest.raises(bootstrap.BootstrapError, match="needs the network"):
        bootstrap.fetch_pip("http://127.0.0.1:9/simple")


APT_GET = """#!/bin/sh
mkdir -p package/DEBIAN package/usr/share/python-wheels
echo 'pip of the system' > package/usr/share/python-wheels/pip-23.0.1-py3-none-any.whl
for line in "Package: $2" 'Version: 1' 'Architecture: all' 'Maintainer: x <x@x.example>' 'Description: x'
do echo "$line" >> package/DEBIAN/control; done
dpkg-deb --build package "$2_1_all.deb" > /dev/null && rm -r package
"""


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="only systems with Debian's packages take pip from them")
def test_without_a_named_index_the_pip_of_the_system_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs, folder = tmp_path / "bin", tmp_path / "folder"
    programs.mkdir()
    folder.mkdir()
    (programs / "apt-get").write_text(APT_GET)
    (programs / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    assert bootstrap.wheel_from_apt(folder).read_text() == "pip of the system\n"


def test_where_apt_has_no_pip_the_message_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "apt-get").write_text("#!/bin/sh\nexit 100\n")
    (tmp_path / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(bootstrap.BootstrapError, match="apt-get install python3-venv"):
        bootstrap.wheel_from_apt(tmp_path)


def test_a_python_that_is_too_old_is_told_so_when_the_machine_has_no_newer_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(bootstrap.BootstrapError, match=r"needs Python 3\.11 or newer"):
        bootstrap.use_new_enough_python()


def test_what_is_left_of_a_broken_stamp_is_not_believed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / "giliran.json")
    (tmp_path / "giliran.json").write_text(json.dumps({"place": "x"})[:5])
    assert bootstrap.read_stamp() == {}
