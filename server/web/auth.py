"""Authenticate and authorise each API request, and set the security headers of responses."""

from __future__ import annotations

import hmac
from contextlib import suppress
from typing import Any

import structlog
from flask import Flask, Request, Response, g, request
from werkzeug.exceptions import BadRequest

from server.access import cookies, credentials, proxies, rules
from server.access.throttle import network_of
from server.actions.queue.at_counter import permit
from server.domain.errors import Forbidden, Unauthenticated
from server.domain.people.customer_token import ticket_id_of
from server.domain.people.principal import ANONYMOUS, Principal, Role
from server.serving.fairness import mark_identified
from server.store.tables import branches, sign_ins
from server.web.context import web

log = structlog.get_logger()

API_PREFIX = "/api/v1"
_BROWSERS_READ = 4
"""The number of browser cookies that are read: earlier releases set one for another path, and strangers send any
number."""
HSTS = "max-age=31536000"
"""Browsers that used HTTPS use nothing else for a year (RFC 6797; the header has no effect for an IP address)."""
_OWN_THROTTLE = {"sign_in", "set_up", "issue_ticket"}
CSRF_HEADER = "X-CSRF-Token"
MAX_BODY = 256 * 1024
_SAFE = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
_CHANGING = {"POST", "PUT", "PATCH", "DELETE"}


class StrictRequest(Request):
    """A request whose body must be JSON or empty; anything else is refused instead of being treated as empty."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """Return the body; `{}` for an empty one. Raises BadRequest even if `silent` is set."""
        data = self.get_data(cache=True)
        if not data.strip():
            return {}
        try:
            return self.json_module.loads(data, object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise BadRequest("The body is not JSON.") from None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # A proxy may have checked the other of two values with one name.
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise BadRequest("The body names a field twice.")
    return fields


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def client_address() -> str:
    """Return the throttle key of the client's address; behind a trusted proxy, of the address that it reports."""
    return network_of(request.remote_addr or "unknown")


def browsers() -> list[str]:
    """Return the hashes of the request's browser cookies, which may be known in the database."""
    return [credentials.hash_token(cookie) for cookie in sent_cookies(cookies.BROWSER)[:_BROWSERS_READ]]


def sent_cookies(name: str) -> list[str]:
    """Return the values of a cookie; over HTTPS only of the one with the prefix."""
    return request.cookies.getlist(cookies.name_for(name, secure=request.is_secure))


def known_browser() -> str | None:
    """Return the hash of this browser's cookie if staff have signed in with it, else None."""
    known = (b for b in browsers() if web().store.read_inline(lambda db, b=b: sign_ins.is_known_browser(db, b)))  # type: ignore[misc]
    return next(known, None)


def from_this_machine() -> bool:
    """Whether a program on this machine sent the request, and not through a proxy."""
    return proxies.from_this_machine(request.environ)


def authenticate() -> Principal:
    """Return the principal of the request. A bearer token takes precedence over a cookie.

    Raises Unauthenticated for a bad token, Forbidden for a change by cookie without its CSRF token.
    """
    header = request.headers.get("Authorization", "")
    scheme, _, secret = header.partition(" ")
    if header:
        if scheme.lower() != "bearer" or not secret.strip():
            raise Unauthenticated("Send `Authorization: Bearer TOKEN`.")
        principal = web().store.read_inline(lambda db: credentials.principal_of_token(db, secret.strip()))
        if principal.token_id is not None:
            web().tokens_used.add(principal.token_id)
        return principal
    _refuse_foreign_page()
    cookie = next(iter(sent_cookies(cookies.SESSION)), None)
    if not cookie:
        return ANONYMOUS
    now = web().clock()
    session = web().store.read_inline(lambda db: credentials.principal_of_session(db, cookie, now))
    if session is None:
        return ANONYMOUS
    if request.method in _CHANGING and request.endpoint != "api.sign_in":
        sent = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(sent.encode(), (session.csrf_token or "").encode()):
            raise Forbidden("The X-CSRF-Token header is missing or wrong. Load the page again.")
    return session


