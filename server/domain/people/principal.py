"""Who asks: a signed-in person, a device or program with a token, or nobody known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Role(StrEnum):
    """What somebody may do. Staff roles include one another: admin ⊇ supervisor ⊇ agent."""

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
        """Whether this role may do all that `other` may."""
        if self.staff and other.staff:
            order = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)
            return order.index(self) >= order.index(other)
        return self is other


@dataclass(frozen=True)
class Membership:
    """The role of an account in a branch. `branch_id` and `slug` None: in every branch, also in those to come."""

    branch_id: int | None
    slug: str | None
    role: Role


def highest(roles: Iterable[Role]) -> Role:
    """The staff role that includes the others; there must be one."""
    return max(roles, key=lambda role: sum(role.includes(other) for other in Role))


@dataclass(frozen=True)
class Principal:
    """The one who asks. `id` is `user:3`, `token:7` or `anonymous`.

    `role` holds in the branch `branch_id`, None: in every branch. An account has `memberships` besides; where it works
    in several branches, `role` is its highest and `branch_id` None. So nothing is decided by these two alone: `within`
    gives the principal as it is in one branch, and `belongs_to` says whether it is there at all.
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
        """Whether a person is signed in, who holds one counter at a time; a program may hold several."""
        return self.session_id is not None

    @property
    def user_id(self) -> int | None:
        """The account's id; None for tokens, commands and nobody known."""
        kind, _, number = self.id.partition(":")
        return int(number) if kind == "user" else None

    def within(self, slug: str) -> Principal:
        """The same principal with the role that its account has in that branch; where it has none, nobody's."""
        if not self.memberships:
            return self
        here = next((m for m in self.memberships if m.slug in (None, slug)), None)
        if here is None:
            return replace(self, role=Role.ANONYMOUS, branch_id=None)
        return replace(self, role=here.role, branch_id=here.branch_id)

    def belongs_to(self, branch_id: int) -> bool:
        """Whether it may do anything in that branch; what, its role says."""
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
