"""Serves the demo branch and starts it anew whenever a source changes.

    python deploy/dev.py [options of `giliran demo`]

Pages that are open reload themselves when they meet the new build, so that a saved file is seen
a moment later on every screen.
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "server" / "static"
WATCHED = ("server", "kiosk", "display", "printer")
SUFFIXES = {".py", ".ts", ".tsx", ".css", ".json", ".yaml", ".html"}
SECONDS_BETWEEN_LOOKS = 0.5


def saved() -> dict[Path, int]:
    """Returns when each source was last saved, in nanoseconds."""
    times = {}
    for folder in WATCHED:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in SUFFIXES and not path.is_relative_to(BUILT):
                # An editor may be replacing the file at this moment; the next look finds it.
                with suppress(FileNotFoundError):
                    times[path] = path.stat().st_mtime_ns
    return times


def start(arguments: list[str]) -> subprocess.Popen[bytes] | None:
    """Builds the pages and serves the demo; None when they do not build, which is said."""
    if subprocess.run([sys.executable, str(ROOT / "deploy" / "pages.py")], check=False).returncode:
        return None
    return subprocess.Popen([sys.executable, "-m", "server", "demo", *arguments], cwd=ROOT)


def main() -> None:
    """Serves until Ctrl-C, which the terminal gives to the demo at the same moment."""
    demo = None
    try:
        while True:
            seen = saved()
            demo = start(sys.argv[1:])
            while saved() == seen:
                time.sleep(SECONDS_BETWEEN_LOOKS)
            print("dev: a source has changed", flush=True)
            if demo:
                demo.terminate()
                demo.wait()
    except KeyboardInterrupt:
        if demo:
            demo.wait()


if __name__ == "__main__":
    main()
