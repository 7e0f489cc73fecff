"""docs/openapi.json is the contract as it is served, and takes away nothing that a release has promised."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy import contract
from tests.contract.compatibility import breaking_changes

RELEASED = sorted((Path(__file__).parent / "released").glob("*.json"))
"""The documents of releases: copies of docs/openapi.json, each made at its release and named for it."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(contract.FILE.read_text(encoding="utf-8"))
    return kept


def test_the_document_in_git_is_the_one_that_is_served() -> None:
    kept, served = contract.FILE.read_text(encoding="utf-8"), contract.written(contract.served())
    assert kept == served, "the contract has changed: run `make contract`, and look at the difference in docs/"


@pytest.mark.parametrize("file", RELEASED, ids=lambda file: file.stem)
def test_nothing_that_a_release_promised_is_gone(document: dict[str, Any], file: Path) -> None:
    assert breaking_changes(json.loads(file.read_text(encoding="utf-8")), document) == []


def _schema(document: dict[str, Any], name: str) -> Any:
    return document["components"]["schemas"][name]


def _operation(document: dict[str, Any], path: str, method: str) -> Any:
    return document["paths"][f"/api/v1{path}"][method]


ISSUE = ("/branches/{slug}/tickets", "post")
BREAKS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a route": (lambda d: d["paths"].pop("/api/v1/kiosk"), "GET /api/v1/kiosk: the route is gone"),
    "a role": (
        lambda d: _operation(d, *ISSUE)["x-roles"].remove("kiosk"),
        "POST /api/v1/branches/{slug}/tickets: role kiosk is gone",
    ),
    "a code": (
        lambda d: _schema(d, "Problem")["properties"]["code"]["x-extensible-enum"].remove("queue-empty"),
        "Problem.code: queue-empty is gone",
    ),
    "a field": (lambda d: _schema(d, "Leg")["properties"].pop("recalls"), "Leg.recalls is gone"),
    "a field that was always there": (
        lambda d: _schema(d, "Leg")["required"].remove("recalls"),
        "Leg.recalls may be left out now",
    ),
    "a value": (
        lambda d: _schema(d, "Service")["properties"]["staffing"]["enum"].remove("helping"),
        "Service.staffing: helping is gone",
    ),
    "certainty": (
        lambda d: _schema(d, "Leg")["properties"].update(service={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        "Leg.service: may be null now",
    ),
    "a freedom": (
        lambda d: _schema(d, "Issue").update(required=["language", "service"]),
        "Issue.language is required now",
    ),
    "length": (
        lambda d: _schema(d, "SignIn")["properties"]["name"].update(maxLength=8),
        "SignIn.name: maxLength is 8 now",
    ),
    "a parameter": (
        lambda d: _operation(d, "/branches/{slug}/events", "get")["parameters"].pop(),
        "GET /api/v1/branches/{slug}/events: the parameter limit is gone",
    ),
    "an answer": (
        lambda d: _operation(d, *ISSUE)["responses"].pop("409"),
        "POST /api/v1/branches/{slug}/tickets: the answer 409 is gone",
    ),
    "a view of the feed": (lambda d: d["x-feed"]["views"].pop("board"), "feed: the view board is gone"),
    "a field of the feed": (lambda d: _schema(d, "FeedEvent")["properties"].pop("at"), "FeedEvent.at is gone"),
}  # fmt: skip


@pytest.mark.parametrize("taken", BREAKS)
def test_what_is_taken_away_is_noticed(document: dict[str, Any], taken: str) -> None:
    change, sentence = BREAKS[taken]
    changed = copy.deepcopy(document)
    change(changed)
    assert breaking_changes(document, changed) == [sentence]


def test_what_is_added_passes(document: dict[str, Any]) -> None:
    more = copy.deepcopy(document)
    more["paths"]["/api/v1/new"] = _operation(more, *ISSUE)
    _operation(more, *ISSUE)["x-roles"].append("display")
    _schema(more, "Problem")["properties"]["code"]["x-extensible-enum"].append("too-new")
    _schema(more, "Ticket")["properties"]["shoe_size"] = {"type": "integer"}
    _schema(more, "Issue")["properties"]["shoe_size"] = {"type": "integer"}
    _schema(more, "SignIn")["properties"]["name"]["maxLength"] = 100
    assert breaking_changes(document, more) == []
