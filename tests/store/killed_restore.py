"""Restores over old data repeatedly, each time killed one step later: `killed_restore.py WORK [every]`.

WORK contains `old/`, `new/` (data directories) and `new.zip`. A step is any change of names in a directory; with
`every`, also any opening of a file. After each kill, the data must be completely the old or the new. Prints the counts.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

from server.store.engines.store import DATABASE_FILE
from server.store.maintenance import data_directory, restoring
from tests.clock import HandClock
from tests.store.releases_kept import Rows, rows

NAMES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree"}


def dies(step: int, data: Path, file: Path, *, every: bool) -> bool:
    """Restore in a process that is killed at its `step`-th step; return False if it had fewer steps."""
    child = os.fork()
    if not child:
        steps = 0

        def count(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal steps
            if event in NAMES or (every and event == "open" and str(data) in str(arguments[0])):
                steps += 1
                if steps == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        restoring.restore(data, file, clock=HandClock(), replace=True)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, status
    return os.WIFSIGNALED(status)


def contents(data: Path) -> tuple[Rows, dict[str, bytes]]:
    """Return the rows and clips of a data directory."""
    clips = data / data_directory.CLIPS
    files = sorted(path for path in clips.rglob("*") if path.is_file())
    return rows(data / DATABASE_FILE), {path.relative_to(clips).as_posix(): path.read_bytes() for path in files}


def main(work: Path, *, every: bool) -> None:
    old, new = contents(work / "old"), contents(work / "new")
    assert old != new
    counts = {"old": 0, "new": 0}
    step = 1
    while True:
        data = work / "data"
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(work / "old", data)
        killed = dies(step, data, work / "new.zip", every=every)
        # as the next process that opens the directory does
        with data_directory.locked(data, "a test"):
            restoring.complete(data)
        result = contents(data)
        assert result in (old, new), f"killed at step {step}: neither the old nor the new"
        counts["old" if result == old else "new"] += 1
        if result == new:
            kept = next(data.glob("before-restore-*"))
            assert contents(kept) == old, f"killed at step {step}: the old data were not kept"
        if not killed:
            break
        step += 1
    assert counts["new"] >= 1
    print(f"{step - 1} kills: {counts['old']} left the old, {counts['new'] - 1} the new")


if __name__ == "__main__":
    main(Path(sys.argv[1]), every=len(sys.argv) > 2)
