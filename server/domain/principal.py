"""Who asks: a signed-in person, a device or program with a token, or nobody known."""

from __future__ import annotations

from dataclasses import dataclass
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
class Principal:
    """The one who asks. `id` is `user:3`, `token:7` or `anonymous`; branch None works in every branch."""

    id: str
    role: Role
    name: str = ""
    branch_id: int | None = None
    device_id: int | None = None
    session_id: int | None = None
    token_id: int | None = None
    csrf_token: str | None = None

    @property
    def person(self) -> bool:
        """Whether a person is signed in, who holds one counter at a time; a program may hold several."""
        return self.session_id is not None


ANONYMOUS = Principal("anonymous", Role.ANONYMOUS)
COMMAND_LINE = Principal("command-line", Role.ADMIN, "command line")
