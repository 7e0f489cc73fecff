"""What the views work with, handed over by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from flask import current_app, g, request

from server.access.failures import FailedSignIns
from server.access.hosts import Hosts
from server.access.origins import Origins
from server.access.phones import PhonePace
from server.access.throttle import SignIns, Throttle
from server.domain.branch import Branch
from server.domain.people.customer_token import customer_token
from server.domain.people.principal import Principal
from server.domain.public_address import PublicAddress, opens_own_machine, public_address
from server.speech import Speech
from server.store.engines.store import Store
from server.store.engines.threads import Threads
from server.web.waiting_claims import WaitingClaims

EXTENSION = "giliran"


@dataclass
class WebContext:
    """The hands of every view."""

    store: Store
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    """Seconds that never run back nor jump: what lasts within this process is measured by them."""
    server_key: bytes
    build: str
    speech: Speech
    threads: Threads
    """For slow work that is not the database's: passwords, speech."""
    subscribe_to_commits: Callable[[int], Callable[[float], bool]]
    """Branch id → what waits, for so many seconds, for the first commit there from now on, and says whether it came."""
    stopping: Callable[[], bool]
    """Whether the server is about to end, so that nobody should be kept waiting."""
    wait_for_turn: Callable[[], None]
    """Let others on where this one's like have just held the loop for as long as is fair."""
    drop: Callable[[str], None]
    """Disconnect every socket of a session or token, on every server: `session:3`, `token:7`."""
    online_tokens: Callable[[], set[int]]
    """Ids of the tokens that have a socket open here."""
    open_sockets: Callable[[], Mapping[str, int]]
    """Role → how many sockets are open here."""
    between_servers: Callable[[], tuple[str | None, str | None]]
    """(trouble, a word): what keeps screens from following other servers' actions at once, None where nothing does."""
    setup_code: Callable[[], str | None]
    """The one-time code while no admin exists."""
    origins: Origins
    """Which pages are this server's own."""
    hosts: Hosts
    """Under which names it may be asked."""
    trusts_proxy: bool
    """Whether X-Forwarded-For is believed."""
    tokens_used: set[int] = field(default_factory=set)
    """Ids of the tokens that requests came with, until somebody has written them down."""
    base_url: str | None = None
    network_url: Callable[[], str | None] = lambda: None
    """The address at which other machines reach this server past any proxy; None where they do not."""
    demo: dict[str, Any] | None = None
    untrusted_proxy: str | None = None
    """The last address whose requests carried an X-Forwarded-For that is not believed."""
    sign_ins: SignIns = field(default_factory=SignIns)
    failed_sign_ins: FailedSignIns = field(default_factory=FailedSignIns)
    set_up_throttle: Throttle = field(default_factory=lambda: Throttle(burst=10, every=6))
    anonymous_throttle: Throttle = field(default_factory=lambda: Throttle(burst=120, every=0.25))
    """Calls of nobody known, by address; one with a false ticket token counts here, since it is a guess."""
    browser_throttle: Throttle = field(default_factory=lambda: Throttle(burst=120, every=0.25))
    """The same calls from a browser in which staff have signed in, by browser."""
    ticket_throttle: Throttle = field(default_factory=lambda: Throttle(burst=60, every=1))
    """Calls with a ticket's true token, by ticket: a whole waiting room behind one address reads its own."""
    phone_pace: PhonePace = field(default_factory=PhonePace)
    waiting_claims: WaitingClaims = field(default_factory=WaitingClaims)


def web() -> WebContext:
    """The running application's hands."""
    return cast("WebContext", current_app.extensions[EXTENSION])


def principal() -> Principal:
    """Who asks; set before every view."""
    return cast("Principal", g.principal)


@dataclass(frozen=True)
class Addresses:
    """Where tickets are reached; taken from the request once, since actions run on a thread that knows no request."""

    key: bytes
    base_url: str | None
    request_url: str
    network_url: str | None

    def token(self, ticket_id: int) -> str:
        """The token by which the ticket's holder reaches it."""
        return customer_token(self.key, ticket_id)

    def base(self, public_url: str | None = None) -> PublicAddress:
        """The address of the pages, for a branch that declares this `public_url`."""
        return public_address(
            public_url=public_url,
            base_url=self.base_url,
            request_url=self.request_url,
            network_url=self.network_url,
        )

    def of(self, branch: Branch, ticket_id: int) -> str:
        """The ticket's own page."""
        return f"{self.base(branch.public_url).url}/t/{self.token(ticket_id)}"

    def for_code(self, branch: Branch, ticket_id: int) -> str | None:
        """What a code for phones holds; None where it would lead each phone to itself."""
        return None if self.base(branch.public_url).no_code else self.of(branch, ticket_id)


def addresses() -> Addresses:
    """The addresses as this request sees them."""
    known = web()
    request_url = f"{request.scheme}://{request.host}{request.root_path}"
    return Addresses(
        known.server_key,
        known.base_url,
        request_url,
        known.network_url() if opens_own_machine(request_url) else None,
    )