def _refuse_foreign_page() -> None:
    """Raise Forbidden for a change requested by a page of another site, with or without a session cookie.

    Browsers send the page's origin in `Origin`; programs send none. Behind a proxy, the requested host counts.
    """
    origin = request.headers.get("Origin")
    if origin is None or request.method not in _CHANGING:
        return
    if not web().origins.accepts_change(origin, request.environ):
        raise Forbidden(
            f"Cross-site request refused: the page is of {origin[:200]}, this server answers to {request.host}. "
            "If both are this server, the proxy in front must forward the header Host."
        )


def notice_token() -> None:
    """Note a valid token on a route that requires none, so that its holder is not delayed together with strangers."""
    if "Authorization" in request.headers:
        with suppress(Unauthenticated):  # an invalid token counts as none
            if authenticate() is not ANONYMOUS:
                mark_identified(request.environ)


def authorize() -> None:
    """Authorise the request, and keep its principal for the view. Raises Unauthenticated, Forbidden, RateLimited."""
    name = (request.endpoint or "").rpartition(".")[2]
    allowed = rules.ROUTES[name]
    _note_untrusted_proxy()
    slug = (request.view_args or {}).get("slug")
    principal = authenticate()
    # On a branch's route, the view sees only the role held in that branch.
    g.principal = principal = principal if slug is None else principal.within(slug)
    if principal is not ANONYMOUS:
        mark_identified(request.environ)
        web().phone_pace.add_branch_network(client_address(), principal.branch_id)
    if not rules.may(principal.role, allowed):
        if principal is ANONYMOUS:
            raise Unauthenticated("Please sign in, or send a token.")
        if slug is not None and principal.role is Role.ANONYMOUS:
            permit(web().store.read(lambda db: branches.get(db, slug)), principal)
        raise Forbidden(f"The role {principal.role.value} may not do this.")
    if principal is ANONYMOUS and name not in _OWN_THROTTLE:
        _throttle_anonymous()


def _throttle_anonymous() -> None:
    """Count an anonymous request. Raises RateLimited.

    It is counted by its ticket if it has a valid token, by its browser if staff have signed in there, else by its
    address. So strangers who share a branch's address use up the limits of neither its customers nor its staff.
    """
    at = web().monotonic()
    token = (request.view_args or {}).get("token")
    ticket_id = ticket_id_of(web().server_key, token) if token is not None else None
    browser = known_browser() if token is None else None
    if ticket_id is not None or browser is not None:
        mark_identified(request.environ)
    if ticket_id is not None:
        web().ticket_throttle.check(str(ticket_id), at)
    elif browser is not None:
        web().browser_throttle.check(browser, at)
    else:
        web().anonymous_throttle.check(client_address(), at)


def _note_untrusted_proxy() -> None:
    """Log once that an untrusted proxy seems to be in front, so that all its clients share one address."""
    if web().trusts_proxy or "X-Forwarded-For" not in request.headers:
        return
    if web().untrusted_proxy is None:
        log.warning(
            "proxy_not_trusted",
            address=request.remote_addr,
            detail="Requests carry X-Forwarded-For, which is not trusted: limits treat all clients behind this "
            "address as one. If it is your proxy, start with --trust-proxy.",
        )
    web().untrusted_proxy = request.remote_addr


def register(app: Flask) -> None:
    """Set request limits and response headers for the whole application."""
    app.request_class = StrictRequest
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        present = {name.lower() for name, _ in headers}  # a set, since each look-up in `headers` is a linear search
        headers.extend((name, value) for name, value in _SAFE if name.lower() not in present)
        if "content-security-policy" not in present:
            headers.add("Content-Security-Policy", content_security_policy())
        if request.is_secure:
            headers.add("Strict-Transport-Security", HSTS)
        if "cache-control" not in present and request.path.startswith(API_PREFIX):
            headers.add("Cache-Control", "no-store")
        return response


def content_security_policy(*, scripts: str = "'self'", styles: str = "'self'") -> str:
    """Return a policy that allows this server alone.

    It names the socket's origin, since old browsers do not count ws as 'self'.
    """
    socket = f"{'wss' if request.is_secure else 'ws'}://{request.host}"
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; img-src 'self' data: blob:; font-src 'self'; "
        f"connect-src 'self' {socket}; media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
