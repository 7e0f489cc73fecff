"""The data directory: what is in it, and who has it now.

Whoever changes its files as a whole (a server, `migrate`, `restore`) holds `server.lock`, and says in it who that is.
Commands that only read or write rows need no lock: the database keeps order among them.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import IO

from server.domain.errors import Unavailable

CLIPS = "clips"
LOCK_FILE = "server.lock"
SERVER = "the server"
_LONGEST = 10_000
"""Characters that are read of the lock's file."""
PATIENCE_SECONDS = 2.0
"""How long a lock is tried for: who only looks whether it is held has it for an instant, and a restart overlaps."""


@dataclass(frozen=True)
class Owner:
    """Who has the data directory: `what` (the server, a command), its process, and how a server is reached."""

    what: str
    pid: int | None
    host: str | None = None
    port: int | None = None
    base_url: str | None = None
    trust_proxy: bool = False


class Lock:
    """The data directory, held until `release`; or until the process ends, however it ends."""

    def __init__(self, file: IO[str], what: str) -> None:
        self._file = file
        self.tell(Owner(what, os.getpid()))

    def tell(self, owner: Owner) -> None:
        """Write down for others who holds it."""
        self._file.seek(0)
        self._file.truncate()
        json.dump(asdict(owner), self._file)
        self._file.flush()

    def release(self) -> None:
        self._file.close()


def take(data: Path, what: str, *, patience: float = PATIENCE_SECONDS) -> Lock:
    """Hold the directory, made where it is new, as `what` ("the server", "restore").

    Raises Unavailable where another process has it, with who that is, or where it cannot be used.
    """
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.fdopen(os.open(data / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600), "r+")
    except OSError as error:
        raise Unavailable(f"The data directory {data} cannot be used: {error.strerror}.") from None
    deadline = monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if monotonic() < deadline:
                sleep(0.05)
                continue
            holder = _read(file)
            file.close()
            raise Unavailable(_taken(data, holder)) from None
        return Lock(file, what)


@contextmanager
def held(data: Path, what: str) -> Iterator[None]:
    """Hold the directory for the length of a block. Raises as `take` does."""
    lock = take(data, what)
    try:
        yield
    finally:
        lock.release()


def owner(data: Path) -> Owner | None:
    """Who has the directory now; None when nobody. Changes nothing."""
    try:
        file = (data / LOCK_FILE).open()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unavailable(f"The data directory {data} cannot be used: {error.strerror}.") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return _read(file)
        return None


def _read(file: IO[str]) -> Owner:
    file.seek(0)
    try:
        return Owner(**json.loads(file.read(_LONGEST)))
    except (ValueError, TypeError):
        return Owner(SERVER, None)  # of a release that wrote nothing, or being written right now


def _taken(data: Path, holder: Owner) -> str:
    if holder.what == SERVER:
        process = f" (process {holder.pid})" if holder.pid else ""
        return (
            f"Another server already uses {data.resolve()}{process}. Stop it first, or choose another --data directory."
        )
    return f"{data.resolve()} is busy with {holder.what} (process {holder.pid}). Try again when that has ended."
