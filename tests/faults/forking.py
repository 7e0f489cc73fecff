"""Servers that begin at once: a process that has read all the code forks one whenever it is told to.

Most of a server's start is reading its code; without it a hundred power cuts take minutes, not an hour. What serves,
is killed and comes back is a process like that of `giliran run`, put together by the same hands.
"""

import os

FORK = os.fork  # before gevent makes it its own: nothing of a hub is there yet to be carried over

from gevent import monkey  # noqa: E402

if __name__ == "__main__":
    monkey.patch_all()

import importlib  # noqa: E402
import select  # noqa: E402
import signal  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
from contextlib import suppress  # noqa: E402
from pathlib import Path  # noqa: E402

from tests.journeys.client import eventually  # noqa: E402
from tests.journeys.giliran import ROOT, Giliran, plain_environment  # noqa: E402


class Forked(Giliran):
    """The server, forked; used as any other."""

    def __init__(self, data: Path, *more: str) -> None:
        """`more`: the file of its clock, and the address of its database, where it has one."""
        super().__init__(data)
        self._forker = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forking", str(data), str(self.port), str(self.log), *more],
            cwd=ROOT,
            env=plain_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._pid = 0

    def launch(self) -> None:
        assert self._forker.stdin is not None
        assert self._forker.stdout is not None
        self._forker.stdin.write(b"\n")
        self._forker.stdin.flush()
        self._pid = int(self._forker.stdout.readline())
        self._process = None

    @property
    def pid(self) -> int:
        return self._pid

    def ended(self) -> bool:
        return not _lives(self._pid)

    def ask_to_stop(self) -> None:
        if _lives(self._pid):
            os.kill(self._pid, signal.SIGTERM)

    def stop(self) -> int:
        self.ask_to_stop()
        eventually(self.ended, bool)
        return 0

    def kill(self) -> None:
        if not _lives(self._pid):
            return
        with suppress(ProcessLookupError):  # it may end by itself meanwhile
            end = os.pidfd_open(self._pid)
            try:
                signal.pidfd_send_signal(end, signal.SIGKILL)
                select.select([end], [], [])
            finally:
                os.close(end)

    def close(self) -> None:
        """No more servers."""
        self.kill()
        self._forker.kill()
        self._forker.communicate()


def _lives(pid: int) -> bool:
    return pid != 0 and Path(f"/proc/{pid}").exists()


def _serve(data: Path, port: int, log: str, clock: str | None = None, database: str | None = None) -> None:
    from server import logs
    from server.app import build
    from server.clock import seconds_passed, system_clock
    from server.settings import Settings
    from tests.faults.serving import SetClock

    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(file, 1)
    os.dup2(file, 2)
    logs.configure()
    settings = Settings(host="127.0.0.1", port=port, data=data, database=database)
    told = SetClock(Path(clock)) if clock is not None else system_clock
    application = build(settings, clock=told, monotonic=seconds_passed)
    application.listen()
    application.run_until_signal()


def _main(data: Path, port: int, log: str, *more: str) -> None:
    importlib.import_module("tests.faults.serving")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who was killed is forgotten at once
    while os.read(0, 1):
        pid = FORK()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                _serve(data, port, log, *more)
            finally:
                os._exit(0)
        os.write(1, f"{pid}\n".encode())


if __name__ == "__main__":
    _main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], *sys.argv[4:])
