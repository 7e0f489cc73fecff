"""Names are plain words: those of a dialect that the code once had stay out of it."""

from __future__ import annotations

import io
import re
import tokenize

import pytest

from tests.repository.test_repository import ROOT, tracked

RETIRED = {
    "deed": "action, or WriteJob for one on its way to the database",
    "glance": "read_inline, or check",
    "household": "ProcessSupervisor",
    "leash": "parent_watchdog",
    "meant": "expected_ticket_id, or the thing's noun",
    "nursery": "the processes, or a supervisor of them",
    "outlook": "forecast",
    "prospect": "WaitForecast, or forecast",
    "takers": "eligible_printers, or counters_serving",
}
"""Word → what to call it instead; docs/glossary.md has the words of the code."""
COLUMNS = {("deed", "server/store/engines/idempotency.py"), ("deed", "server/store/engines/transaction.py")}
"""Where the name is a column of a database that exists."""
STRINGS_AND_COMMENTS = re.compile(
    r""""(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|//[^\n]*|/\*.*?\*/""",
    re.DOTALL,
)


def names(path: str) -> set[str]:
    """Return the identifiers of a source, but for the names of tests, which are sentences."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.endswith(".py"):
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        return {
            token.string for token in tokens if token.type == tokenize.NAME and not token.string.startswith("test_")
        }
    return set(re.findall(r"[A-Za-z_]\w*", STRINGS_AND_COMMENTS.sub('""', text)))


def words(name: str) -> set[str]:
    """Return the words of a name, each in the singular: `_DeedsOfRows` has deed, of and row."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {part.lower() for part in parts} | {part.lower().removesuffix("s") for part in parts}


def uses() -> list[tuple[str, str, str]]:
    """Return (word, path, name) of each use of a retired word."""
    sources = [str(path) for path in tracked() if path.suffix in {".py", ".ts", ".tsx"}]
    return [
        (word, path, name)
        for path in sources
        for name in (*sorted(names(path)), path.rpartition("/")[2].partition(".")[0])
        for word in words(name) & RETIRED.keys()
        if (word, path) not in COLUMNS
    ]


def test_no_name_has_a_retired_word() -> None:
    found = [f"{path}: {name}; call it {RETIRED[word]}" for word, path, name in uses()]
    assert found == []


@pytest.mark.parametrize(
    ("name", "word"), [("doDeed", "deed"), ("_DEEDS", "deed"), ("prospect_of", "prospect"), ("Outlook", "outlook")]
)
def test_a_retired_word_is_found_however_it_is_written(name: str, word: str) -> None:
    assert word in words(name)
