"""Every refusal has its own code, with a text in both languages."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import server.app  # noqa: F401 - defines every refusal
from server.contract import problems
from server.domain.errors import NoNumbersNow, Refused
from server.web.problems import code_of_status

TEXTS = Path(__file__).resolve().parents[2] / "server" / "texts"
OF_THE_PAGES = {"unreachable", "unexpected"}
"""Codes of the pages themselves, without a server's response."""
KINDS = {Refused, NoNumbersNow}
"""Base classes, which are never raised themselves."""


def refusals(kind: type[Refused] = Refused) -> Iterator[type[Refused]]:
    """Return every class of refusal that is raised."""
    if kind not in KINDS:
        yield kind
    for kind_of_refusal in kind.__subclasses__():
        yield from refusals(kind_of_refusal)


CODES: dict[str, type[Refused]] = {}
for _each in refusals():
    if _each.__module__ == "server.domain.errors":
        CODES.setdefault(_each.code, _each)


def test_no_two_refusals_share_a_code() -> None:
    """A subclass of a refusal may share its base's code."""
    kinds = [kind_of_refusal for kind_of_refusal in refusals() if kind_of_refusal.__module__ == "server.domain.errors"]
    shared = Counter(
        kind_of_refusal.code
        for kind_of_refusal in kinds
        if not issubclass(kind_of_refusal.__base__ or object, CODES[kind_of_refusal.code])
    )
    assert {code: n for code, n in shared.items() if n > 1} == {}


def test_a_refusal_of_another_module_means_what_its_code_says() -> None:
    for kind_of_refusal in refusals():
        assert issubclass(kind_of_refusal, CODES[kind_of_refusal.code]), kind_of_refusal


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_code_has_a_text_and_every_text_a_code(language: str) -> None:
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
def test_errors_of_the_web_server_have_a_fitting_code(status: int, code: str) -> None:
    assert code_of_status(status) == code


def test_a_code_goes_with_one_status() -> None:
    for code, status in problems.STATUS.items():
        assert code in CODES or code_of_status(status) == code, code
        assert problems.problem(code, "x").status == status
