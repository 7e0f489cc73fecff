"""Printers behind a file: a device node of the kernel, or a plain file that keeps what is printed."""

import os
import select
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from printer.link.transport import LinkGone

_READ_SIZE = 4096


@dataclass(frozen=True)
class FilePrinter:
    """A path to write to. A device node (/dev/usb/lp0) is a line and answers; a plain file keeps the bytes."""

    address: str
    path: Path

    @property
    def keeps(self) -> bool:
        """Whether this is no device node: then written is done."""
        try:
            return not stat.S_ISCHR(self.path.stat().st_mode)
        except OSError:
            return True  # not there yet: it will be made as a plain file

    def connect(self) -> "FileTransport":
        """Opens the file, at its end. Raises LinkGone."""
        keeps = self.keeps
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT if keeps else os.O_RDWR | os.O_NONBLOCK
        try:
            return FileTransport(os.open(self.path, flags, 0o644), keeps)
        except OSError as error:
            raise LinkGone(f"{self.path} cannot be opened: {(error.strerror or str(error)).lower()}") from error


class FileTransport:
    """An open file or device node."""

    def __init__(self, descriptor: int, keeps: bool) -> None:
        self._descriptor = descriptor
        self._keeps = keeps

    def exchange(self, out: memoryview, wait: float) -> tuple[int, bytes]:
        """As the protocol says; a plain file takes everything and says nothing."""
        try:
            if self._keeps:
                return os.write(self._descriptor, out), b""
            readable, writable, _ = select.select([self._descriptor], [self._descriptor] if out else [], [], wait)
            heard = os.read(self._descriptor, _READ_SIZE) if readable else b""
            taken = os.write(self._descriptor, out) if writable else 0
            if readable and not heard and not taken:
                # A node that has nothing to say may still be readable: wait as a silent one would make us.
                time.sleep(min(wait, 0.05))
            return taken, heard
        except BlockingIOError:
            return 0, b""
        except OSError as error:
            raise LinkGone(f"the printer is gone: {(error.strerror or str(error)).lower()}") from error

    def pending(self) -> int:
        """Nothing that can be known: the kernel has taken it."""
        return 0

    def end_of_data(self) -> None:
        """A plain file is on the disk afterwards, under its name; a node has no end to tell."""
        if self._keeps:
            try:
                os.fsync(self._descriptor)
                if not os.fstat(self._descriptor).st_nlink:
                    raise LinkGone("not kept: the file was deleted meanwhile")
            except OSError as error:
                raise LinkGone(f"not kept: {(error.strerror or str(error)).lower()}") from error

    def close(self) -> None:
        """Lets go of the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
