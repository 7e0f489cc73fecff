"""A Giliran server as the operator has it: a process, a data directory, and commands."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.databases import database_of

ROOT = Path(__file__).parents[2]


_FIRST_FREE, _FIRST_GIVEN = 15_000, 32_768
"""Linux gives out ports from the second on: to who connects, and to who listens on any."""


def free_port() -> int:
    """A TCP port that nobody listens on now, and that the system gives to nobody before it is used."""
    while True:
        port = _FIRST_FREE + secrets.randbelow(_FIRST_GIVEN - _FIRST_FREE)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue  # it is taken
        return port


def plain_environment() -> dict[str, str]:
    """This process's environment without settings of Giliran, which would change what is tested."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GILIRAN_")}


class Giliran:
    """One data directory, and the server on it while it runs."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.database = database_of(data)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data.with_suffix(".log")
        # all that it can tell, so that what it must not tell is looked for in all of it
        self.level = "DEBUG"
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Begin to serve."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *self._program()],
                cwd=ROOT,
                env=plain_environment() | {"GILIRAN_LOG_LEVEL": self.level},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._process = process

    def start(self) -> None:
        """Serve, and come back when the server says that it is ready."""
        self.launch()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Come back when the server says that it is ready."""
        deadline = time.monotonic() + 200
        while time.monotonic() < deadline:
            assert not self.ended(), f"the server ended by itself:\n{self.log.read_text()}"
            try:
                if httpx.get(f"{self.url}/readyz", trust_env=False, timeout=30).status_code == 200:
                    return
            except httpx.TransportError:
                pass  # it does not listen yet
            time.sleep(0.1)
        self.kill()
        raise TimeoutError(f"no /readyz in time:\n{self.log.read_text()}")

    def _program(self) -> list[str]:
        return ["server", "run", *self._where(), "--port", str(self.port), "--host", "127.0.0.1"]

    def _where(self) -> list[str]:
        """The options that say which data are meant."""
        return ["--data", str(self.data), *(["--database", self.database] if self.database else [])]

    def ask_to_stop(self) -> None:
        """Ask it to end (SIGTERM)."""
        assert self._process is not None
        self._process.terminate()

    def stop(self) -> int:
        """Ask it to end and give its exit code."""
        self.ask_to_stop()
        assert self._process is not None
        try:
            return self._process.wait(200)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def ended(self) -> bool:
        """Whether it is no more."""
        return self._process is None or self._process.poll() is not None

    @property
    def pid(self) -> int:
        """The id of its process."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """End it as a power cut does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(200)

    def command(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """`giliran WORDS… --data DIR`, whatever it answers."""
        return subprocess.run(
            [sys.executable, "-m", "server", *words, *self._where()],
            cwd=ROOT,
            env=plain_environment(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    def done(self, *words: str, stdin: str = "") -> str:
        """What a command that must succeed prints."""
        result = self.command(*words, stdin=stdin)
        assert result.returncode == 0, f"giliran {' '.join(words)}: {result.stdout}{result.stderr}"
        return result.stdout.strip()

    def apply(self, *documents: dict[str, Any], yes: bool = False) -> str:
        """What `giliran apply` prints for a file of these documents; with a `yes` also to what takes from people."""
        file = self.data.with_suffix(".yaml")
        file.write_text(yaml.safe_dump_all(documents, allow_unicode=True), encoding="utf-8")
        return self.done("apply", str(file), *(["--yes"] if yes else []))
