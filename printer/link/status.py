"""What a printer says of itself, and what its bits mean (Epson's ESC/POS reference)."""

from dataclasses import dataclass, replace
from enum import StrEnum

_HOT = "the print head is too hot"


class Paper(StrEnum):
    """The roll, in the words of the API."""

    OK = "ok"
    NEAR_END = "near_end"
    OUT = "out"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Status:
    """A printer as last heard. `online` is the link: it answers. What stops it from printing is in the rest."""

    online: bool = False
    ready: bool = False
    paper: Paper = Paper.UNKNOWN
    cover_open: bool | None = None
    error: str | None = None
    detail: str | None = None
    hopeless: bool = False
    """Only switching it off and on ends the error, and what it holds is lost by that: no wait for it makes sense."""

    @property
    def hindrance(self) -> str | None:
        """Why it does not print now, in a few words; None when it prints."""
        if not self.online:
            return self.detail or "the printer does not answer"
        if self.cover_open:
            return "the cover is open"
        if self.paper is Paper.OUT:
            return "the paper is out"
        if self.error:
            return self.error
        return None if self.ready else "the printer is off line"

    @property
    def hot(self) -> bool:
        """Whether the print head has to cool down; it goes on by itself."""
        return self.error == _HOT

    @property
    def off_line_without_cause(self) -> bool:
        """Whether it says that it is off line, and names nothing that would explain it."""
        return self.online and not (self.ready or self.cover_open or self.error) and self.paper is not Paper.OUT

    def in_spite_of_off_line(self) -> "Status":
        """For a printer that always says so, and prints."""
        return replace(self, ready=True) if self.off_line_without_cause else self

    def after_printer_status(self, byte: int) -> "Status":
        """With the answer to DLE EOT 1."""
        return replace(self, online=True, ready=not byte & 0x08)

    def after_offline_cause(self, byte: int) -> "Status":
        """With the answer to DLE EOT 2; what kind of error it is, DLE EOT 3 tells."""
        failing = bool(byte & 0x40)
        return replace(
            self,
            online=True,
            cover_open=bool(byte & 0x04),
            paper=Paper.OUT if byte & 0x20 else self.paper,
            error=(self.error or "the printer reports an error") if failing else None,
            hopeless=failing and self.hopeless,
        )

    def after_error_cause(self, byte: int) -> "Status":
        """With the answer to DLE EOT 3."""
        error = _error(stuck=byte & 0x08, hopeless=byte & 0x20, hot=byte & 0x40)
        return replace(self, online=True, error=error or self.error, hopeless=bool(byte & 0x20))

    def after_paper_sensor(self, byte: int) -> "Status":
        """With the answer to DLE EOT 4."""
        return replace(self, online=True, paper=_paper(out=byte & 0x60, near=byte & 0x0C))

    def after_sensor_in_order(self, byte: int) -> "Status":
        """With the answer to GS r 1."""
        return replace(self, online=True, paper=_paper(out=byte & 0x0C, near=byte & 0x03))

    def after_automatic(self, block: bytes) -> "Status":
        """With an automatic status of four bytes."""
        first, second, third, _ = block
        return replace(
            self,
            online=True,
            ready=not first & 0x08,
            cover_open=bool(first & 0x20),
            error=_error(stuck=second & 0x08, hopeless=second & 0x20, hot=second & 0x40),
            hopeless=bool(second & 0x20),
            paper=_paper(out=third & 0x0C, near=third & 0x03),
        )


def _paper(*, out: int, near: int) -> Paper:
    return Paper.OUT if out else Paper.NEAR_END if near else Paper.OK


def _error(*, stuck: int, hopeless: int, hot: int) -> str | None:
    if hopeless:
        return "the printer has failed; switch it off and on"
    if stuck:
        return "the cutter is stuck"
    return _HOT if hot else None
