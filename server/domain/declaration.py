"""A branch as somebody declares it: what should be there, with its devices and staff."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.branch import Branch


@dataclass(frozen=True)
class DeviceWish:
    """A kiosk, display or printer that should be there."""

    role: str
    name: str
    paper: int | None = None
    printer: str | None = None
    trusted: bool = False


@dataclass(frozen=True)
class Declaration:
    """A branch as somebody declares it. Devices or staff of None: not spoken of, left as they are."""

    branch: Branch
    devices: tuple[DeviceWish, ...] | None = None
    staff: tuple[StaffWish, ...] | None = None
    declares_notice: bool = False
    """Whether it speaks of the notice; else the notice stays as it is."""


@dataclass(frozen=True)
class StaffWish:
    """An account that should work in the branch; its password is set elsewhere."""

    name: str
    role: str
