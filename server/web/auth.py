"""Before every API call: who asks, and may they. After it: the headers that keep browsers safe."""

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
from server.serving.fairness import note_known
from server.store.tables import branches, sign_ins
from server.web.context import web

log = structlog.get_logger()

API_PREFIX = "/api/v1"
_BROWSERS_READ = 4
"""Browser cookies that are looked at: an earlier release set one for another path, and strangers send any."""
HSTS = "max-age=31536000"
"""A browser that has come over HTTPS comes over nothing else for a year (RFC 6797; under an IP address it may)."""
_MEASURED_BY_THEMSELVES = {"sign_in", "set_up", "issue_ticket"}
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
    """A request whose body is JSON or empty; anything else is refused, never taken for an empty one."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """The body; `{}` for an empty one. Raises BadRequest however `silent` it is asked for."""
        data = self.get_data(cache=True)
        if not data.strip():
            return {}
        try:
            return self.json_module.loads(data, object_pairs_hook=_without_doubles, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise BadRequest("The body is not JSON.") from None


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # of two values under one name, a proxy may have checked the other
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequest("The body names a field twice.")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def client_address() -> str:
    """Where the request comes from, for limits; behind a trusted proxy, where that says it comes from."""
    return network_of(request.remote_addr or "unknown")


def browsers() -> list[str]:
    """Hashes of the browser cookies of this request; whether anybody has signed in there, the database knows."""
    return [credentials.hashed(cookie) for cookie in sent_cookies(cookies.BROWSER)[:_BROWSERS_READ]]


def sent_cookies(name: str) -> list[str]:
    """What the browser has sent under the cookie's name; over HTTPS under that with the prefix alone."""
    return request.cookies.getlist(cookies.name_for(name, secure=request.is_secure))


def known_browser() -> str | None:
    """The hash of this browser's cookie where staff have signed in with it, else None."""
    found = (b for b in browsers() if web().store.read_inline(lambda db, b=b: sign_ins.is_known(db, b)))  # type: ignore[misc]
    return next(found, None)


def from_this_machine() -> bool:
    """Whether a program of this machine asks, and no proxy for somebody else."""
    return proxies.from_this_machine(request.environ)


def authenticate() -> Principal:
    """The principal of this request. A device's bearer token wins over a cookie.

    Raises Unauthenticated for a bad token, Forbidden for a change by cookie without its CSRF token.
    """
    header = request.headers.get("Authorization", "")
    scheme, _, secret = header.partition(" ")
    if header:
        if scheme.lower() != "bearer" or not secret.strip():
            raise Unauthenticated("Send `Authorization: Bearer TOKEN`.")
        who = web().store.read_inline(lambda db: credentials.principal_of_token(db, secret.strip()))
        if who.token_id is not None:
            web().tokens_used.add(who.token_id)
        return who
    _refuse_foreign_page()
    cookie = next(iter(sent_cookies(cookies.SESSION)), None)
    if not cookie:
        return ANONYMOUS
    now = web().clock()
    found = web().store.read_inline(lambda db: credentials.principal_of_session(db, cookie, now))
    if found is None:
        return ANONYMOUS
    if request.method in _CHANGING and request.endpoint != "api.sign_in":
        sent = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(sent.encode(), (found.csrf_token or "").encode()):
            raise Forbidden("The X-CSRF-Token header is missing or wrong. Load the page again.")
    return found


def _refuse_foreign_page() -> None:
    """Raise Forbidden for a change that a page of another site asks for: by cookie, or to get one.

    Browsers name the page's site in `Origin`; programs send none. Behind a proxy the host is what that was asked for.
    """
    origin = request.headers.get("Origin")
    if origin is None or request.method not in _CHANGING:
        return
    if not web().origins.accepts_change(origin, request.environ):
        raise Forbidden(
            f"Cross-site request refused: the page is of {origin[:200]}, this server answers to {request.host}. "
            "If both are this server, the proxy in front must pass the header Host on."
        )


def notice_token() -> None:
    """Take note of a true token where none is asked for: its holder is not delayed together with strangers."""
    if "Authorization" in request.headers:
        with suppress(Unauthenticated):  # a false one is as good as none
            if authenticate() is not ANONYMOUS:
                note_known(request.environ)


def authorize() -> None:
    """Let the request through, or raise why not. The principal is kept for the view."""
    name = (request.endpoint or "").rpartition(".")[2]
    allowed = rules.ROUTES[name]
    _note_untrusted_proxy()
    slug = (request.view_args or {}).get("slug")
    who = authenticate()
    # where the route names a branch, its view knows no other role than the one held there
    g.principal = who = who if slug is None else who.within(slug)
    if who is not ANONYMOUS:
        note_known(request.environ)
        web().phone_pace.heard(client_address(), who.branch_id)
    if not rules.may(who.role, allowed):
        if who is ANONYMOUS:
            raise Unauthenticated("Please sign in, or send a token.")
        if slug is not None and who.role is Role.ANONYMOUS:
            permit(web().store.read(lambda db: branches.get(db, slug)), who)
        raise Forbidden(f"The role {who.role.value} may not do this.")
    if who is ANONYMOUS and name not in _MEASURED_BY_THEMSELVES:
        _measure()


def _measure() -> None:
    """Count a call of nobody known. Raises RateLimited.

    By its ticket where it has a true token, by its browser where staff have signed in there, else by its address: so
    strangers who share the address of a branch fill the measure of neither its customers nor its staff.
    """
    at = web().monotonic()
    token = (request.view_args or {}).get("token")
    ticket_id = ticket_id_of(web().server_key, token) if token is not None else None
    browser = known_browser() if token is None else None
    if ticket_id is not None or browser is not None:
        note_known(request.environ)
    if ticket_id is not None:
        web().ticket_throttle.check(str(ticket_id), at)
    elif browser is not None:
        web().browser_throttle.check(browser, at)
    else:
        web().anonymous_throttle.check(client_address(), at)


def _note_untrusted_proxy() -> None:
    """Say once in the log that a proxy seems to stand in front, behind which everybody has one address."""
    if web().trusts_proxy or "X-Forwarded-For" not in request.headers:
        return
    if web().untrusted_proxy is None:
        log.warning(
            "proxy_not_trusted",
            address=request.remote_addr,
            detail="Requests carry X-Forwarded-For, which is not believed: limits take all who come through this "
            "address for one. If it is your proxy, start with --trust-proxy.",
        )
    web().untrusted_proxy = request.remote_addr


def register(app: Flask) -> None:
    """Set request limits and response headers for the whole application."""
    app.request_class = StrictRequest
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        said = {name.lower() for name, _ in headers}  # asked for one by one, each would be looked for in all
        headers.extend((name, value) for name, value in _SAFE if name.lower() not in said)
        if "content-security-policy" not in said:
            headers.add("Content-Security-Policy", content_security_policy())
        if request.is_secure:
            headers.add("Strict-Transport-Security", HSTS)
        if "cache-control" not in said and request.path.startswith(API_PREFIX):
            headers.add("Cache-Control", "no-store")
        return response


def content_security_policy(*, scripts: str = "'self'", styles: str = "'self'") -> str:
    """Everything from here alone; the socket's exact origin, since old browsers do not count ws as self."""
    socket = f"{'wss' if request.is_secure else 'ws'}://{request.host}"
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; img-src 'self' data: blob:; font-src 'self'; "
        f"connect-src 'self' {socket}; media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
