"""Staff accounts, and the credentials of people, devices and programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from server.domain.people.principal import Membership, Role


@dataclass(frozen=True)
class Session:
    """A signed-in browser session, with its account and that account's memberships."""

    id: int
    user_id: int
    name: str
    csrf_token: str
    memberships: tuple[Membership, ...]


@dataclass(frozen=True)
class Token:
    """A revocable credential of a device or a client program."""

    id: int
    branch_id: int
    role: str
    name: str
    device_id: int | None
    created_at: datetime


Roles = Mapping[int | None, Role]
"""Branch id → role; the only key None: in every branch."""


@dataclass(frozen=True)
class User:
    """A staff account. One without a password cannot sign in; a disabled one has no access anywhere."""

    id: int
    name: str
    password_hash: str | None
    disabled: bool
    memberships: tuple[Membership, ...]

    @property
    def roles(self) -> dict[int | None, Role]:
        """Branch id → role; the only key None: in every branch."""
        return {m.branch_id: m.role for m in self.memberships}

    def role_in(self, branch_id: int) -> Role | None:
        """The account's role in that branch; None if it has none."""
        return self.roles.get(branch_id, self.roles.get(None))
