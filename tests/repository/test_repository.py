"""What the repository holds, and what it never holds."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]

SOURCE_SUFFIXES = {".py", ".ts", ".tsx", ".css", ".js", ".mjs"}
LONGEST_FILE = 500
BUILT_OR_FOREIGN_FOLDERS = {"node_modules", "static", "dist", "build", ".venv", "vendor", "fonts"}
BUILT_OR_FOREIGN_SUFFIXES = {
    ".woff", ".woff2", ".ttf", ".otf", ".whl", ".map", ".pyc", ".so", ".wasm", ".db", ".sqlite", ".b64",
}  # fmt: skip
TOP_LEVEL = {
    "server", "kiosk", "display", "printer", "tests", "pyproject.toml", "README.md", "Makefile",
    "package.json", "package-lock.json", "tsconfig.json", "docs", "benchmarks",
    "deploy", ".ci", ".github", ".gitignore", ".editorconfig", ".pre-commit-config.yaml", "LICENSE", "NOTICE",
    "CHANGELOG.md",
}  # fmt: skip
NAMES_OF_NOTHING = ("util", "helper", "manager")


def tracked() -> list[PurePosixPath]:
    """Every file that git keeps or is about to keep."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [PurePosixPath(line) for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def sources() -> list[PurePosixPath]:
    return [path for path in tracked() if path.suffix in SOURCE_SUFFIXES]


def test_no_built_or_third_party_file_is_kept_in_git() -> None:
    kept = [
        str(path)
        for path in tracked()
        if BUILT_OR_FOREIGN_FOLDERS & set(path.parent.parts)
        or path.suffix in BUILT_OR_FOREIGN_SUFFIXES
        or path.name.endswith(".min.js")
    ]
    assert kept == []


def test_the_top_level_holds_only_what_the_client_fixed_and_what_tools_need() -> None:
    assert {path.parts[0] for path in tracked()} <= TOP_LEVEL


def test_no_source_file_is_longer_than_500_lines() -> None:
    lengths = {str(path): len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_source_file_has_a_name_that_says_nothing() -> None:
    vague = [str(path) for path in sources() if any(name in path.stem for name in NAMES_OF_NOTHING)]
    assert vague == []


def test_the_lock_files_name_packages_and_hashes_and_nothing_of_one_machine() -> None:
    for name in ("requirements.txt", "requirements-test.txt"):
        text = (ROOT / "deploy" / name).read_text(encoding="utf-8")
        strays = [line for line in text.splitlines() if not line.startswith("    --hash=sha256:") and "==" not in line]
        assert strays == []
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


def test_the_version_is_the_same_wherever_it_stands_and_the_changelog_dates_it() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    named = {
        file: json.loads((ROOT / file).read_text(encoding="utf-8"))["version"]
        for file in ("package.json", "package-lock.json")
    }
    named["docs/openapi.json"] = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))["info"]["version"]
    assert set(named.values()) == {version}, named
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[([\d.]+)\] - \d{4}-\d{2}-\d{2}$", changelog, re.MULTILINE)
    assert released[0] == version


def test_both_lock_files_pin_the_same_release_of_a_package() -> None:
    run, test = (
        dict(
            line.split(" ")[0].split("==")
            for line in (ROOT / "deploy" / name).read_text(encoding="utf-8").splitlines()
            if "==" in line and not line.startswith(" ")
        )
        for name in ("requirements.txt", "requirements-test.txt")
    )
    assert run.items() <= test.items()


def test_the_servers_that_measured_worse_are_not_dependencies() -> None:
    text = (ROOT / "deploy" / "requirements-test.txt").read_text(encoding="utf-8")
    assert "eventlet==" not in text


def test_what_a_page_is_waited_for_is_a_function() -> None:
    """A text is compiled at each look, and from the second on the page's own policy (no `unsafe-eval`) refuses it."""
    waits = re.compile(r'wait_for_function\(\s*f?"(?!\(.*\) =>)[^"]*')
    texts = [found for path in sources() for found in waits.findall((ROOT / path).read_text(encoding="utf-8"))]
    assert texts == []


def test_no_file_names_a_package_registry() -> None:
    """The clients' own defaults decide, or what the user sets: a mirror then serves everything."""
    names = (
        *(("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("yarnpkg", "com")),
        *(
            ("debian", "org"),
            ("ubuntu", "com"),
            ("unpkg", "com"),
            ("jsdelivr", "net"),
            ("ghcr", "io"),
            ("docker", "io"),
        ),
        *(("registry.npmmirror", "com"), ("crates", "io"), ("proxy.golang", "org"), ("anaconda", "org")),
    )
    hosts = re.compile("|".join(re.escape(".".join(name)) for name in names))
    named = [str(path) for path in tracked() if hosts.search((ROOT / path).read_text("utf-8", errors="ignore"))]
    assert named == []
