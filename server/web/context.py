"""What the views work with, handed over by the composition root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from flask import current_app, g, request

from server.access.throttle import SignIns, Throttle
from server.domain.branch import Branch
from server.domain.customer_token import customer_token
from server.domain.principal import Principal
from server.speech import Speech
from server.store.engine import Store
from server.store.threads import Threads

EXTENSION = "giliran"


@dataclass
class Web:
    """The hands of every view."""

    store: Store
    clock: Callable[[], datetime]
    server_key: bytes
    build: str
    speech: Speech
    threads: Threads
    """For slow work that is not the database's: passwords, speech."""
    commits_following: Callable[[int], Callable[[float], bool]]
    """Branch id → what waits, for so many seconds, for the first commit there from now on, and says whether it came."""
    stopping: Callable[[], bool]
    """Whether the server is about to end, so that nobody should be kept waiting."""
    wait_for_turn: Callable[[], None]
    """Let others on where this one's like have just held the loop for as long as is fair."""
    drop: Callable[[str], None]
    """Disconnect every socket of a session or token, on every server: `session:3`, `token:7`."""
    online_tokens: Callable[[], set[int]]
    """Ids of the tokens that have a socket open here."""
    between_servers: Callable[[], tuple[str | None, str | None]]
    """(trouble, a word): what keeps screens from following other servers' deeds at once, None where nothing does."""
    setup_code: Callable[[], str | None]
    """The one-time code while no admin exists."""
    tokens_used: set[int] = field(default_factory=set)
    """Ids of the tokens that requests came with, until somebody has written them down."""
    base_url: str | None = None
    demo: dict[str, Any] | None = None
    sign_ins: SignIns = field(default_factory=SignIns)
    set_up_throttle: Throttle = field(default_factory=lambda: Throttle(burst=10, every=6))
    anonymous_throttle: Throttle = field(default_factory=lambda: Throttle(burst=120, every=0.25))
    issue_throttle: Throttle = field(default_factory=lambda: Throttle(burst=5, every=60))


def web() -> Web:
    """The running application's hands."""
    return cast("Web", current_app.extensions[EXTENSION])


def principal() -> Principal:
    """Who asks; set before every view."""
    return cast("Principal", g.principal)


@dataclass(frozen=True)
class Addresses:
    """Where tickets are reached; taken from the request once, since deeds run on a thread that knows no request."""

    key: bytes
    came_to: str

    def token(self, ticket_id: int) -> str:
        """The token by which the ticket's holder reaches it."""
        return customer_token(self.key, ticket_id)

    def of(self, branch: Branch, ticket_id: int) -> str:
        """The ticket's own page, at the branch's public address, else where the request came to."""
        return f"{branch.public_url or self.came_to}/t/{self.token(ticket_id)}"


def addresses() -> Addresses:
    """The addresses as this request sees them."""
    return Addresses(web().server_key, web().base_url or f"{request.scheme}://{request.host}{request.root_path}")
