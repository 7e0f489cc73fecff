"""A whole application on a real database, spoken to without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.access import credentials
from tests.passwords import quick_hash
from tests.web.house import House


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The application with one branch and a token of every role."""
    # what is checked for names that nobody has: as quick as for those who are there
    monkeypatch.setattr(credentials, "_nobody", lambda: quick_hash("nobody's"))
    one = House(tmp_path)
    yield one
    one.application.stop()
