"""Sign-in and sign-out, and the set-up of a new server by its first administrator."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime, timedelta

from flask import Response, request
from pydantic import ValidationError

from server.access import cookies, credentials
from server.actions.branch import declaring
from server.actions.people import accounts
from server.contract import requests, shapes, validation, views
from server.contract.declaration import ApplyDocument, BranchDeclared
from server.domain.errors import Forbidden, Invalid, RateLimited, Refused, Unauthenticated
from server.domain.people.account_name import account_key
from server.domain.people.accounts import User
from server.domain.people.principal import COMMAND_LINE, Principal, Role
from server.store.engines.store import Db
from server.store.engines.transaction import Transaction
from server.store.tables import access, branches, counters, sign_ins
from server.store.tables import accounts as store_accounts
from server.web import health
from server.web.api import SECURITY, SESSIONS, api, ok
from server.web.auth import API_PREFIX, browsers, client_address, sent_cookies
from server.web.context import current_principal, web
from server.web.perform import reply

_SESSION = ok(shapes.Session)
_WRONG = "The name or the password is wrong."


@api.post("/session", tags=[SESSIONS], responses=_SESSION)
def sign_in(body: requests.SignIn) -> Response:
    """Sign in: set the session cookie, and return the CSRF token."""
    user, _ = _check_password(body.name.strip(), body.password, refusal=Unauthenticated(_WRONG))
    assert user.password_hash is not None
    return _open_session(user.name, user.password_hash)


def _check_password(name: str, *passwords: str, refusal: Refused) -> tuple[User, str]:
    """Return the account of that name and the matching one of `passwords`; failures are counted and logged.

    Raises `refusal` if none matches, RateLimited after too many failures.
    """
    browser_hashes, address, at = browsers(), client_address(), web().monotonic()

    def query(db: Db) -> tuple[User | None, str | None]:
        account = _find_account(db, name)
        if account is None:
            return None, None
        return account, next((b for b in browser_hashes if sign_ins.has_used_browser(db, account.id, b)), None)

    def check() -> str | None:
        return next((password for password in passwords if credentials.check_password(user, password)), None)

    user, browser = web().store.read(query)
    try:
        with web().sign_ins.attempt(browser, address, account_key(name), at):
            matching = web().threads.run(check)
            if user is None or matching is None:
                raise refusal
    except (RateLimited, type(refusal)) as refused:
        throttled = isinstance(refused, RateLimited)
        health.SIGN_IN_FAILURES.labels("throttled" if throttled else "wrong").inc()
        web().failed_sign_ins.add(name, user, address, throttled=throttled, now=web().clock(), monotonic=at)
        raise
    return user, matching


def _find_account(db: Db, name: str) -> User | None:
    """Return the account of that name in any spelling; None if the name is ambiguous or unknown."""
    try:
        return store_accounts.by_name(db, name)
    except Invalid:
        return None


def _open_session(name: str, password_hash: str) -> Response:
    """Open a session of the account; `password_hash` is the hash that the password was checked with."""
    # A browser that now uses HTTPS may still have its session in the cookie of plain HTTP.
    unprefixed = request.cookies.getlist(cookies.SESSION)
    old = next(iter([*sent_cookies(cookies.SESSION), *unprefixed]), None)
    now, browser_hashes = web().clock(), sent_cookies(cookies.BROWSER)
    fresh = credentials.new_secret("browser")

    def action(tx: Transaction) -> tuple[str, Principal, int | None, str]:
        user = store_accounts.by_exact_name(tx.db, name)
        if user is None or not user.memberships or user.password_hash != password_hash:
            raise Unauthenticated(_WRONG)  # disabled or changed while the password was checked
        known = credentials.principal_of_session(tx.db, old, tx.now) if old else None
        ended = known.session_id if known else None
        if ended is not None:
            access.revoke_session(tx.db, ended, tx.now)
        # Reuse only cookies that this server issued: another may have been planted.
        issued_here = (b for b in browser_hashes if sign_ins.is_known_browser(tx.db, credentials.hash_token(b)))
        browser = next(issued_here, fresh)
        sign_ins.remember_browser(tx.db, user.id, credentials.hash_token(browser), tx.now)
        sign_ins.forget_few_failures(tx.db, user.id)
        return *credentials.open_session(tx, user), ended, browser

    secret, shape, ended, browser = web().store.write(
        action, lambda tx, opened: (opened[0], _session(tx.db, opened[1], now), *opened[2:])
    )
    if ended is not None:
        web().drop(f"session:{ended}")
    response = reply(shape)
    _set_cookie(response, cookies.SESSION, secret, credentials.SESSION_LASTS, path="/")
    _set_cookie(response, cookies.BROWSER, browser, sign_ins.BROWSERS_LAST, path=API_PREFIX)
    if request.is_secure and unprefixed:
        response.delete_cookie(cookies.SESSION, path="/", samesite="Strict", httponly=True)
    return response


def _set_cookie(response: Response, name: str, value: str, lasts: timedelta, *, path: str) -> None:
    """Set a cookie that scripts and other sites cannot read; over HTTPS it is secure and valid for the whole host."""
    secure = request.is_secure
    response.set_cookie(
        cookies.name_for(name, secure=secure),
        value,
        max_age=int(lasts.total_seconds()),
        httponly=True,
        samesite="Strict",
        secure=secure,
        path="/" if secure else path,
    )


@api.get("/session", tags=[SESSIONS], responses=_SESSION)
def get_session() -> Response:
    """The signed-in person."""
    principal = current_principal()
    if not principal.person:
        raise Unauthenticated("A token has no session.")
    now = web().clock()
    return reply(web().store.read(lambda db: _session(db, principal, now)))


@api.delete("/session", tags=[SESSIONS], responses=ok(shapes.Done))
def sign_out(query: requests.SignOut) -> Response:
    """Sign out of this session, or everywhere; the sockets of ended sessions are disconnected."""
    session_id, user_id = current_principal().session_id, current_principal().user_id
    if session_id is None or user_id is None:
        raise Unauthenticated("A token has no session.")

    def action(tx: Transaction) -> list[int]:
        if query.everywhere:
            sign_ins.forget_browsers_of(tx.db, user_id)
            return access.revoke_sessions_of(tx.db, user_id, tx.now)
        access.revoke_session(tx.db, session_id, tx.now)
        return [session_id]

    for ended in web().store.write(action, lambda _tx, ended: ended):
        web().drop(f"session:{ended}")
    response = reply(shapes.Done())
    name = cookies.name_for(cookies.SESSION, secure=request.is_secure)
    response.delete_cookie(name, path="/", samesite="Strict", httponly=True, secure=request.is_secure)
    return response


@api.post("/me/password", tags=[SESSIONS], security=SECURITY, responses=ok(shapes.Done))
def change_password(body: requests.ChangePassword) -> Response:
    """Change one's own password: other sessions of the account end, and its other browsers are forgotten."""
    principal, browser_hashes = current_principal(), browsers()
    if not principal.person:
        raise Unauthenticated("A token has no password.")
    refusal = Invalid("The old password is wrong. The password was not changed.")
    user, matching = _check_password(principal.name, body.old, body.new, refusal=refusal)
    if matching != body.old:
        return reply(shapes.Done())  # a retry after a lost response
    password_hash = web().threads.run(lambda: credentials.hash_password(body.new))

    def action(tx: Transaction) -> list[int]:
        return accounts.change_password(tx, principal, user, password_hash, browsers=browser_hashes)

    for ended in web().store.write(action, lambda _tx, ended: ended):
        web().drop(f"session:{ended}")
    return reply(shapes.Done())


