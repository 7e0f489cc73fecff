"""Builds the browser pages into the wheel, and once more for an editable install."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PagesBuildHook(BuildHookInterface[Any]):
    """Runs pages.py, the one place that knows how pages are built, before a wheel is packed."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Leaves server/static/ and printer/fonts/ complete, or stops the build.

        Both are git-ignored; `artifacts` in pyproject.toml takes them into the wheel, which
        stays `py3-none-any` because nothing in it depends on the machine.
        """
        script = Path(self.root, "deploy", "pages.py")
        if subprocess.run([sys.executable, str(script)], check=False).returncode:
            raise SystemExit("The browser pages could not be built; see the message above.")
