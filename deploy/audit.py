"""Ask the indexes whether any release that this project pins is known to be vulnerable: `make audit`.

Exit 0: asked, and nothing found. 1: something found. 3: nobody could be asked; what was tried is told.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOUND, NOT_ASKED = 1, 3
SECONDS = 40


def _run(command: list[str]) -> tuple[int, str, str]:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return NOT_ASKED, "", f"no answer within {SECONDS} s"
    return done.returncode, done.stdout, done.stderr


def python() -> tuple[int, str]:
    """(exit code, what to tell) of the Python packages that both lock files pin."""
    lock = ROOT / "deploy" / "requirements-test.txt"
    if shutil.which("pip-audit", path=str(Path(sys.executable).parent)) is None:
        return NOT_ASKED, "pip-audit is not installed"
    with tempfile.TemporaryDirectory() as folder:
        # one package first: an index that tells nothing of it is not asked about a hundred
        one = Path(folder) / "one.txt"
        one.write_text(_entry(lock.read_text(encoding="utf-8"), "jinja2"), encoding="utf-8")
        for file in (one, lock):
            packages, errors = _ask(file)
            if not any("skip_reason" not in package for package in packages):
                # its own verdict would be that nothing is known
                return NOT_ASKED, f"pip-audit could not ask: {errors or 'the index tells nothing of what is pinned'}"
    asked = [p for p in packages if "skip_reason" not in p]
    faults = [f"{p['name']} {p['version']}: {v['id']}" for p in asked for v in p["vulns"]]
    if faults:
        return FOUND, "pip-audit found " + "; ".join(faults)
    return 0, f"pip-audit: nothing known of {len(asked)} packages ({len(packages) - len(asked)} not in the index)"


def _ask(file: Path) -> tuple[list[dict[str, Any]], str]:
    """(what pip-audit says of each package of a file, why it could not)."""
    tool = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    _, out, errors = _run([*tool, "--timeout", "5", "--format", "json", "-r", str(file)])
    try:
        return json.loads(out)["dependencies"], ""
    except (ValueError, KeyError):
        return [], _last(errors)


def _entry(lock: str, package: str) -> str:
    """The lines of one package in a lock file."""
    found = re.search(rf"^{package}==.*\n(?:    --hash.*\n?)+", lock, re.MULTILINE)
    assert found is not None, f"{package} is not in the lock file any more: name another one"
    return found[0]


def node() -> tuple[int, str]:
    """The same of the npm packages that package-lock.json pins."""
    if shutil.which("npm") is None:
        return NOT_ASKED, "npm is not installed"
    _, out, errors = _run(["npm", "audit", "--json"])
    try:
        found = json.loads(out)["vulnerabilities"]
    except (ValueError, KeyError):
        return NOT_ASKED, f"npm audit could not ask: {_last(errors)}"
    if found:
        return FOUND, "npm audit found " + "; ".join(f"{name}: {v['severity']}" for name, v in found.items())
    return 0, "npm audit: nothing known"


def _last(errors: str) -> str:
    """The line that says most of an error."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    return next(
        (line for line in lines if "audit" in line or "rror" in line), lines[-1] if lines else "no reason given"
    )


def main() -> int:
    """Ask both, tell both."""
    answers = [python(), node()]
    for _, told in answers:
        print(told)
    codes = {code for code, _ in answers}
    return FOUND if codes - {0, NOT_ASKED} else min(codes)


if __name__ == "__main__":
    sys.exit(main())
