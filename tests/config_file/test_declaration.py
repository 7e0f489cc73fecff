"""A file of `giliran apply`, written badly: refused in plain words that name the place, and never half believed."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.config_file.reading import read_declarations
from server.domain.errors import Invalid
from tests.hostile import FORBIDDEN, HARMLESS, LONG

BRANCH = "branch: {slug: x, name: {en: X}, timezone: Asia/Jakarta}\n"
ALIASES = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
JARGON = re.compile(
    r"input should|value error|pydantic|traceback|unicode string|\[type=|nonetype|inputs", re.IGNORECASE
)

WRONG = {
    "a: b: c": "line 1, column 5",
    "branch:\n\tslug: x": "line 2, column 1: a tab: indent with spaces",
    "branch: *nobody": "a text that begins with * needs quotes; without, it is another name",
    BRANCH + BRANCH.replace("\n", ""): "'branch' is there twice",
    "branch: {slug: x, slug: y}": "line 1, column 19: 'slug' is there twice",
    "branch: {slug: 2026-13-45}": "line 1, column 16: 2026-13-45 is no such date",
    "branch: {slug: !!bool 7}": "line 1, column 16: 7 is no such date, number or truth",
    "branch: {slug: !!timestamp x}": "x is no such date",
    "branch: {slug: !mine x}": "a text that begins with ! needs quotes",
    "branch: {slug: =}": "a = that stands alone needs quotes",
    "branch: {slug: @x}": "a text that begins with this character needs quotes",
    "branch: 'x": "a quotation mark is opened and never closed",
    "branch: {slug: x": "a closing bracket is missing",
    "- a\nb: c": "line 2, column 1: this line is indented in another way",
    "? [a]\n: b": "a name must be a text",
    "branch: {slug: " + "9" * 6000 + "}": "line 1, column 16: the number is too long",
    "!!python/object/apply:os.system ['true']": "line 1, column 1",
    ALIASES: "more than 100000 parts",
    "branch: &a {name: *a}": "it holds itself",
    "[" * 1500: "nested too deep",
    "{" * 1500: "nested too deep",
    "x: 1\nyy: \x00": "line 2, column 5: a control character",
    "x" * 10_000_000: "longer than 1000000 characters",
    "": "declares no branch",
    "---\n---\n# nothing\n": "declares no branch",
    "just words": "document 1: must be a group of names and values",
    "[1, 2]": "document 1: must be a group of names and values",
    f"{BRANCH}---\nbranch: 7": "document 2, branch: must be a group of names and values",
    f"{BRANCH}---\n{BRANCH}": "branch x: declared twice",
    BRANCH + "services: {code: A}": "document 1, services: must be a list",
    BRANCH + "services: [{code: a, name: {en: A}}]": "services.1.code: must be one or two capital letters",
    BRANCH
    + "services: [{code: A, name: {en: A}, daily_qouta: 3}]": "services.1.daily_qouta: is not known here; known are",
    BRANCH + "services: [{code: A, name: {en: A}, target_wait_minutes: .nan}]": "target_wait_minutes: must be",
    BRANCH + "services: [{code: A, name: {en: A}, last_number: 1e400}]": "last_number: must be a whole number",
    BRANCH + "counters: [{number: 0, name: {en: C}, services: [A]}]": "counters.1.number: must be at least 1",
    BRANCH
    + "counters: [{number: 1, name: {en: C}, services: [B]}]": "counter 1 takes service 'B', which is not declared",
    BRANCH + "staff: [{name: '', role: boss}]": "staff.1.role: must be 'agent', 'supervisor' or 'admin'",
    BRANCH.replace("Asia/Jakarta", "../../etc/passwd"): "is no time zone",
    BRANCH.replace("}\n", ", hours: {mon: '8-12'}}\n"): "is no span",
    BRANCH.replace("}\n", ", hours: {someday: closed}}\n"): "is no day",
    BRANCH.replace("}\n", ", public_url: 'javascript:alert(1)'}\n"): "must be an address that begins with http",
    BRANCH.replace("}\n", ", public_url: 'http://x.example/queue'}\n"): "branch.public_url: has a path (/queue)",
    BRANCH.replace(
        "}\n", ", notice: {de: Hallo}}\n"
    ): "the notice is in de, which is none of the branch's languages (id, en)",
    BRANCH.replace("}\n", ", join_by_phone: maybe}\n"): "branch.join_by_phone: must be true or false",
    BRANCH.replace("}\n", ", last_ticket_minutes: yes}\n"): "last_ticket_minutes: must be a number, not true or false",
    BRANCH.replace("}\n", ", retention_days: 1:30}\n"): "branch.retention_days: must be a whole number",
    BRANCH
    + "services: [{code: A, name: {en: A}, last_number: 0777}]": "YAML reads 0777 without quotes as a number in base 8",
    BRANCH.replace("slug: x", "slug: ../x"): "branch.slug: must be 1 to 64 small letters, digits and dashes",
}


@pytest.mark.parametrize(("text", "place"), WRONG.items(), ids=lambda text: str(text)[:40])
def test_what_is_wrong_is_told_with_its_place_and_without_a_programmers_words(text: str, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_declarations(text)
    assert place in refused.value.detail
    assert not JARGON.search(refused.value.detail), refused.value.detail
    assert all(len(line) <= 300 for line in refused.value.detail.splitlines())


UNQUOTED = {
    "NO": "true or false", "yes": "true or false", "off": "true or false", "2026-12-25": "a date", "7": "a number",
    "1.0e+3": "a number", "0x1F": "a number", ".inf": "a number", "~": "nothing", "null": "nothing",
}  # fmt: skip
"""What YAML takes for something else than a text."""


@pytest.mark.parametrize(("word", "kind"), UNQUOTED.items())
@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("services:\n  - {code: WORD, name: {en: A}}", "services.1.code"),
        ("services:\n  - {name: {en: WORD}, code: A}", "services.1.name.en"),
        ("staff:\n  - {name: WORD}", "staff.1.name"),
        ("staff:\n  - {role: WORD, name: x}", "staff.1.role"),
    ],
)
def test_a_word_that_yaml_takes_for_something_else_is_refused_with_its_line_and_quotes_help(
    word: str, kind: str, file: str, place: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read_declarations(BRANCH + file.replace("WORD", word))
    (line,) = refused.value.detail.splitlines()
    assert line.startswith(f"document 1, {place}: must be ")
    assert line.endswith(f'; YAML reads {word} without quotes as {kind}: write "{word}" in quotes (line 3)')
    quoted = [line for line in _faults(BRANCH + file.replace("WORD", f'"{word}"')) if "YAML reads" in line]
    assert quoted == []


def _faults(text: str) -> list[str]:
    try:
        read_declarations(text)
    except Invalid as refused:
        return refused.detail.splitlines()
    return []


def test_a_language_that_yaml_takes_for_a_truth_needs_quotes_also_as_a_name() -> None:
    (line,) = _faults(BRANCH + "services: [{code: A, name: {no: Norsk}}]")
    assert "services.1.name: must be" in line and 'write "no" in quotes (line 2)' in line


def test_a_time_is_what_is_written_and_no_number_in_base_60() -> None:
    (declared,) = read_declarations(
        BRANCH.replace("}\n", ", day_start: 4:30}\n") + "services: [{code: A, name: {en: 12:30}}]"
    )
    assert (declared.branch.day_start, declared.branch.services[0].name) == (time(4, 30), {"en": "12:30"})
    assert "branch.day_start: must be" in _faults(BRANCH.replace("}\n", ", day_start: 8}\n"))[0]


MANY = {f"{a}{b}": "x" for a in "abcdefghijklm" for b in "abcdefghijklmnopqrstuvwxyz"}
TOO_MUCH = {
    "branch.notice": "must have at most 12",
    "branch.name": "must have at most 12",
    "branch.languages": "must have at most 12",
    "branch.special_days": "must have at most 1000",
    "services": "must have at most 100",
    "counters": "must have at most 500",
    "branch.priority_classes": "must have at most 20",
    "kiosks": "must have at most 200",
    "printers": "must have at most 200",
    "displays": "must have at most 200",
    "staff": "must have at most 1000",
}


@pytest.mark.parametrize(("place", "said"), TOO_MUCH.items())
def test_all_that_is_declared_is_bounded(place: str, said: str) -> None:
    document = yaml.safe_load(BRANCH)
    part = document["branch"] if place.startswith("branch.") else document
    name = place.removeprefix("branch.")
    part[name] = {
        "notice": MANY, "name": MANY, "languages": list(MANY),
        "special_days": {date(2026, 1, 1) + timedelta(n): "closed" for n in range(1001)},
    }.get(name, [{"name": f"n{n}"} for n in range(1001)])  # fmt: skip
    assert any(line.startswith(f"document 1, {place}: {said}") for line in _faults(yaml.safe_dump(document)))


def test_of_many_faults_the_first_are_told_and_how_many_more_there_are() -> None:
    with pytest.raises(Invalid) as refused:
        read_declarations(BRANCH + "services: [" + "{code: a}, " * 90 + "]")
    lines = refused.value.detail.splitlines()
    assert len(lines) <= 21 and "160 more" in lines[-1]


def with_word(word: str) -> str:
    """A file that has the word wherever a file takes words."""
    name = {"en": word}
    return yaml.safe_dump(
        {
            "branch": {
                "slug": "x",
                "name": name,
                "timezone": "Asia/Jakarta",
                "notice": name,
                "priority_classes": [{"code": "vip", "name": name, "head_start_minutes": 1}],
            },
            "services": [{"code": "A", "name": name}],
            "counters": [{"number": 1, "name": name, "services": ["A"]}],
            "kiosks": [{"name": word}],
            "printers": [{"name": word}],
            "displays": [{"name": word}],
            "staff": [{"name": word}],
        },
        default_style='"',
    )


@pytest.mark.parametrize("word", HARMLESS)
def test_strange_words_are_kept_letter_for_letter(word: str) -> None:
    (declared,) = read_declarations(with_word(word))
    assert declared.devices is not None and declared.staff is not None
    branch = declared.branch
    names = [branch.name, branch.notice, branch.services[0].name, branch.counters[0].name]
    assert names == [{"en": word}] * 4
    assert {d.name for d in declared.devices} == {s.name for s in declared.staff} == {word}


@pytest.mark.parametrize("word", [*FORBIDDEN, LONG, "", "  "])
def test_words_that_would_drive_a_terminal_are_refused_wherever_they_stand(word: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_declarations(with_word(word))
    assert len(refused.value.detail.splitlines()) == 9, refused.value.detail
    assert refused.value.detail.isprintable() or "\n" in refused.value.detail


ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.dates(), st.binary(max_size=8)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                [
                    "branch",
                    "slug",
                    "name",
                    "en",
                    "timezone",
                    "services",
                    "code",
                    "hours",
                    "mon",
                    "special_days",
                    "staff",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


def is_read_or_refused(text: str) -> None:
    """Check that a file is understood, or refused in plain words."""
    refusal = "none"
    try:
        read_declarations(text)
    except Invalid as refused:
        refusal = refused.detail
    assert refusal and not JARGON.search(refusal), refusal


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(part=ANYTHING, where=st.sampled_from(["", "branch", "services", "counters", "hours", "special_days", "staff"]))
def test_anything_at_all_in_a_file_is_a_declaration_or_a_refusal(part: Any, where: str) -> None:
    document = yaml.safe_load(BRANCH)
    if where in ("hours", "special_days"):
        document["branch"][where] = part
    elif where:
        document[where] = part
    else:
        document = part
    is_read_or_refused(yaml.safe_dump(document, allow_unicode=True))


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=200) | st.text(alphabet="-:[]{}&*!|>'\"%@`#,? \n\tab01", max_size=60))
def test_any_text_at_all_is_a_declaration_or_a_refusal(text: str) -> None:
    is_read_or_refused(text)
