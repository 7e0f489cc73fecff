"""Signing in and out, and the set-up of a new server by its first administrator."""

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
from server.contract.declaration import BranchDeclared, Declared
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
from server.web.context import principal, web
from server.web.perform import reply

_SESSION = ok(shapes.Session)
_WRONG = "The name or the password is wrong."


@api.post("/session", tags=[SESSIONS], responses=_SESSION)
def sign_in(body: requests.SignIn) -> Response:
    """Sign in: sets the session cookie, answers with the CSRF token."""
    user, _ = _checked(body.name.strip(), body.password, refusal=Unauthenticated(_WRONG))
    assert user.password_hash is not None
    return _signed_in(user.name, user.password_hash)


def _checked(name: str, *passwords: str, refusal: Refused) -> tuple[User, str]:
    """The account of that name, and which of the passwords is its own; a failure is counted, logged and noticed.

    Raises `refusal` where none is, RateLimited after too many failures.
    """
    here, address, at = browsers(), client_address(), web().monotonic()

    def query(db: Db) -> tuple[User | None, str | None]:
        found = _meant(db, name)
        return found, next((b for b in here if found and sign_ins.knows(db, found.id, b)), None)

    def check() -> str | None:
        return next((one for one in passwords if credentials.check_password(user, one)), None)

    user, browser = web().store.read(query)
    try:
        with web().sign_ins.counted(browser, address, account_key(name), at):
            right = web().threads.run(check)
            if user is None or right is None:
                raise refusal
    except (RateLimited, type(refusal)) as refused:
        throttled = isinstance(refused, RateLimited)
        health.SIGN_IN_FAILURES.labels("throttled" if throttled else "wrong").inc()
        web().failed_sign_ins.add(name, user, address, throttled=throttled, now=web().clock(), monotonic=at)
        raise
    return user, right


def _meant(db: Db, name: str) -> User | None:
    """The account of that name, however it is written; None also where it might be one of several."""
    try:
        return store_accounts.by_name(db, name)
    except Invalid:
        return None


def _signed_in(name: str, password_hash: str) -> Response:
    """Open a session of the account; `password_hash` is what the password was checked with."""
    # a browser that now comes over HTTPS may still have its session under the name of plain HTTP
    unprefixed = request.cookies.getlist(cookies.SESSION)
    old = next(iter([*sent_cookies(cookies.SESSION), *unprefixed]), None)
    now, here = web().clock(), sent_cookies(cookies.BROWSER)
    fresh = credentials.new_secret("browser")

    def action(tx: Transaction) -> tuple[str, Principal, int | None, str]:
        user = store_accounts.by_exact_name(tx.db, name)
        if user is None or not user.memberships or user.password_hash != password_hash:
            raise Unauthenticated(_WRONG)  # closed or changed while the password was checked
        known = credentials.principal_of_session(tx.db, old, tx.now) if old else None
        ended = known.session_id if known else None
        if ended is not None:
            access.revoke_session(tx.db, ended, tx.now)
        # a secret that we did not give out may be one that somebody else has put there
        browser = next((b for b in here if sign_ins.is_known(tx.db, credentials.hashed(b))), fresh)
        sign_ins.remember_browser(tx.db, user.id, credentials.hashed(browser), tx.now)
        sign_ins.forget_slips(tx.db, user.id)
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
    """A cookie out of reach of scripts and other sites; over HTTPS never sent without it, and for the whole host."""
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
    """Who is signed in."""
    who = principal()
    if not who.person:
        raise Unauthenticated("A token has no session.")
    now = web().clock()
    return reply(web().store.read(lambda db: _session(db, who, now)))


@api.delete("/session", tags=[SESSIONS], responses=ok(shapes.Done))
def sign_out(query: requests.SignOut) -> Response:
    """Sign out, everywhere where that is asked for; the sockets of what ends are disconnected."""
    session_id, user_id = principal().session_id, principal().user_id
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
    """Change the own password: other sessions of the account end, and other browsers are no longer known to it."""
    who, here = principal(), browsers()
    if not who.person:
        raise Unauthenticated("A token has no password.")
    refusal = Invalid("The old password is wrong. The password was not changed.")
    user, right = _checked(who.name, body.old, body.new, refusal=refusal)
    if right != body.old:
        return reply(shapes.Done())  # sent again, since the answer was lost
    password_hash = web().threads.run(lambda: credentials.hash_password(body.new))

    def action(tx: Transaction) -> list[int]:
        return accounts.change_password(tx, who, user, password_hash, browsers=here)

    for ended in web().store.write(action, lambda _tx, ended: ended):
        web().drop(f"session:{ended}")
    return reply(shapes.Done())


def _session(db: Db, who: Principal, now: datetime) -> shapes.Session:
    known = [b for b in branches.every(db) if who.belongs_to(b.id)]
    slugs = {b.id: b.slug for b in known}
    return shapes.Session(
        user=who.name,
        role=who.role.value,
        csrf_token=who.csrf_token or "",
        branch=slugs.get(who.branch_id) if who.branch_id is not None else None,
        branches=[views.own_branch(b, now, who.within(b.slug).role) for b in known],
        counters=[
            shapes.HeldCounter(branch=slugs[branch_id], number=number)
            for branch_id, number in counters.held_by(db, who.id)
            if branch_id in slugs
        ],
    )


@api.post("/setup", tags=[SESSIONS], responses=_SESSION)
def set_up(body: requests.SetUp) -> Response:
    """Make the first administrator and the first branch, with the code from the server's console; signs in."""
    try:
        web().set_up_throttle.check(client_address(), web().monotonic())
    except RateLimited:
        _set_up_refused(throttled=True)
        raise
    code = web().setup_code()
    if code is None:
        raise Forbidden("This server has an administrator already. Please sign in.")
    if not hmac.compare_digest(code.encode(), body.code.strip().upper().encode()):
        _set_up_refused(throttled=False)
        raise Forbidden("This is not the code that the server shows on its console.")
    declared = _declared(body)
    password_hash = web().threads.run(lambda: credentials.hash_password(body.password))

    def action(tx: Transaction) -> str:
        if store_accounts.has_admin(tx.db):
            raise Forbidden("This server has an administrator already. Please sign in.")
        first = replace(COMMAND_LINE, name=body.name)
        declaring.declare(tx, declared.declaration(), first)
        accounts.put_user(tx, first, name=body.name, role=Role.ADMIN, password_hash=password_hash)
        made = store_accounts.by_name(tx.db, body.name)
        assert made is not None
        return made.name

    return _signed_in(web().store.write(action, lambda _tx, name: name), password_hash)


def _set_up_refused(*, throttled: bool) -> None:
    health.SIGN_IN_FAILURES.labels("throttled" if throttled else "wrong").inc()
    web().failed_sign_ins.add_set_up(client_address(), throttled=throttled, monotonic=web().monotonic())


def _declared(body: requests.SetUp) -> Declared:
    try:
        return Declared(
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
        told = "; ".join(f"{where} {what}".strip() for where, what in validation.validation_messages(error))
        raise Invalid(f"{told}. Nothing was set up yet; please send it again.") from None
