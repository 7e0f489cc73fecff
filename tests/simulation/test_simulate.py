"""`giliran simulate` on a running server: everybody lives, nothing goes wrong, and no real branch is touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.branches import a_document
from tests.journeys.giliran import Giliran


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Giliran]:
    one = Giliran(tmp_path / "data")
    one.start()
    yield one
    one.stop()


@pytest.mark.torture
def test_simulated_branches_live_without_an_error_and_never_beside_real_ones(server: Giliran) -> None:
    size = ("--branches", "2", "--counters", "3", "--displays", "2", "--rate", "4", "--seconds", "12", "--consoles")
    told = json.loads(server.done("simulate", "--server", server.url, *size, "--json"))
    assert told["errors"] == {}
    verbs = told["verbs"]
    assert {"issue", "call-next", "start"} <= set(verbs)
    assert verbs["call-next"]["n"] <= verbs["issue"]["n"]
    actions = sum(row["n"] for verb, row in verbs.items() if verb != "issue")  # whose answer tells no seq
    assert told["deed_to_display"]["n"] >= 2 * actions, "both displays of a branch have shown every action"
    assert told["pushes_per_second"] > 0

    server.apply(a_document("kota"))
    refused = server.command("simulate", "--server", server.url)
    assert refused.returncode == 1
    assert "real branches (kota)" in refused.stderr