def _session(db: Db, principal: Principal, now: datetime) -> shapes.Session:
    own_branches = [b for b in branches.list_all(db) if principal.belongs_to(b.id)]
    slugs = {b.id: b.slug for b in own_branches}
    return shapes.Session(
        user=principal.name,
        role=principal.role.value,
        csrf_token=principal.csrf_token or "",
        branch=slugs.get(principal.branch_id) if principal.branch_id is not None else None,
        branches=[views.own_branch(b, now, principal.within(b.slug).role) for b in own_branches],
        counters=[
            shapes.HeldCounter(branch=slugs[branch_id], number=number)
            for branch_id, number in counters.held_by(db, principal.id)
            if branch_id in slugs
        ],
    )


@api.post("/setup", tags=[SESSIONS], responses=_SESSION)
def set_up(body: requests.SetUp) -> Response:
    """Create the first administrator and the first branch, with the code from the server's console, and sign in."""
    try:
        web().set_up_throttle.check(client_address(), web().monotonic())
    except RateLimited:
        _count_set_up_failure(throttled=True)
        raise
    code = web().setup_code()
    if code is None:
        raise Forbidden("This server has an administrator already. Please sign in.")
    if not hmac.compare_digest(code.encode(), body.code.strip().upper().encode()):
        _count_set_up_failure(throttled=False)
        raise Forbidden("This is not the code that the server shows on its console.")
    declared = _declaration(body)
    password_hash = web().threads.run(lambda: credentials.hash_password(body.password))

    def action(tx: Transaction) -> str:
        if store_accounts.has_admin(tx.db):
            raise Forbidden("This server has an administrator already. Please sign in.")
        first = replace(COMMAND_LINE, name=body.name)
        declaring.declare(tx, declared.declaration(), first)
        accounts.put_user(tx, first, name=body.name, role=Role.ADMIN, password_hash=password_hash)
        administrator = store_accounts.by_name(tx.db, body.name)
        assert administrator is not None
        return administrator.name

    return _open_session(web().store.write(action, lambda _tx, name: name), password_hash)


def _count_set_up_failure(*, throttled: bool) -> None:
    health.SIGN_IN_FAILURES.labels("throttled" if throttled else "wrong").inc()
    web().failed_sign_ins.add_set_up(client_address(), throttled=throttled, monotonic=web().monotonic())


def _declaration(body: requests.SetUp) -> ApplyDocument:
    try:
        return ApplyDocument(
            branch=BranchDeclared(
                slug=body.branch.slug,
                name=body.branch.name,
                timezone=body.branch.timezone,
                languages=list(body.branch.name) or ["id", "en"],
            ),
            services=body.services,
            counters=body.counters,
        )
    except ValidationError as error:
        faults = "; ".join(f"{where} {what}".strip() for where, what in validation.validation_messages(error))
        raise Invalid(f"{faults}. Nothing was set up yet; please send it again.") from None
