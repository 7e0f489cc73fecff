"""Remembers that a ticket was begun, beyond the life of the process."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import structlog

_log = structlog.get_logger("printer")
_NOT_CUT, _CUT = '{"cut": false, ', '{"cut": true , '


@dataclass(frozen=True)
class LeftJob:
    """A job that an agent had begun when it was killed. `cut`: what cuts its paper may have left."""

    id: str
    lease: str
    cut: bool = True


class Unfinished:
    """Whether the printer may hold part of a ticket.

    An agent that is killed in the middle of one leaves a file behind, and its successor clears the printer before it
    prints: else the half ticket would be the head of another customer's. `path` None remembers in this process only.
    `left` is the job of that ticket, until its outcome has been reported; None where it is not known.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.there = path is not None and path.exists()
        self.left = _read(path) if path is not None and self.there else None

    @property
    def habits_path(self) -> Path | None:
        """Where the same printer's habits are remembered."""
        return habits_beside(self._path) if self._path else None

    @property
    def head_path(self) -> Path | None:
        """Where the width of the same printer's head is remembered."""
        return head_beside(self._path) if self._path else None

    def begin(self, job: str, lease: str) -> None:
        """The first byte of this job's ticket is about to leave."""
        self.there = True
        if self._path:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                _write(self._path, _NOT_CUT + json.dumps({"job": job, "lease": lease})[1:])
            except OSError as error:
                # The ticket matters more than the memory of it.
                _log.warning("ticket not remembered", file=str(self._path), reason=str(error))
                self._path = None

    def cut(self) -> None:
        """What cuts the paper is about to leave. Where that cannot be noted, nothing is: a lie would be worse."""
        if self._path is None:
            return
        try:
            held = os.open(self._path, os.O_WRONLY)
            try:
                os.write(held, _CUT.encode())  # as long as what it replaces, and in one block of the disk
                os.fsync(held)
            finally:
                os.close(held)
        except OSError as error:
            _log.warning("cut not remembered", file=str(self._path), reason=str(error))
            self._path.unlink(missing_ok=True)

    def end(self) -> None:
        """Nothing of a ticket is in the printer."""
        self.there = False
        if self._path:
            self._path.unlink(missing_ok=True)


def _read(path: Path) -> LeftJob | None:
    """The job that the file names; None for a file of another release, or one that a power cut has torn."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return LeftJob(str(kept["job"]), str(kept["lease"]), kept.get("cut") is not False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        _log.info("unfinished job not known", file=str(path), reason=str(error))
        return None


def _write(path: Path, text: str) -> None:
    """The file is there, also after a power cut in the next instant."""
    for name, flags in ((path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), (path.parent, os.O_RDONLY)):
        held = os.open(name, flags, 0o600)
        try:
            if name == path:
                os.write(held, text.encode())
            os.fsync(held)
        finally:
            os.close(held)


def place_for(device: str) -> Path:
    """The file of one device: in systemd's state directory where there is one, else in the user's."""
    state = os.environ.get("STATE_DIRECTORY") or os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    return Path(state) / "giliran" / f"printer-{hashlib.sha256(device.encode()).hexdigest()[:12]}.unfinished"


def head_beside(unfinished: Path) -> Path:
    """The file of what is known of the device's print head, beside the one of its unfinished ticket."""
    return unfinished.with_name(unfinished.name.removesuffix(".unfinished") + ".dots")


def habits_beside(unfinished: Path) -> Path:
    """The file of the device's habits, beside the one of its unfinished ticket."""
    return unfinished.with_name(unfinished.name.removesuffix(".unfinished") + ".habits")
