"""Write the public contract, docs/openapi.json, from the code: `python -m deploy.contract`, or `make contract`.

The file is kept in git, so that a change of the contract is seen where changes are reviewed. The browser's types are
made from it (deploy/pages.py), and tests/contract/test_document.py compares it with what the server answers.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from server.web.application import flask_application

ROOT = Path(__file__).parents[1]
FILE = ROOT / "docs" / "openapi.json"


def served() -> dict[str, Any]:
    """The document as this code serves it under /api/v1/openapi.json."""
    return flask_application().api_doc


def written(document: dict[str, Any]) -> str:
    """The text of the file: the keys of every object in order, so that equal contracts are equal files."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the file."""
    FILE.write_text(written(served()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
