"""A whole application on a real database, spoken to without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """The application with one branch and a token of every role."""
    one = House(tmp_path)
    yield one
    one.application.stop()
