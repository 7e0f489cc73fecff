"""The services that the views use, passed in by the composition root."""

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
    """The services that every view uses."""

    store: Store
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    """Monotonic seconds, for durations within this process."""
    server_key: bytes
    build: str
    speech: Speech
    threads: Threads
    """For slow work other than the database's: passwords, speech."""
    subscribe_to_commits: Callable[[int], Callable[[float], bool]]
    """Branch id → a function that waits, for so many seconds, for the branch's next commit, and returns whether it
    came."""
    stopping: Callable[[], bool]
    """Whether the server is shutting down, so that requests must not wait."""
    wait_for_turn: Callable[[], None]
    """Yield to other greenlets if requests of this kind have held the event loop for their fair share."""
    drop: Callable[[str], None]
    """Disconnect every socket of a session or token, on every server: `session:3`, `token:7`."""
    online_tokens: Callable[[], set[int]]
    """Ids of the tokens with a socket open on this server."""
    open_sockets: Callable[[], Mapping[str, int]]
    """Role → number of sockets open on this server."""
    between_servers: Callable[[], tuple[str | None, str | None]]
    """(trouble, detail): the fault that delays other servers' changes on screens, None if there is none."""
    setup_code: Callable[[], str | None]
    """The one-time code while no admin exists."""
    origins: Origins
    """Recognises this server's own pages."""
    hosts: Hosts
    """The host names that requests may have."""
    trusts_proxy: bool
    """Whether X-Forwarded-For is trusted."""
    tokens_used: set[int] = field(default_factory=set)
    """Ids of the tokens used by requests, until they are written to the database."""
    base_url: str | None = None
    network_url: Callable[[], str | None] = lambda: None
    """The address at which other machines reach this server without a proxy; None if they cannot."""
    demo: dict[str, Any] | None = None
    untrusted_proxy: str | None = None
    """The last address that sent an untrusted X-Forwarded-For."""
    sign_ins: SignIns = field(default_factory=SignIns)
    failed_sign_ins: FailedSignIns = field(default_factory=FailedSignIns)
    set_up_throttle: Throttle = field(default_factory=lambda: Throttle(burst=10, every=6))
    anonymous_throttle: Throttle = field(default_factory=lambda: Throttle(burst=120, every=0.25))
    """Anonymous requests, by address; those with an invalid ticket token count here, since they are guesses."""
    browser_throttle: Throttle = field(default_factory=lambda: Throttle(burst=120, every=0.25))
    """Anonymous requests from a browser in which staff have signed in, by browser."""
    ticket_throttle: Throttle = field(default_factory=lambda: Throttle(burst=60, every=1))
    """Requests with a valid ticket token, by ticket, so that a waiting room behind one address can read its tickets."""
    phone_pace: PhonePace = field(default_factory=PhonePace)
    waiting_claims: WaitingClaims = field(default_factory=WaitingClaims)


def web() -> WebContext:
    """Return the services of the running application."""
    return cast("WebContext", current_app.extensions[EXTENSION])


def current_principal() -> Principal:
    """Return the principal of the request, which is set before every view."""
    return cast("Principal", g.principal)


@dataclass(frozen=True)
class Addresses:
    """The addresses of ticket pages, captured from the request, since actions run on a thread without a request."""

    key: bytes
    base_url: str | None
    request_url: str
    network_url: str | None

    def token(self, ticket_id: int) -> str:
        """Return the token that gives the customer access to the ticket."""
        return customer_token(self.key, ticket_id)

    def base(self, public_url: str | None = None) -> PublicAddress:
        """Return the address of the pages, for a branch that declares this `public_url`."""
        return public_address(
            public_url=public_url,
            base_url=self.base_url,
            request_url=self.request_url,
            network_url=self.network_url,
        )

    def of(self, branch: Branch, ticket_id: int) -> str:
        """Return the URL of the ticket's page."""
        return f"{self.base(branch.public_url).url}/t/{self.token(ticket_id)}"

    def for_code(self, branch: Branch, ticket_id: int) -> str | None:
        """Return the URL in a code for phones; None if it would lead each phone to itself."""
        return None if self.base(branch.public_url).no_code else self.of(branch, ticket_id)


def addresses() -> Addresses:
    """Return the addresses for this request."""
    context = web()
    request_url = f"{request.scheme}://{request.host}{request.root_path}"
    return Addresses(
        context.server_key,
        context.base_url,
        request_url,
        context.network_url() if opens_own_machine(request_url) else None,
    )
