"""A terminal to launch: a made-up browser and print agent that write down how they were started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from kiosk.terminal.children import Child

# An interpreter's path may hold blanks, which the first line of a script cannot.
PROGRAM = """#!/bin/sh
exec '{python}' '{script}' "$@"
"""

DIARIST = """import json, os, sys, time
secret = {{name: value for name, value in os.environ.items() if name.startswith("GILIRAN_")}}
with open({diary!r}, "a") as diary:
    diary.write(json.dumps({{"who": {who!r}, "pid": os.getpid(), "argv": sys.argv[1:], "secret": secret}}) + "\\n")
time.sleep(600)
"""


@dataclass
class Terminal:
    """A folder with a fake browser, a fake package `printer`, and the diary both of them write."""

    folder: Path
    package: str = "kiosk"
    """The package that is launched."""
    launched: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def diary(self) -> Path:
        return self.folder / "diary"

    @property
    def browser(self) -> Path:
        return self.folder / "browser"

    @property
    def profile(self) -> Path:
        return self.folder / "profile"

    def set_up(self) -> None:
        fill = {"python": sys.executable, "diary": str(self.diary)}
        script = self.browser.with_suffix(".py")
        script.write_text(DIARIST.format(who="browser", **fill))
        self.browser.write_text(PROGRAM.format(python=sys.executable, script=script))
        self.browser.chmod(0o700)
        agent = self.folder / "printer" / "__main__.py"
        agent.parent.mkdir()
        (agent.parent / "__init__.py").touch()
        agent.write_text(DIARIST.format(who="printer", **fill))

    def launch(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Starts `python -m PACKAGE` with the fake browser, in the folder whose `printer` is a fake."""
        given = ["--browser", str(self.browser), "--profile", str(self.profile), *arguments]
        # Packages are looked for in that folder first, as its environment says, so that it is the fake agent that runs.
        launcher = subprocess.Popen(
            [sys.executable, "-m", self.package, *given],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder), **environment},
            stderr=subprocess.PIPE,
            text=True,
        )
        self.launched.append(launcher)
        return launcher

    def starts(self, who: str) -> list[dict[str, Any]]:
        """How that program was started, each time."""
        lines = self.diary.read_text().splitlines() if self.diary.exists() else []
        return [start for start in map(json.loads, lines) if start["who"] == who]

    def clear(self) -> None:
        for launcher in self.launched:
            if launcher.poll() is None:
                launcher.send_signal(signal.SIGTERM)
            launcher.communicate(timeout=60)


class Told(list[str]):
    """Collects what was said."""

    def __call__(self, line: str) -> None:
        self.append(line)


def tend_until_said(child: Child, told: Told, count: int, now: float) -> None:
    """Tends at one instant until `count` lines were said."""
    end = time.monotonic() + 60
    while len(told) < count:
        assert time.monotonic() < end, told
        child.tend(now)
        time.sleep(0.01)  # a process ends when it ends; there is no event to wait for but its status


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    """Waits for something that another process brings about."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)


@contextmanager
def a_server(*slugs: str) -> Iterator[str]:
    """The address of a server that has these branches."""
    body = json.dumps({"branches": [{"slug": slug} for slug in slugs]}).encode()

    class Branches(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/api/v1/branches"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Branches)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
