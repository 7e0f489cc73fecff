"""The demo as a stranger has it: one command, its console, and the processes that it is made of."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from pathlib import Path

from tests.journeys.giliran import ROOT, plain_environment

ENDS_WITHIN_SECONDS = 60


class RunningDemo:
    """A running `giliran demo`; come back from the constructor, it serves."""

    def __init__(self, data: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "server", "demo", "--port", "0", "--data", str(data), *arguments]
        self._demo = subprocess.Popen(
            command, cwd=ROOT, env=plain_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.said = ""
        assert self._demo.stdout is not None
        for line in self._demo.stdout:
            self.said += line
            if "Ctrl-C" in line:
                break
        else:
            raise AssertionError(f"the demo ended: {self.said}")
        (self.url,) = re.findall(r"Start here +(http://\S+)/", self.said)
        self.links = dict(re.findall(r"^  ([A-Z][A-Za-z ]*?)  +(http\S+)$", self.said, re.MULTILINE))
        self._handles: dict[int, int] = {}

    @property
    def children(self) -> set[int]:
        """The processes that the demo has started, and is the parent of."""
        return {int(p) for p in Path(f"/proc/{self._demo.pid}/task/{self._demo.pid}/children").read_text().split()}

    def watch(self, pids: set[int]) -> None:
        """Keep hold of processes whose end is awaited, so that their numbers cannot come to mean others."""
        self._handles |= {pid: os.pidfd_open(pid) for pid in {*pids, self._demo.pid}}

    def kill(self, pid: int) -> None:
        """Kill one of the watched."""
        signal.pidfd_send_signal(self._handles[pid], signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """Send the demo itself a signal; its children get none."""
        self._demo.send_signal(number)

    def left(self) -> set[int]:
        """Those of the watched that have not ended in time."""
        return {
            pid for pid, handle in self._handles.items() if not select.select([handle], [], [], ENDS_WITHIN_SECONDS)[0]
        }

    def result(self) -> int:
        """The demo's exit status, once it has ended."""
        console = self._demo.stdout
        if console is not None and not console.closed:
            with console:
                self.said += console.read()
        return self._demo.wait(ENDS_WITHIN_SECONDS)

    def clear(self) -> None:
        """Leave nothing behind, whatever the test did."""
        self._demo.terminate()
        self.result()
        for handle in self._handles.values():
            os.close(handle)
