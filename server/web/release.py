"""Which release this program is, and which build of the pages it serves."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from server.domain.errors import Unavailable

STATIC = Path(__file__).parents[1] / "static"


def release() -> str:
    """Return the version of this program."""
    try:
        return version("giliran")
    except PackageNotFoundError:
        return "0"


def pages_build() -> str | None:
    """Return the build of the pages; None where they are not built."""
    try:
        build: str = json.loads((STATIC / "build.json").read_text())["build"]
    except FileNotFoundError:
        return None
    return build


def served_build() -> str:
    """Return the build of the pages; a page that was loaded from another one reloads itself.

    Raises Unavailable where they are not built.
    """
    build = pages_build()
    if build is None:
        raise Unavailable("The pages are not built. Run `make build`, or install the package again.")
    return build
