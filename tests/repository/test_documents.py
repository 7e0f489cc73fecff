"""The documents name files that exist, and keep to the width that people read beside code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

DOCUMENTS = sorted(
    str(path.relative_to(ROOT))
    for path in (
        *ROOT.joinpath("docs").rglob("*.md"),
        ROOT / "README.md",
        ROOT / "benchmarks" / "README.md",
        ROOT / "server" / "pages" / "shared" / "README.md",
    )
)
LONGEST_LINE = 100
WIDE = {"docs/printers.md", "docs/apply-file.md"}
"""Filled or written by others: their lines may be longer."""
FOLDERS = (
    *("server/", "kiosk/", "display/", "printer/", "deploy/", "tests/", "benchmarks/", "docs/"),
    # a path that begins inside server/ has lost its beginning
    *(f"{part.name}/" for part in ROOT.joinpath("server").iterdir() if part.is_dir()),
)
SUFFIXES = (".py", ".ts", ".tsx", ".css", ".json", ".yaml", ".md", ".sql", ".service", ".timer", ".conf", ".toml")
BUILT = ("server/static", "printer/fonts")
_SPAN = re.compile(r"`([^`]+)`")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_NAME_IN_FILE = re.compile(r"`([\w.]+)`\s+in\s+`([\w./-]+\.\w+)`")
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def prose(document: str) -> str:
    """The text of a document without its blocks of code."""
    return _FENCE.sub("", (ROOT / document).read_text(encoding="utf-8"))


def paths_named(text: str) -> list[str]:
    """What stands in backticks and looks like a path of this repository."""
    spans = (span.split("::")[0] for span in _SPAN.findall(text))
    paths = [span for span in spans if re.fullmatch(r"[\w.-]+(/[\w.-]+)+/?|[\w.-]+/", span)]
    return [path for path in paths if path.startswith(FOLDERS) or path.endswith(SUFFIXES)]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_a_document_names_exists(document: str) -> None:
    """From the root, or from tests/ where a table names tests alone."""
    missing = [
        path
        for path in paths_named(prose(document))
        if not (ROOT / path).exists() and not (ROOT / "tests" / path).exists() and not path.startswith(BUILT)
    ]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_links_to_exists(document: str) -> None:
    links = [link for link in _LINK.findall(prose(document)) if "://" not in link]
    assert [link for link in links if not (ROOT / document).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("document", sorted(set(DOCUMENTS) - WIDE))
def test_prose_is_wrapped(document: str) -> None:
    long = [
        line
        for line in prose(document).splitlines()
        if len(line) > LONGEST_LINE and not line.lstrip().startswith(("|", "!["))
    ]
    assert long == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_name_that_a_document_places_in_a_file_is_there(document: str) -> None:
    """Where it writes `name` in `path`, as the glossary's table does by its columns."""
    places = _NAME_IN_FILE.findall(prose(document))
    if document == "docs/glossary.md":
        rows = [line.split("|")[1:3] for line in prose(document).splitlines() if line.startswith("|")]
        paths = [(names, re.findall(r"`([\w./-]+\.\w+)`", where)) for names, where in rows]
        places += [
            (name, path)
            for names, found in paths
            for name, path in zip(re.findall(r"`(\w+)`", names), found * 9, strict=False)
        ]
        assert len(places) > 20, "the table was read"
    missing = [
        f"{name} in {path}"
        for name, path in places
        if not re.search(rf"\b{name.rpartition('.')[2]}\b", (ROOT / path).read_text(encoding="utf-8"))
    ]
    assert missing == []
