"""A print agent and open pages of the release before work with this server.

`releases/VERSION.json` is what they said to the server of their own release, and what it answered. Here they say the
same to this one, and every part of the answers that they knew must be there, of the same kind. It is made anew, at a
release, by `KEEP_RELEASE=VERSION pytest tests/journeys/test_release_before.py`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.branches import a_branch
from tests.journeys.client import Branch
from tests.journeys.screen import Screen

RELEASES = Path(__file__).parent / "releases"
KEPT = sorted(RELEASES.glob("*.json"))
NEW_RELEASE = os.environ.get("KEEP_RELEASE")
NEEDS: dict[str, Any] = {"public_url": "http://192.0.2.10:8080"}  # else there is no code on the paper
SLUGS = {name: a_branch(f"before-{name.replace('.', '-')}", **NEEDS) for name in [file.stem for file in KEPT] + ["new"]}
SAME = {"state", "number", "code", "type", "view", "paper"}
"""Fields whose values clients compare, and which this conversation leads to for certain."""


class Conversation:
    """What the devices of one release say in turn; `$name` stands for what an earlier answer has told."""

    def __init__(self, here: Branch) -> None:
        self.here = here
        self.told: dict[str, str] = {"slug": here.slug}

    def send(self, step: dict[str, Any]) -> dict[str, Any]:
        """Return the status and the answer to one step."""
        api = self.here.by(step["as"])
        options: dict[str, Any] = {"headers": {"Idempotency-Key": key}} if (key := step.get("key")) else {}
        if "body" in step:
            options["json"] = self._filled(step["body"])
        response = api.http.request(step["method"], self._filled(step["path"]), **options)
        answer = response.json() if response.content else None
        if response.is_success:
            self.told |= {name: response.json()[field] for name, field in step.get("keep", {}).items()}
        return {"status": response.status_code, "answer": answer}

    def watch(self, screen: Screen, subscription: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a page's `subscribe`."""
        return screen.ask(self._filled(subscription))

    def _filled(self, value: Any) -> Any:
        if isinstance(value, str):
            return re.sub(r"\$(\w+)", lambda found: self.told[found[1]], value)
        if isinstance(value, dict):
            return {name: self._filled(each) for name, each in value.items()}
        return value


def lost(known: Any, told: Any, where: str = "") -> Iterator[str]:
    """Yield what a client of the release before finds no more, or finds of another kind."""
    if isinstance(known, dict) and isinstance(told, dict):
        for name, value in known.items():
            if name not in told:
                yield f"{where}.{name} is gone"
            elif name in SAME and value != told[name]:
                yield f"{where}.{name}: {told[name]!r} instead of {value!r}"
            else:
                yield from lost(value, told[name], f"{where}.{name}")
    elif isinstance(known, list) and isinstance(told, list):
        if known and not told:
            yield f"{where} is empty"
        elif known:
            yield from lost(known[0], told[0], f"{where}[0]")
    elif type(known) is not type(told) and not {type(known), type(told)} <= {int, float} and known is not None:
        yield f"{where}: {told!r} where {known!r} was"


@pytest.fixture(params=KEPT, ids=lambda file: file.stem)
def release(request: pytest.FixtureRequest) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(request.param.read_text(encoding="utf-8"))
    return kept | {"version": request.param.stem}


def test_a_print_agent_and_open_pages_of_the_release_before_go_on(
    release: dict[str, Any], branch: Callable[[str], Branch]
) -> None:
    faults = []
    for step, kept in held(release, branch(SLUGS[release["version"]])):
        name = step.get("path") or f"subscribe {step['view']}"
        faults += [f"{step['as']} {name}{fault}" for fault in lost(step["told"], kept)]
    assert faults == []


def held(release: dict[str, Any], here: Branch) -> Iterator[tuple[dict[str, Any], Any]]:
    """Hold the conversation once more: each thing that was said, and what this server tells then."""
    talk = Conversation(here)
    for step in release["calls"]:
        yield step, talk.send(step)
    for step in release["pages"]:
        token = None if step["as"] == "none" else here.by(step["as"]).token
        with Screen(here.url, token) as screen:
            answer = talk.watch(screen, step["subscribe"])
            counter = here.counter(1)
            counter.do("recall")
            push = screen.until(lambda state, seen=answer: state["seq"] > seen["seq"])  # type: ignore[misc]
            yield step, {"answer": answer, "push": push}


def test_what_a_client_would_miss_is_noticed() -> None:
    known = {"id": "7", "legs": [{"counter": 1}], "state": "called", "note": None}
    assert list(lost(known, {"id": "8", "legs": [{"counter": 2, "more": 1}], "state": "called", "note": "x"})) == []
    assert list(lost(known, {"legs": [], "state": "serving", "note": None})) == [
        ".id is gone", ".legs is empty", ".state: 'serving' instead of 'called'",
    ]  # fmt: skip
    assert list(lost({"counter": 1}, {"counter": None})) == [".counter: None where 1 was"]


@pytest.mark.skipif(NEW_RELEASE is None, reason="run to keep what a release says: KEEP_RELEASE=VERSION")
def test_keep_what_this_release_says(branch: Callable[[str], Branch]) -> None:
    newest = json.loads(KEPT[-1].read_text(encoding="utf-8"))
    for step, told in held(newest, branch(SLUGS["new"])):
        step["told"] = told
    text = json.dumps(newest, indent=1, ensure_ascii=False) + "\n"
    (RELEASES / f"{NEW_RELEASE}.json").write_text(text, encoding="utf-8")
