"""The principal of a request: a signed-in person, a device or program with a token, or anonymous."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Role(StrEnum):
    """The role of a principal. Staff roles include one another: admin ⊇ supervisor ⊇ agent."""

    ANONYMOUS = "anonymous"
    KIOSK = "kiosk"
    DISPLAY = "display"
    PRINTER = "printer"
    API = "api"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"

    @property
    def staff(self) -> bool:
        return self in (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)

    def includes(self, other: Role) -> bool:
        """Whether this role has all permissions of `other`."""
        if self.staff and other.staff:
            order = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)
            return order.index(self) >= order.index(other)
        return self is other


@dataclass(frozen=True)
class Membership:
    """The role of an account in a branch. `branch_id` and `slug` None: in every branch, future ones included."""

    branch_id: int | None
    slug: str | None
    role: Role


def highest(roles: Iterable[Role]) -> Role:
    """Return the staff role that includes all others. `roles` must not be empty."""
    return max(roles, key=lambda role: sum(role.includes(other) for other in Role))


@dataclass(frozen=True)
class Principal:
    """The principal of a request. `id` is `user:3`, `token:7` or `anonymous`.

    `role` applies in the branch `branch_id`; None: in every branch. An account also has `memberships`; if it has
    several, `role` is the highest and `branch_id` is None. So check permissions not with these two fields alone:
    `within` returns the principal with its role in one branch, and `belongs_to` checks whether it has one there.
    """

    id: str
    role: Role
    name: str = ""
    branch_id: int | None = None
    device_id: int | None = None
    session_id: int | None = None
    token_id: int | None = None
    csrf_token: str | None = None
    memberships: tuple[Membership, ...] = ()

    @property
    def person(self) -> bool:
        """Whether it is a signed-in person, who may hold one counter at a time; a program may hold several."""
        return self.session_id is not None

    @property
    def user_id(self) -> int | None:
        """The account's id; None for tokens, commands and anonymous requests."""
        kind, _, number = self.id.partition(":")
        return int(number) if kind == "user" else None

    def within(self, slug: str) -> Principal:
        """Return the principal with its account's role in that branch; anonymous if it has none there."""
        if not self.memberships:
            return self
        membership = next((m for m in self.memberships if m.slug in (None, slug)), None)
        if membership is None:
            return replace(self, role=Role.ANONYMOUS, branch_id=None)
        return replace(self, role=membership.role, branch_id=membership.branch_id)

    def belongs_to(self, branch_id: int) -> bool:
        """Whether it has access to that branch; `role` limits what it may do there."""
        if self.branch_id not in (None, branch_id):
            return False
        return not self.memberships or any(m.branch_id in (None, branch_id) for m in self.memberships)

    def administers(self, branch_id: int | None) -> bool:
        """Whether it is an administrator of that branch; None: of every branch."""
        if not self.memberships:
            return self.role is Role.ADMIN and self.branch_id in (None, branch_id)
        return any(m.role is Role.ADMIN and m.branch_id in (None, branch_id) for m in self.memberships)


ANONYMOUS = Principal("anonymous", Role.ANONYMOUS)
COMMAND_LINE = Principal("command-line", Role.ADMIN, "command line")
