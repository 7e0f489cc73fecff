"""How long `giliran run` takes until it is ready, and what it holds in memory then, against the imports that it needs.

The reference is a bare Python that imports the same third-party modules in the same order: those of the very process
that serves, as `-X importtime` tells them.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from benchmarks import branch
from benchmarks.table import Row, at_most

TINY = {"rounds": 1}

_IMPORTED = re.compile(r"^import time: +\d+ \| +\d+ \| +(\S+)$", re.MULTILINE)
_OWN = {"server", "kiosk", "display", "printer", "benchmarks"}
_IMPORTING = """
import contextlib, importlib, sys
for name in sys.argv[1:]:
    with contextlib.suppress(ModuleNotFoundError):  # what somebody looked for, and did without
        importlib.import_module(name)
print(len(sys.argv) - 1, flush=True)
sys.stdin.read()
"""


def third_party(data: Path) -> list[str]:
    """The modules of others that a server imports until it is ready, in order."""
    command = [sys.executable, "-X", "importtime", "-m", "server", "run", "--port", "0", "--data", str(data)]
    with (
        TemporaryFile("w+") as told,  # more than a pipe holds
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=told, text=True) as process,
    ):
        try:
            _ready(process)
        finally:
            process.terminate()
        process.wait()
        told.seek(0)
        imported = _IMPORTED.findall(told.read())
    ours = _OWN | set(sys.stdlib_module_names)
    return [name for name in imported if name.split(".")[0] not in ours]


def _ready(process: subprocess.Popen[str]) -> None:
    """Wait until the server says where it is, and answers there that it is ready."""
    assert process.stdout is not None
    said = process.stdout.readline()
    port = re.search(r":(\d+)/", said)
    assert port, said
    with urllib.request.urlopen(f"http://127.0.0.1:{port[1]}/readyz", timeout=60) as answer:
        assert answer.status == 200


def _imported(process: subprocess.Popen[str]) -> None:
    """Wait until the modules are there."""
    assert process.stdout is not None
    assert process.stdout.readline().strip()


def measured(command: list[str], done: Callable[[subprocess.Popen[str]], None]) -> tuple[float, float]:
    """Milliseconds until a new process is `done`, and MiB that are resident then."""
    began = time.perf_counter()
    with ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen([sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        stack.callback(process.terminate)
        done(process)
        took = (time.perf_counter() - began) * 1000
        pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
        return took, pages * resource.getpagesize() / 2**20


def rows(*, rounds: int = 5) -> Iterator[Row]:
    """Time and memory of a start."""
    with TemporaryDirectory(prefix="giliran-bench-") as name:
        data = Path(name)
        branch.found(data)
        modules = third_party(data)
        serving = ["-m", "server", "run", "--port", "0", "--data", name]
        ours, imports = [], []
        for _ in range(rounds):
            ours.append(measured(serving, _ready))
            imports.append(measured(["-c", _IMPORTING, *modules], _imported))
        times, sizes = ([[one[n] for one in kind] for kind in (ours, imports)] for n in range(2))
        yield Row("`giliran run` → ready, existing data (its imports)", "ms", times[0], times[1], at_most(2))
        yield Row("resident memory when ready (the same imports)", "MiB", sizes[0], sizes[1], at_most(1.4))
