"""Fixtures: a whole application on a real database, called without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.access import credentials
from tests.passwords import quick_hash
from tests.web.app_server import AppServer


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppServer]:
    """The application with one branch and a token of every role."""
    # The hash for unknown names must be as quick as the accounts' own.
    monkeypatch.setattr(credentials, "_dummy_hash", lambda: quick_hash("nobody's"))
    one = AppServer(tmp_path)
    yield one
    one.application.stop()
