"""The data directory, its lock, and the lock's present owner.

A process that changes the directory's files as a whole (a server, `migrate`, `restore`) holds `server.lock`, and
writes its identity into it. Commands that only read or write rows need no lock: the database orders them.
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
"""Characters read of the lock file."""
PATIENCE_SECONDS = 2.0
"""How long to try for the lock: `current_owner` holds it for an instant, and a restart overlaps the old process."""


@dataclass(frozen=True)
class Owner:
    """The owner of the data directory: `what` it is (the server, a command), its process, and a server's address."""

    what: str
    pid: int | None
    host: str | None = None
    port: int | None = None
    base_url: str | None = None
    trust_proxy: bool = False


class Lock:
    """The lock on the data directory, held until `release` or the end of the process."""

    def __init__(self, file: IO[str], what: str) -> None:
        self._file = file
        self.record_owner(Owner(what, os.getpid()))

    def record_owner(self, owner: Owner) -> None:
        """Write the owner into the lock file, for other processes."""
        self._file.seek(0)
        self._file.truncate()
        json.dump(asdict(owner), self._file)
        self._file.flush()

    def release(self) -> None:
        self._file.close()


def acquire(data: Path, what: str, *, patience: float = PATIENCE_SECONDS) -> Lock:
    """Lock the directory, created if missing, as `what` ("the server", "restore"); `patience` is in seconds.

    Raises: Unavailable if another process has it (the message names it), or if it cannot be used.
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
            raise Unavailable(_busy_message(data, holder)) from None
        return Lock(file, what)


@contextmanager
def locked(data: Path, what: str) -> Iterator[None]:
    """Lock the directory for a block. Raises: Unavailable as `acquire` does."""
    lock = acquire(data, what)
    try:
        yield
    finally:
        lock.release()


def current_owner(data: Path) -> Owner | None:
    """Return the owner of the directory; None if nobody has it. Changes nothing.

    Raises: Unavailable if the directory cannot be used.
    """
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
        return Owner(SERVER, None)  # written by a release that wrote no owner, or being written now


def _busy_message(data: Path, holder: Owner) -> str:
    if holder.what == SERVER:
        process = f" (process {holder.pid})" if holder.pid else ""
        return (
            f"Another server already uses {data.resolve()}{process}. Stop it first, or choose another --data directory."
        )
    return f"{data.resolve()} is busy with {holder.what} (process {holder.pid}). Try again when that has ended."
