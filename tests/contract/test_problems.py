"""One code, one meaning: every refusal has a code of its own, with words in both languages."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import server.app  # noqa: F401 - so that every refusal there is has been defined
from server.contract import problems
from server.domain.errors import NoNumbersNow, Refused
from server.web.problems import code_of_status

TEXTS = Path(__file__).resolve().parents[2] / "server" / "texts"
OF_THE_PAGES = {"unreachable", "unexpected"}
"""What pages say where no server has said anything."""
KINDS = {Refused, NoNumbersNow}
"""These are never raised themselves."""


def refusals(kind: type[Refused] = Refused) -> Iterator[type[Refused]]:
    """Every kind of refusal that is raised."""
    if kind not in KINDS:
        yield kind
    for each in kind.__subclasses__():
        yield from refusals(each)


CODES: dict[str, type[Refused]] = {}
for _each in refusals():
    if _each.__module__ == "server.domain.errors":
        CODES.setdefault(_each.code, _each)


def test_no_two_refusals_share_a_code() -> None:
    """But a kind of a refusal has the code of that refusal."""
    kinds = [each for each in refusals() if each.__module__ == "server.domain.errors"]
    shared = Counter(each.code for each in kinds if not issubclass(each.__base__ or object, CODES[each.code]))
    assert {code: n for code, n in shared.items() if n > 1} == {}


def test_a_refusal_of_another_module_means_what_its_code_says() -> None:
    for each in refusals():
        assert issubclass(each, CODES[each.code]), each


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_code_has_words_and_every_words_a_code(language: str) -> None:
    errors = json.loads((TEXTS / f"{language}.json").read_text(encoding="utf-8"))["errors"]
    served = CODES.keys() | {code_of_status(status) for status in range(400, 600)}
    assert errors.keys() - OF_THE_PAGES == served
    assert len(set(errors.values())) == len(errors), "two codes with the same words cannot be told apart"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "validation"), (401, "unauthenticated"), (403, "forbidden"), (404, "not-found"),
        (405, "method-not-allowed"), (408, "validation"), (411, "validation"), (413, "validation"),
        (414, "validation"), (415, "validation"), (422, "validation"), (429, "rate-limited"), (431, "validation"),
        (500, "unavailable"), (501, "unavailable"), (503, "unavailable"),
    ],
)  # fmt: skip
def test_what_the_web_server_refuses_has_an_honest_code(status: int, code: str) -> None:
    assert code_of_status(status) == code


def test_a_code_goes_with_one_status() -> None:
    for code, status in problems.STATUS.items():
        assert code in CODES or code_of_status(status) == code, code
        assert problems.problem(code, "x").status == status
