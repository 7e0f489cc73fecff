"""The declared target state of a branch, with its devices and staff."""

from __future__ import annotations

from dataclasses import dataclass

from server.domain.branch import Branch


@dataclass(frozen=True)
class DeclaredDevice:
    """A declared kiosk, display or printer."""

    role: str
    name: str
    paper: int | None = None
    printer: str | None = None
    trusted: bool = False


@dataclass(frozen=True)
class Declaration:
    """The declared target state of a branch. Devices or staff that are None are left unchanged."""

    branch: Branch
    devices: tuple[DeclaredDevice, ...] | None = None
    staff: tuple[DeclaredStaff, ...] | None = None
    declares_notice: bool = False
    """Whether it declares the notice; if not, the notice is left unchanged."""


@dataclass(frozen=True)
class DeclaredStaff:
    """A declared member of the staff; the password is set elsewhere."""

    name: str
    role: str
