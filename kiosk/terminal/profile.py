"""The folder where a browser keeps what it must remember, and what in it keeps a browser from starting."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

LEAST_BYTES = 32 * 1024 * 1024
"""With less free on its disk a browser does not start, or keeps nothing."""
LOCKS = ("SingletonLock", "SingletonSocket", "SingletonCookie")
"""Chromium's: symbolic links to HOST-PID, to a socket in the temporary directory, and to a number."""
_PEER = struct.Struct("3i")
"""Linux: process, user and group at the other end of a socket (unix(7), SO_PEERCRED)."""


class ProfileInUse(OSError):
    """A browser that runs on this machine has the profile; the text says which, and what to do."""


@contextmanager
def writable(profile: Path, say: Callable[[str], None]) -> Iterator[Path]:
    """Give the profile; where nothing can be written to it, a new one in memory, so that the page is shown.

    Raises a one-line error where nothing can be written at all.
    """
    trouble = cannot_write(profile)
    if trouble is None:
        yield profile
        return
    places = [os.environ.get("RUNTIME_DIRECTORY"), os.environ.get("XDG_RUNTIME_DIR"), "/dev/shm", tempfile.gettempdir()]  # noqa: S108
    spare = next((Path(place) for place in places if place and cannot_write(Path(place)) is None), None)
    if spare is None:
        raise click.ClickException(f"nothing can be kept in {profile} ({trouble}), nor in memory: no browser can start")
    with tempfile.TemporaryDirectory(prefix="giliran-", dir=spare, ignore_cleanup_errors=True) as folder:
        say(
            f"nothing can be kept in {profile}: {trouble}. The page is shown from {folder} until the next start; it "
            "has a token only where this command is given one"
        )
        yield Path(folder)


def cannot_write(folder: Path) -> str | None:
    """Why a browser could keep nothing in the folder, in words; None where it can. Makes the folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(64 * 1024))
            file.flush()
            os.fsync(file.fileno())
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return error.strerror or str(error)
    return None if free >= LEAST_BYTES else f"only {free // 2**20} MB are free on its disk; make room"


def clear_lock(profile: Path, say: Callable[[str], None]) -> None:
    """Remove the lock of a browser that is no more: of a dead process, or of a machine that had another name.

    Chromium takes a lock with another host's name for a browser that runs there, and does not start for ever: after
    the machine was renamed (also by DHCP), or its disk copied. Raises ProfileInUse where a browser of this machine
    has the profile, whatever name the lock has.
    """
    owner = _owner(profile)
    user = browser_on(profile)
    if user is not None:
        raise ProfileInUse(
            f"the browser of process {user} already uses the profile {profile}, and is left alone. End it, or name "
            "another profile with --profile"
        )
    if owner is None:
        return
    for name in LOCKS:
        with suppress(FileNotFoundError):
            (profile / name).unlink()
    host, _, process = owner.rpartition("-")
    where = "" if host == socket.gethostname() else f" on the machine {host}"
    say(f"removed the lock that the browser of process {process}{where} had left in {profile}")


def _owner(profile: Path) -> str | None:
    """HOST-PID of Chromium's lock; None where there is none."""
    try:
        return str((profile / LOCKS[0]).readlink())
    except FileNotFoundError:
        return None
    except OSError:
        return "unknown-0"  # not a link: copied by something that does not keep those


def browser_on(profile: Path) -> int | None:
    """The process of this machine that has the profile open, None where there is none."""
    return _listens(profile) or _runs_with(profile)


def _listens(profile: Path) -> int | None:
    """Who answers on the profile's socket, where Chromium listens for a second start of itself."""
    try:
        address = (profile / "SingletonSocket").readlink()
    except OSError:
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(2)
        try:
            connection.connect(str(profile / address))
        except OSError:
            return None  # nobody listens any more
        process, _, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return int(process) or -1  # 0: it runs in a container


def _runs_with(profile: Path) -> int | None:
    """A browser that was started with the profile, and may be too stuck to answer."""
    wanted = os.fsencode(f"--user-data-dir={profile}")
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        # its helpers have a type, and end with it
        if wanted in arguments and not any(argument.startswith(b"--type=") for argument in arguments):
            return int(folder.name)
    return None
